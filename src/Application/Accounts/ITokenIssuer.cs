using System.Diagnostics.CodeAnalysis;
using CleanMessaging.Domain.Users;

namespace CleanMessaging.Application.Accounts;

/// <summary>Makes and reads what proves a session.</summary>
public interface ITokenIssuer
{
    /// <summary>A signed access token for a user's session, valid for some minutes.</summary>
    AccessToken IssueAccessToken(User user, Guid sessionId, DateTimeOffset now);

    /// <summary>The first refresh token of a session, under the key of its family.</summary>
    RefreshToken CreateRefreshToken(Guid sessionId, byte[] familyKey);

    /// <summary>The refresh token that follows on another one in its family. Always the same for the same salt.</summary>
    RefreshToken SuccessorOf(RefreshToken token, byte[] familyKey, byte[] salt);

    /// <summary>Whether a token was issued under the key of a family, in whichever place.</summary>
    bool IsIssued(RefreshToken token, byte[] familyKey);

    /// <summary>Reads a refresh token's form; whether it is valid, its session decides.</summary>
    bool TryReadRefreshToken(string text, [NotNullWhen(true)] out RefreshToken? token);

    /// <summary>256 random bits: the key of a family, or a salt.</summary>
    byte[] CreateSecret();
}

public sealed record AccessToken(string Text, DateTimeOffset ExpiresAt)
{
    /// <summary>Omits the secret, which belongs in no log.</summary>
    public override string ToString() => nameof(AccessToken);
}

/// <param name="Hash">SHA-256 of the text; all that is stored of it.</param>
public sealed record RefreshToken(string Text, Guid SessionId, byte[] Hash)
{
    /// <summary>Omits the secret, which belongs in no log.</summary>
    public override string ToString() => nameof(RefreshToken);
}
