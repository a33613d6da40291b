using CleanMessaging.Domain.Users;
using CleanMessaging.Infrastructure.Identity;
using CleanMessaging.Infrastructure.Realtime;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Tokens;

namespace CleanMessaging.WebApi.Authentication;

internal static class AuthenticationRegistration
{
    public const string AdminPolicy = "Admin";

    /// <summary>How far another server's clock may be ahead of ours before its tokens count as not valid yet.</summary>
    private static readonly TimeSpan _clockSkew = TimeSpan.FromSeconds(30);

    /// <summary>Adds bearer tokens, and the one policy beyond being signed in.</summary>
    public static IServiceCollection AddTokenAuthentication(this IServiceCollection services)
    {
        services.AddAuthentication(JwtBearerDefaults.AuthenticationScheme).AddJwtBearer();
        services
            .AddOptions<JwtBearerOptions>(JwtBearerDefaults.AuthenticationScheme)
            .Configure<IOptions<JwtOptions>, TimeProvider>((options, jwt, clock) =>
            {
                options.MapInboundClaims = false;
                options.IncludeErrorDetails = false;
                options.TokenValidationParameters = new TokenValidationParameters
                {
                    IssuerSigningKey = JwtTokens.KeyOf(jwt.Value),
                    ValidAlgorithms = [SecurityAlgorithms.HmacSha256],
                    ValidTypes = [TokenClaims.AccessTokenType],
                    ValidIssuer = jwt.Value.Issuer,
                    ValidAudience = jwt.Value.Audience,
                    RoleClaimType = TokenClaims.Role,
                    NameClaimType = TokenClaims.UserId,
                    RequireExpirationTime = true,
                    LifetimeValidator = (notBefore, expires, _, _) => IsGoodAt(clock.GetUtcNow(), notBefore, expires),
                };
                options.Events = new JwtBearerEvents { OnMessageReceived = AcceptQueryTokenOnHub };
            });
        services
            .AddAuthorizationBuilder()
            .AddPolicy(AdminPolicy, policy => policy.RequireRole(nameof(UserRole.Admin)));

        return services;
    }

    /// <summary>A token ends at its very instant.</summary>
    private static bool IsGoodAt(DateTimeOffset now, DateTime? notBefore, DateTime? expires) =>
        expires is { } end && now < end && (notBefore is not { } start || now >= start - _clockSkew);

    /// <summary>Browsers cannot set headers on a WebSocket, so the hub's path alone takes the token from the query string.</summary>
    private static Task AcceptQueryTokenOnHub(MessageReceivedContext context)
    {
        if (context.HttpContext.Request.Path.StartsWithSegments(RealtimeRegistration.HubPath, StringComparison.Ordinal))
            context.Token = context.Request.Query["access_token"];

        return Task.CompletedTask;
    }
}
