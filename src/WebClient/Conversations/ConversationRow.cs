using CleanMessaging.Client;

namespace CleanMessaging.WebClient.Conversations;

/// <summary>A row in the list of conversations.</summary>
/// <param name="Unsent">
/// The unsent message to show: the newest rejected one, otherwise the newest waiting one. Null when there is none.
/// </param>
public sealed record ConversationRow(Conversation Conversation, QueuedMessage? Unsent)
{
    private DateTimeOffset Activity => Conversation.LastMessage?.CreatedAt ?? Conversation.CreatedAt;

    /// <summary>
    /// Creates the rows of the list: the pinned conversations, the newest pin first, then the others, newest activity first. Waiting and
    /// rejected messages count as activity, although the server does not have them.
    /// </summary>
    /// <param name="conversations">The conversations in the order of the server's list.</param>
    /// <param name="unsent">The unsent messages of all conversations, in the order in which they were queued.</param>
    public static IReadOnlyList<ConversationRow> Of(IReadOnlyList<Conversation> conversations, IReadOnlyList<QueuedMessage> unsent) =>
        [.. ByActivity(conversations, unsent).OrderByDescending(row => row.Conversation.Personal.PinnedAt ?? DateTimeOffset.MinValue)];

    private static List<ConversationRow> ByActivity(IReadOnlyList<Conversation> conversations, IReadOnlyList<QueuedMessage> unsent)
    {
        var rows = new List<ConversationRow>(conversations.Count);
        if (unsent.Count == 0)
        {
            rows.AddRange(conversations.Select(conversation => new ConversationRow(conversation, null)));

            return rows;
        }

        var byConversation = unsent.ToLookup(message => message.ConversationId);
        var moved = new List<(ConversationRow Row, DateTimeOffset At)>();
        foreach (var conversation in conversations)
        {
            var own = byConversation[conversation.Id];
            var row = new ConversationRow(conversation, own.LastOrDefault(message => message.Failure is not null) ?? own.LastOrDefault());
            if (row.Unsent is not null && own.Max(message => message.QueuedAt) is var at && at > row.Activity)
                moved.Add((row, at));
            else
                rows.Add(row);
        }

        foreach (var (row, at) in moved.OrderBy(one => one.At))
        {
            var place = rows.FindIndex(other => other.Activity <= at);
            rows.Insert(place < 0 ? rows.Count : place, row);
        }

        return rows;
    }
}
