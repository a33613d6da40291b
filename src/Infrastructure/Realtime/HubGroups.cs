namespace CleanMessaging.Infrastructure.Realtime;

/// <summary>How connections are addressed.</summary>
internal static class HubGroups
{
    /// <summary>Every connection of a user.</summary>
    public static string User(Guid userId) => $"user:{userId}";

    /// <summary>Every connection that was made with an access token of a session.</summary>
    public static string Session(Guid sessionId) => $"session:{sessionId}";

    /// <summary>
    /// A user's connections that joined a conversation. A room has one group per participant, so that an event is addressed to who
    /// is a participant when it happens, whatever groups were entered before.
    /// </summary>
    public static string Room(Guid conversationId, Guid userId) => $"room:{conversationId}:{userId}";

    /// <summary>The rooms of all these users in a conversation.</summary>
    public static IReadOnlyList<string> Rooms(Guid conversationId, IEnumerable<Guid> userIds) =>
        [.. userIds.Select(userId => Room(conversationId, userId))];
}
