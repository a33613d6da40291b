using CleanMessaging.Domain.Ids;

namespace CleanMessaging.Infrastructure.Realtime;

/// <summary>Builds the names of the SignalR groups.</summary>
internal static class HubGroups
{
    /// <summary>Contains every connection of a user.</summary>
    public static string User(Guid userId) => $"user:{userId}";

    /// <summary>Contains every connection that was opened with an access token of a session.</summary>
    public static string Session(Guid sessionId) => $"session:{sessionId}";

    /// <summary>
    /// Contains a user's connections that joined a conversation. A conversation has one group per participant, so that an event goes to the
    /// users who are participants when it happens, independently of groups that were joined before.
    /// </summary>
    public static string Joined(ConversationId conversationId, UserId userId) => $"joined:{conversationId.Value}:{userId.Value}";

    /// <summary>The groups of these users in a conversation.</summary>
    public static IReadOnlyList<string> AllJoined(ConversationId conversationId, IEnumerable<Guid> userIds) =>
        [.. userIds.Select(userId => Joined(conversationId, new UserId(userId)))];
}
