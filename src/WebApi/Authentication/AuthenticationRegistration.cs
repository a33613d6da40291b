using CleanMessaging.Domain.Users;
using CleanMessaging.Infrastructure.Realtime;
using CleanMessaging.Infrastructure.Tokens;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace CleanMessaging.WebApi.Authentication;

internal static class AuthenticationRegistration
{
    public const string AdminPolicy = "Admin";

    private const string EitherScheme = "Token";
    private const string OwnScheme = "Own";
    private const string ExternalScheme = "External";

    private static readonly JsonWebTokenHandler _reader = new();

    /// <summary>The tolerated clock difference: a token from a server whose clock is further ahead counts as not valid yet.</summary>
    private static readonly TimeSpan _clockSkew = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Adds authentication by bearer tokens of this server and of the external issuer, if one is configured, and the authorization
    /// policies.
    /// </summary>
    public static IServiceCollection AddTokenAuthentication(this IServiceCollection services)
    {
        services.AddSingleton<AuthenticationLog>();
        services.AddSingleton<IHttpContextFactory, QueryToken>();
        services
            .AddAuthentication(EitherScheme)
            .AddPolicyScheme(EitherScheme, displayName: null, options => options.ForwardDefaultSelector = SchemeOf)
            .AddJwtBearer(OwnScheme)
            .AddJwtBearer(ExternalScheme);
        services
            .AddOptions<JwtBearerOptions>(OwnScheme)
            .Configure<IOptions<JwtOptions>, TimeProvider, RevokedSessionCache, AccessVersions, AuthenticationLog>(
                (options, jwt, clock, revokedSessions, versions, log) =>
            {
                AddCommon(options, clock);
                options.TokenValidationParameters.IssuerSigningKey = JwtTokenIssuer.KeyOf(jwt.Value);
                options.TokenValidationParameters.ValidAlgorithms = [SecurityAlgorithms.HmacSha256];
                options.TokenValidationParameters.ValidTypes = [TokenClaims.AccessTokenType];
                options.TokenValidationParameters.ValidIssuer = jwt.Value.Issuer;
                options.TokenValidationParameters.ValidAudience = jwt.Value.Audience;
                options.Events.OnTokenValidated = context =>
                {
                    if (Caller.Of(context.Principal, context.Scheme.Name) is not { } caller)
                        Reject(context, log, "a required claim is missing or malformed");
                    else if (caller.SessionId() is not { } sessionId || revokedSessions.Contains(sessionId))
                        Reject(context, log, "its session has ended");
                    else if (versions.IsOutdated(caller))
                        Reject(context, log, "the user's access has changed since");
                    else
                        context.Principal = caller;

                    return Task.CompletedTask;
                };
            });
        services
            .AddOptions<JwtBearerOptions>(ExternalScheme)
            .Configure<IOptions<ExternalIssuerOptions>, TimeProvider, AuthenticationLog>((options, external, clock, log) =>
            {
                AddCommon(options, clock);
                options.Authority = external.Value.Authority?.ToString();
                options.RequireHttpsMetadata = external.Value.Authority is { IsLoopback: false };
                options.TokenValidationParameters.ValidAudience = external.Value.Audience;
                options.TokenValidationParameters.ValidAlgorithms =
                    [SecurityAlgorithms.RsaSha256, SecurityAlgorithms.RsaSsaPssSha256, SecurityAlgorithms.EcdsaSha256];
                options.Events.OnTokenValidated = async context =>
                {
                    if (await ExternalTokens.ErrorOfAsync(context) is { } reason)
                        Reject(context, log, reason);
                };
            });
        services
            .AddAuthorizationBuilder()
            .AddPolicy(AdminPolicy, policy => policy.RequireRole(nameof(UserRole.Admin)));

        return services;
    }

    private static void AddCommon(JwtBearerOptions options, TimeProvider clock)
    {
        options.MapInboundClaims = false;
        options.IncludeErrorDetails = false;
        options.SaveToken = false;
        options.TokenValidationParameters = new TokenValidationParameters
        {
            RoleClaimType = TokenClaims.Role,
            NameClaimType = TokenClaims.UserId,
            RequireExpirationTime = true,
            LifetimeValidator = (notBefore, expires, _, _) => IsGoodAt(clock.GetUtcNow(), notBefore, expires),
        };
        options.Events = new JwtBearerEvents
        {
            OnMessageReceived = context =>
            {
                context.Token = QueryTokenOf(context.Request);

                return Task.CompletedTask;
            },
        };
    }

    private static void Reject(TokenValidatedContext context, AuthenticationLog log, string reason)
    {
        log.TokenRejected(context, reason);
        context.Fail(reason);
    }

    /// <summary>Whether a token is valid at an instant. It is invalid from its exact expiry time on.</summary>
    private static bool IsGoodAt(DateTimeOffset now, DateTime? notBefore, DateTime? expires) =>
        expires is { } end && now < end && (notBefore is not { } start || now >= start - _clockSkew);

    /// <summary>
    /// Selects the authentication scheme that validates a token: the external scheme if an external issuer is configured and the token's
    /// issuer claim is not this server. The unverified claim only selects the keys; the signature check with these keys decides.
    /// </summary>
    private static string SchemeOf(HttpContext httpContext)
    {
        var services = httpContext.RequestServices;
        if (services.GetRequiredService<IOptions<ExternalIssuerOptions>>().Value.Authority is null)
            return OwnScheme;

        var token = QueryTokenOf(httpContext.Request) ?? HeaderTokenOf(httpContext.Request);
        var readable = token is not null && _reader.CanReadToken(token);
        var ours = services.GetRequiredService<IOptions<JwtOptions>>().Value.Issuer;

        return readable && _reader.ReadJsonWebToken(token).Issuer != ours ? ExternalScheme : OwnScheme;
    }

    /// <summary>
    /// Returns the token from the query string, only on the hub's path, because browsers cannot set headers on a WebSocket.
    /// </summary>
    private static string? QueryTokenOf(HttpRequest request) =>
        request.Path.StartsWithSegments(RealtimeRegistration.HubPath, StringComparison.Ordinal) ? QueryToken.Of(request.HttpContext) : null;

    private static string? HeaderTokenOf(HttpRequest request)
    {
        const string Bearer = "Bearer ";
        string? header = request.Headers.Authorization;

        return header?.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase) == true ? header[Bearer.Length..].Trim() : null;
    }
}
