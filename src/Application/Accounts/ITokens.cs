using System.Diagnostics.CodeAnalysis;
using CleanMessaging.Domain.Users;

namespace CleanMessaging.Application.Accounts;

/// <summary>Makes and reads what proves a session.</summary>
public interface ITokens
{
    /// <summary>A signed access token for a user's session, good for some minutes.</summary>
    AccessToken IssueAccessToken(User user, Guid sessionId, DateTimeOffset now);

    /// <summary>A new random refresh token of a session.</summary>
    RefreshToken CreateRefreshToken(Guid sessionId);

    /// <summary>Reads a refresh token's form; whether it is good, its session decides.</summary>
    bool TryReadRefreshToken(string text, [NotNullWhen(true)] out RefreshToken? token);
}

public sealed record AccessToken(string Text, DateTimeOffset ExpiresAt)
{
    /// <summary>Says nothing of the secret, which belongs in no log.</summary>
    public override string ToString() => nameof(AccessToken);
}

/// <param name="Hash">SHA-256 of the text; all that is stored of it.</param>
public sealed record RefreshToken(string Text, Guid SessionId, byte[] Hash)
{
    /// <summary>Says nothing of the secret, which belongs in no log.</summary>
    public override string ToString() => nameof(RefreshToken);
}
