namespace CleanMessaging.Domain.Sessions;

/// <summary>What is known of a presented refresh token.</summary>
/// <param name="Hash">SHA-256 of its text.</param>
/// <param name="IsIssued">Whether its text proves that it was issued in the session, whenever that was.</param>
/// <param name="SuccessorHash">The hash of the token that would have followed on it at the session's last exchange; null when there was none.</param>
public sealed record PresentedToken(byte[] Hash, bool IsIssued, byte[]? SuccessorHash);

/// <summary>What a session makes of a presented refresh token.</summary>
public enum TokenState
{
    /// <summary>The token is invalid or expired.</summary>
    Rejected,

    /// <summary>The current token: exchange it for its successor.</summary>
    Current,

    /// <summary>The one that was exchanged for the current token a moment ago: answer with the current one again.</summary>
    Predecessor,
}
