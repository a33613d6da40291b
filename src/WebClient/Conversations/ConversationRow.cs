using CleanMessaging.Client;

namespace CleanMessaging.WebClient.Conversations;

/// <summary>A conversation as it stands in the list.</summary>
/// <param name="Unsent">
/// Of the user's messages that the server does not have, the one to show: the newest that was rejected, otherwise the newest that waits. Null when
/// there is none.
/// </param>
public sealed record ConversationRow(Conversation Conversation, OutboxMessage? Unsent)
{
    private DateTimeOffset Activity => Conversation.LastMessage?.CreatedAt ?? Conversation.CreatedAt;

    /// <summary>
    /// The rows of a list, newest activity first. A message that waits or was rejected is activity, too: it is found at the top although the server
    /// knows nothing of it.
    /// </summary>
    /// <param name="conversations">In the order of the server's list.</param>
    /// <param name="unsent">Of all conversations, in the order of their coming.</param>
    public static IReadOnlyList<ConversationRow> Of(IReadOnlyList<Conversation> conversations, IReadOnlyList<OutboxMessage> unsent)
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
