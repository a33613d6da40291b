namespace CleanMessaging.Domain.Primitives;

/// <summary>The kind of a domain error.</summary>
public enum ErrorKind
{
    /// <summary>The request is malformed or violates a limit; a retry fails again.</summary>
    Invalid,

    /// <summary>The caller's credentials are invalid.</summary>
    Unauthenticated,

    /// <summary>The balance is too low, or the caller did not agree to the price.</summary>
    PaymentRequired,

    /// <summary>The caller is authenticated but not authorized.</summary>
    Forbidden,

    /// <summary>The resource does not exist, or the caller may not know that it exists.</summary>
    NotFound,

    /// <summary>The request conflicts with the current state.</summary>
    Conflict,

    /// <summary>The request differs from an earlier one with the same idempotency key.</summary>
    Mismatch,

    /// <summary>What the request contains is larger than a limit.</summary>
    TooLarge,

    /// <summary>The uploaded bytes are not what the request says they are, or are not accepted.</summary>
    Unprocessable,
}
