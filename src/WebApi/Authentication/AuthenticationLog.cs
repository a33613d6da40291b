using System.Diagnostics;
using System.Net;
using System.Security.Claims;
using CleanMessaging.Application.Accounts;
using CleanMessaging.Infrastructure.Errors;
using CleanMessaging.Infrastructure.Tokens;
using CleanMessaging.WebApi.Responses;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.JwtBearer;

namespace CleanMessaging.WebApi.Authentication;

/// <summary>
/// Logs the outcome of each sign-in attempt and of each change to a user's access, with the user id, the client address and the trace id.
/// It never logs an e-mail address, because anyone can enter any address, and never a secret.
/// </summary>
internal sealed partial class AuthenticationLog(ILogger<AuthenticationLog> logger) : IEndpointFilter
{
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var httpContext = context.HttpContext;
        var operation = httpContext.GetEndpoint()?.Metadata.GetMetadata<IEndpointNameMetadata>()?.EndpointName ?? "";
        try
        {
            var result = await next(context);
            var session = (result as IValueHttpResult)?.Value as Envelope<SessionResponse>;
            Log.Done(
                logger,
                operation,
                session?.Data.User.Id.ToString() ?? UserOf(httpContext.User),
                AddressOf(httpContext),
                TraceOf(httpContext));

            return result;
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            Log.Rejected(
                logger, operation, ApiProblem.From(exception).Code, UserOf(httpContext.User), AddressOf(httpContext), TraceOf(httpContext));
            throw;
        }
    }

    /// <summary>Logs that a token was rejected, with the reason. Of the token it logs only the user id.</summary>
    public void TokenRejected(ResultContext<JwtBearerOptions> context, string reason) =>
        Log.TokenRejected(logger, reason, UserOf(context.Principal), AddressOf(context.HttpContext), TraceOf(context.HttpContext));

    private static string UserOf(ClaimsPrincipal? caller) => caller?.FindFirst(TokenClaims.UserId)?.Value ?? "unknown";

    private static IPAddress? AddressOf(HttpContext httpContext) => httpContext.Connection.RemoteIpAddress;

    private static string TraceOf(HttpContext httpContext) => Activity.Current?.TraceId.ToString() ?? httpContext.TraceIdentifier;

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "{Operation} succeeded: user {UserId}, address {Address}, trace {TraceId}")]
        public static partial void Done(ILogger logger, string operation, string userId, IPAddress? address, string traceId);

        [LoggerMessage(2, LogLevel.Information, "{Operation} was rejected with {Code}: user {UserId}, address {Address}, trace {TraceId}")]
        public static partial void Rejected(
            ILogger logger, string operation, string code, string userId, IPAddress? address, string traceId);

        [LoggerMessage(3, LogLevel.Information, "A token was rejected, {Reason}: user {UserId}, address {Address}, trace {TraceId}")]
        public static partial void TokenRejected(ILogger logger, string reason, string userId, IPAddress? address, string traceId);
    }
}
