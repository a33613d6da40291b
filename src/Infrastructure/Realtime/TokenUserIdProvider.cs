using CleanMessaging.Infrastructure.Tokens;
using Microsoft.AspNetCore.SignalR;

namespace CleanMessaging.Infrastructure.Realtime;

/// <summary>Uses the subject of the token as the user id of a connection.</summary>
internal sealed class TokenUserIdProvider : IUserIdProvider
{
    public string? GetUserId(HubConnectionContext connection) => connection.User.FindFirst(TokenClaims.UserId)?.Value;
}
