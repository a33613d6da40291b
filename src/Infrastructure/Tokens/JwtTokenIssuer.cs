using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using CleanMessaging.Application.Accounts;
using CleanMessaging.Domain.Users;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace CleanMessaging.Infrastructure.Tokens;

/// <summary>
/// Issues access and refresh tokens. Access tokens are JWTs signed with HMAC-SHA-256. A refresh token has the session's id, 128 secret bits
/// and a 128-bit tag. The tag proves, with the key of the session's family, that the server issued the secret. Refresh tokens of earlier
/// versions have 256 random bits in place of secret and tag.
/// </summary>
public sealed class JwtTokenIssuer(IOptions<JwtOptions> options) : ITokenIssuer
{
    private const int IdLength = 16;
    private const int SecretLength = 16;
    private const int TagLength = 16;
    private const int KeyLength = 32;

    /// <summary>Separates the two uses of a family's key.</summary>
    private const byte TagPurpose = 1;
    private const byte SuccessorPurpose = 2;

    private readonly JsonWebTokenHandler _handler = new() { SetDefaultTimesOnTokenCreation = false };
    private readonly SigningCredentials _credentials = new(KeyOf(options.Value), SecurityAlgorithms.HmacSha256);

    public static SymmetricSecurityKey KeyOf(JwtOptions options) => new(Encoding.UTF8.GetBytes(options.SigningKey));

    public AccessToken IssueAccessToken(User user, Guid sessionId, DateTimeOffset now)
    {
        // JWT times are in whole seconds.
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
                [TokenClaims.AccessVersion] = user.AccessVersion,
            },
        });

        return new AccessToken(text, expiresAt);
    }

    public RefreshToken CreateRefreshToken(Guid sessionId, byte[] familyKey) =>
        Assemble(sessionId, RandomNumberGenerator.GetBytes(SecretLength), familyKey);

    public RefreshToken SuccessorOf(RefreshToken token, byte[] familyKey, byte[] salt)
    {
        byte[] derived = [SuccessorPurpose, .. salt, .. Base64Url.DecodeFromChars(token.Text)];

        return Assemble(token.SessionId, HMACSHA256.HashData(familyKey, derived).AsSpan(0, SecretLength), familyKey);
    }

    public bool IsIssued(RefreshToken token, byte[] familyKey)
    {
        var bytes = Base64Url.DecodeFromChars(token.Text).AsSpan();

        return CryptographicOperations.FixedTimeEquals(
            bytes[(IdLength + SecretLength)..], TagOf(bytes[..(IdLength + SecretLength)], familyKey));
    }

    public byte[] CreateSecret() => RandomNumberGenerator.GetBytes(KeyLength);

    public bool TryReadRefreshToken(string text, [NotNullWhen(true)] out RefreshToken? token)
    {
        token = null;
        // The decoder ignores white space.
        if (text.Any(char.IsWhiteSpace) || !Base64Url.IsValid(text, out var length) || length != IdLength + SecretLength + TagLength)
            return false;

        var bytes = Base64Url.DecodeFromChars(text);
        token = new RefreshToken(text, new Guid(bytes.AsSpan(0, IdLength), bigEndian: true), SHA256.HashData(bytes));

        return true;
    }

    private static RefreshToken Assemble(Guid sessionId, ReadOnlySpan<byte> secret, byte[] familyKey)
    {
        var bytes = new byte[IdLength + SecretLength + TagLength];
        sessionId.TryWriteBytes(bytes, bigEndian: true, out _);
        secret.CopyTo(bytes.AsSpan(IdLength));
        TagOf(bytes.AsSpan(0, IdLength + SecretLength), familyKey).CopyTo(bytes.AsSpan(IdLength + SecretLength));

        return new RefreshToken(Base64Url.EncodeToString(bytes), sessionId, SHA256.HashData(bytes));
    }

    private static Span<byte> TagOf(ReadOnlySpan<byte> idAndSecret, byte[] familyKey)
    {
        byte[] tagged = [TagPurpose, .. idAndSecret];

        return HMACSHA256.HashData(familyKey, tagged).AsSpan(0, TagLength);
    }
}
