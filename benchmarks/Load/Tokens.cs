using CleanMessaging.Domain.Users;
using CleanMessaging.Infrastructure.Tokens;
using Microsoft.Extensions.Options;

namespace CleanMessaging.Benchmarks.Load;

/// <summary>Issues access tokens for users that were inserted directly into the database.</summary>
internal static class Tokens
{
    public const string SigningKey = "benchmark-signing-key-0123456789-abcdefghijklmnopqrstuvwxyz";

    private static readonly JwtTokenIssuer _tokens = new(
        Options.Create(new JwtOptions { SigningKey = SigningKey, AccessTokenLifetime = TimeSpan.FromHours(1) }));

    public static string Of(Guid userId, UserRole role) =>
        _tokens.IssueAccessToken(
            new User(userId, $"{userId}@example.com", "User", role), Guid.CreateVersion7(), TimeProvider.System.GetUtcNow()).Text;
}
