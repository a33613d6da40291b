using System.Diagnostics.CodeAnalysis;
using CleanMessaging.Domain.Users;

namespace CleanMessaging.Application.Accounts;

/// <summary>Issues access tokens, and issues and reads refresh tokens.</summary>
public interface ITokenIssuer
{
    /// <summary>Issues a signed access token for a user's session, valid for some minutes.</summary>
    AccessToken IssueAccessToken(User user, Guid sessionId, DateTimeOffset now);

    /// <summary>Creates the first refresh token of a session, with the key of its token family.</summary>
    RefreshToken CreateRefreshToken(Guid sessionId, byte[] familyKey);

    /// <summary>Derives the successor of a refresh token in its family. The same salt always gives the same successor.</summary>
    RefreshToken SuccessorOf(RefreshToken token, byte[] familyKey, byte[] salt);

    /// <summary>Whether a token was issued with the key of a family, at any position in the family.</summary>
    bool IsIssued(RefreshToken token, byte[] familyKey);

    /// <summary>Parses a refresh token. Does not check whether the token is valid; its session does.</summary>
    bool TryReadRefreshToken(string text, [NotNullWhen(true)] out RefreshToken? token);

    /// <summary>Creates 256 random bits, for the key of a token family or for a salt.</summary>
    byte[] CreateSecret();
}

public sealed record AccessToken(string Text, DateTimeOffset ExpiresAt)
{
    /// <summary>Omits the secret, which belongs in no log.</summary>
    public override string ToString() => nameof(AccessToken);
}

/// <param name="Hash">The SHA-256 hash of the text; the text itself is not stored.</param>
public sealed record RefreshToken(string Text, Guid SessionId, byte[] Hash)
{
    /// <summary>Omits the secret, which belongs in no log.</summary>
    public override string ToString() => nameof(RefreshToken);
}
