using CleanMessaging.Infrastructure.Identity;
using Microsoft.AspNetCore.SignalR;

namespace CleanMessaging.Infrastructure.Realtime;

/// <summary>A connection's user is its token's subject.</summary>
internal sealed class TokenUserIdProvider : IUserIdProvider
{
    public string? GetUserId(HubConnectionContext connection) => connection.User.FindFirst(TokenClaims.UserId)?.Value;
}
