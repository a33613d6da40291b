using CleanMessaging.Client;
using CleanMessaging.WebClient.Browser;

namespace CleanMessaging.WebClient.Messages;

/// <summary>
/// Builds the snapshots of a conversation that the log renders. An unchanged message keeps its entry, so that its row is not rendered
/// again.
/// </summary>
internal sealed class MessageListSnapshotBuilder(ConversationTimeline timeline, Guid userId)
{
    /// <summary>The maximum number of cached entries whose messages are no longer loaded.</summary>
    private const int Slack = 500;

    private readonly Dictionary<Guid, (Message Message, WaitingChanges Waiting, MessageEntry Entry)> _known = [];

    public MessageListSnapshot Build(bool isOnline, DateTimeOffset now)
    {
        var (isLoaded, hasEarlier, hasLater, messages) = (timeline.IsLoaded, timeline.HasEarlier, timeline.HasLater, timeline.Messages);
        var readByOther = timeline.ReadByOtherSequence;
        var waiting = FindWaitingChanges();
        var entries = new List<MessageEntry>(messages.Count);
        foreach (var message in messages)
            entries.Add(EntryOf(message, readByOther, waiting.GetValueOrDefault(message.Id)));
        Insert(timeline.Deleted, entries);

        // An unsent message follows the newest message. Until the newest one is loaded, its position would be wrong.
        if (!hasLater)
        {
            entries.AddRange(timeline.Unsent.Select(unsent =>
                MessageEntry.Of(unsent, isOnline, LocalTime.DayOf(unsent.QueuedAt), timeline.QuoteOf(unsent))));
        }

        if (_known.Count > messages.Count + Slack)
            Forget(messages);

        return new MessageListSnapshot(isLoaded, hasEarlier, hasLater, entries, LocalTime.DayOf(now));
    }

    /// <summary>Returns the latest waiting changes of each message.</summary>
    private Dictionary<Guid, WaitingChanges> FindWaitingChanges()
    {
        var all = new Dictionary<Guid, WaitingChanges>();
        foreach (var change in timeline.UnsentChanges.Where(queued => queued.Failure is null).Select(queued => queued.Change!))
        {
            var earlier = all.GetValueOrDefault(change.MessageId);
            all[change.MessageId] = change.Reaction is { } reaction
                ? earlier with { Reaction = reaction }
                : earlier with { Change = change };
        }

        return all;
    }

    private MessageEntry EntryOf(Message message, long readByOther, WaitingChanges waiting)
    {
        var isOwn = message.SenderId == userId;
        var isRead = isOwn && (message.IsRead || message.Sequence <= readByOther);
        var quote = timeline.QuoteOf(message);
        if (_known.TryGetValue(message.Id, out var known)
            && known.Message == message
            && known.Waiting == waiting
            && known.Entry.Quote == quote
            && (waiting.Change is not null || known.Entry.State == MessageState.Read == isRead))
        {
            return known.Entry;
        }

        // The day is cached, because it does not change and its calculation calls JavaScript.
        var day = known.Message?.CreatedAt == message.CreatedAt ? known.Entry.Day : LocalTime.DayOf(message.CreatedAt);
        var entry = MessageEntry.Of(message, isOwn, isRead, day, waiting.Change, quote) with
        {
            Reactions = ReactionChip.Of(message, userId, waiting.Reaction),
        };
        _known[message.Id] = (message, waiting, entry);

        return entry;
    }

    /// <summary>Inserts the deleted messages at the positions of their sequences.</summary>
    private static void Insert(IReadOnlyList<DeletedMessage> deleted, List<MessageEntry> entries)
    {
        var index = 0;
        foreach (var tombstone in deleted)
        {
            while (index < entries.Count && entries[index].Sequence < tombstone.Sequence)
                index++;

            // The messages and the tombstones were read one after the other: the message may have been deleted in between.
            if (index < entries.Count && entries[index].Sequence == tombstone.Sequence)
                entries.RemoveAt(index);
            var neighbor = entries.ElementAtOrDefault(index - 1) ?? entries.ElementAtOrDefault(index);
            entries.Insert(index, MessageEntry.Of(tombstone, neighbor, neighbor?.Day ?? LocalTime.DayOf(tombstone.DeletedAt)));
        }
    }

    private void Forget(IReadOnlyList<Message> held)
    {
        var ids = held.Select(message => message.Id).ToHashSet();
        foreach (var id in _known.Keys.Where(id => !ids.Contains(id)).ToList())
            _known.Remove(id);
    }

    /// <summary>The user's changes of a message that the server does not have yet.</summary>
    /// <param name="Change">The latest edit or deletion.</param>
    /// <param name="Reaction">The latest reaction.</param>
    private readonly record struct WaitingChanges(QueuedChange? Change, QueuedReaction? Reaction);
}
