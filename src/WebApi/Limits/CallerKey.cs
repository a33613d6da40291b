using CleanMessaging.WebApi.Authentication;

namespace CleanMessaging.WebApi.Limits;

/// <summary>Identifies the caller for limits and their log: by the user of a valid token, otherwise by the address.</summary>
internal static class CallerKey
{
    public static string Of(HttpContext httpContext) =>
        httpContext.User.FindUserId() is { } user ? $"user {user}" : $"address {ClientAddress.Of(httpContext)}";
}
