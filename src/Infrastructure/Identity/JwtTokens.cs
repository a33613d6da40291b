using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using CleanMessaging.Application.Accounts;
using CleanMessaging.Domain.Users;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace CleanMessaging.Infrastructure.Identity;

/// <summary>Access tokens: JWT signed with HMAC-SHA-256. Refresh tokens: a session id and 32 random bytes.</summary>
public sealed class JwtTokens(IOptions<JwtOptions> options) : ITokens
{
    private const int SecretLength = 32;
    private const int IdLength = 16;

    private readonly JsonWebTokenHandler _handler = new() { SetDefaultTimesOnTokenCreation = false };
    private readonly SigningCredentials _credentials = new(KeyOf(options.Value), SecurityAlgorithms.HmacSha256);

    public static SymmetricSecurityKey KeyOf(JwtOptions options) => new(Encoding.UTF8.GetBytes(options.SigningKey));

    public AccessToken IssueAccessToken(User user, Guid sessionId, DateTimeOffset now)
    {
        // A JWT counts in whole seconds.
        var issuedAt = DateTimeOffset.FromUnixTimeSeconds(now.ToUnixTimeSeconds());
        var expiresAt = issuedAt + options.Value.AccessTokenLifetime;
        var text = _handler.CreateToken(new SecurityTokenDescriptor
        {
            TokenType = TokenClaims.AccessTokenType,
            Issuer = options.Value.Issuer,
            Audience = options.Value.Audience,
            IssuedAt = issuedAt.UtcDateTime,
            NotBefore = issuedAt.UtcDateTime,
            Expires = expiresAt.UtcDateTime,
            SigningCredentials = _credentials,
            Claims = new Dictionary<string, object>
            {
                [TokenClaims.UserId] = user.Id.ToString(),
                [TokenClaims.SessionId] = sessionId.ToString(),
                [TokenClaims.Role] = user.Role.ToString(),
            },
        });

        return new AccessToken(text, expiresAt);
    }

    public RefreshToken CreateRefreshToken(Guid sessionId)
    {
        var bytes = new byte[IdLength + SecretLength];
        sessionId.TryWriteBytes(bytes, bigEndian: true, out _);
        RandomNumberGenerator.Fill(bytes.AsSpan(IdLength));

        return new RefreshToken(Base64Url.EncodeToString(bytes), sessionId, SHA256.HashData(bytes));
    }

    public bool TryReadRefreshToken(string text, [NotNullWhen(true)] out RefreshToken? token)
    {
        token = null;
        if (!Base64Url.IsValid(text, out var length) || length != IdLength + SecretLength)
            return false;

        var bytes = Base64Url.DecodeFromChars(text);
        token = new RefreshToken(text, new Guid(bytes.AsSpan(0, IdLength), bigEndian: true), SHA256.HashData(bytes));

        return true;
    }
}
