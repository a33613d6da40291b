namespace CleanMessaging.Domain.Primitives;

/// <summary>The sort of a rejection.</summary>
public enum ErrorKind
{
    /// <summary>The request is malformed or breaks a limit; repeating it cannot help.</summary>
    Invalid,

    /// <summary>The caller's credentials do not hold.</summary>
    Unauthenticated,

    /// <summary>It costs points that are not there, or not agreed to.</summary>
    PaymentRequired,

    /// <summary>The caller is known, and may not.</summary>
    Forbidden,

    /// <summary>It does not exist, or the caller may not know that it does.</summary>
    NotFound,

    /// <summary>It contradicts the state that things are in now.</summary>
    Conflict,

    /// <summary>The request contradicts an earlier one made under the same key.</summary>
    Mismatch,
}
