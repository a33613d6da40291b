using CleanMessaging.Domain.Ids;

namespace CleanMessaging.Application.Conversations;

/// <summary>Reads conversations as viewers see them at an instant, each call in one statement.</summary>
public interface IConversationReader
{
    /// <summary>Reads the viewer's conversations, newest activity first.</summary>
    /// <param name="after">The last conversation of the previous page; null for the first page.</param>
    Task<IReadOnlyList<ConversationView>> ListAsync(
        Guid viewerId,
        ConversationFilter filter,
        DateTimeOffset now,
        ConversationPlace? after,
        int atMost,
        CancellationToken cancellationToken);

    /// <summary>
    /// Reads these conversations as each of these viewers sees them. A viewer gets only conversations that they participate in.
    /// </summary>
    Task<IReadOnlyList<ConversationView>> ViewAsync(
        IReadOnlyList<UserId> viewerIds,
        IReadOnlyList<ConversationId> conversationIds,
        DateTimeOffset now,
        CancellationToken cancellationToken);

    /// <summary>Counts the viewer's unread messages.</summary>
    /// <param name="mostEach">The maximum number of messages counted per conversation.</param>
    Task<UnreadTotals> CountUnreadAsync(Guid viewerId, DateTimeOffset now, int mostEach, CancellationToken cancellationToken);
}

/// <summary>A conversation as a viewer sees it.</summary>
public sealed record ConversationView(UserId ViewerId, DateTimeOffset LastActivityAt, ConversationResponse Conversation);

/// <summary>The place of a conversation in the list.</summary>
public sealed record ConversationPlace(DateTimeOffset LastActivityAt, Guid Id);

internal static class SingleConversation
{
    /// <summary>Reads one conversation. Returns null when the viewer is not a participant.</summary>
    public static async Task<ConversationResponse?> FindAsync(
        this IConversationReader conversations,
        UserId viewerId,
        ConversationId conversationId,
        DateTimeOffset now,
        CancellationToken cancellationToken) =>
        await conversations.ViewAsync([viewerId], [conversationId], now, cancellationToken) is [var view] ? view.Conversation : null;
}
