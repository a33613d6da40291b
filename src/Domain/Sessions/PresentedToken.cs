namespace CleanMessaging.Domain.Sessions;

/// <summary>A presented refresh token, as far as the session needs it.</summary>
/// <param name="Hash">The SHA-256 hash of the token's text.</param>
/// <param name="IsIssued">Whether the token was issued in this session at any time, as its text proves.</param>
/// <param name="SuccessorHash">
/// The hash of the token's successor, derived with the salt of the session's last exchange; null without an exchange.
/// </param>
public sealed record PresentedToken(byte[] Hash, bool IsIssued, byte[]? SuccessorHash);

/// <summary>The state of a presented refresh token in its session.</summary>
public enum TokenState
{
    /// <summary>The token is invalid or expired.</summary>
    Rejected,

    /// <summary>The current token. It is exchanged for its successor.</summary>
    Current,

    /// <summary>
    /// The direct predecessor of the current token, within the grace period. The response contains the current token again.
    /// </summary>
    Predecessor,
}
