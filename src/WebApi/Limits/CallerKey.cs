using CleanMessaging.WebApi.Authentication;

namespace CleanMessaging.WebApi.Limits;

/// <summary>Names who asks, for limits and their log: the user of a valid token, otherwise the address.</summary>
internal static class CallerKey
{
    public static string Of(HttpContext httpContext) =>
        httpContext.User.FindUserId() is { } user ? $"user {user}" : $"address {ClientAddress.Of(httpContext)}";
}
