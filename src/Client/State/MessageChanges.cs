namespace CleanMessaging.Client;

/// <summary>The part of the reducer for single messages: adds, replaces and removes them.</summary>
internal static class MessageChanges
{
    /// <summary>
    /// How many messages above the capacity are kept before the oldest ones are removed, so that not every message causes a removal.
    /// </summary>
    private const int TrimmedAtOnce = 200;

    /// <summary>Applies a message and the revisions that it stands for.</summary>
    public static ConversationState Receive(this ConversationState state, MessageReceived change)
    {
        var received = state.ReceiveChange(change.Message, change.Now);

        return change.Revisions.Aggregate(received, (noted, revision) => noted.Note(revision, change.Message.Sequence));
    }

    /// <summary>Applies a message from any source, in any order. A known revision or a deleted message has no effect.</summary>
    public static ConversationState Receive(this ConversationState state, Message message, DateTimeOffset now)
    {
        state = state.Note(message.Revision, message.Sequence).UpdateQuote(message, now);
        if (state.IsOutside(message.Sequence))
        {
            return state.CountOutside(message.Sequence, message.Revision)
                .NoteExpiration(message.Sequence, message.Content is null ? DateTimeOffset.MinValue : message.ExpiresAt);
        }

        if (state.IsHidden(message.Sequence))
            return state;

        // An expiry only moves earlier, and an older state of the message may arrive last.
        if (state.Deletions.TryGetValue(message.Sequence, out var deletion))
            return state.With(deletion with { ExpiresAt = Earlier(deletion.ExpiresAt, message.ExpiresAt) });

        var index = state.IndexOf(message.Sequence);
        if (index >= 0 && message.Revision <= state.Messages[index].Revision)
            return state;

        // A later state that has expired, because the expiry was moved, replaces the loaded one.
        if (message.Content is null || !message.IsVisibleAt(now))
            return index < 0 ? state : state with { Messages = state.Messages.RemoveAt(index) };

        if (index < 0)
            return state.Insert(~index, message);

        return state with
        {
            Messages = state.Messages.SetItem(index, message),
            NextMessageExpiry = Earlier(state.NextMessageExpiry, message.ExpiresAt),
        };
    }

    /// <summary>Replaces a message with its tombstone. It is final: a later or older state of the message has no effect.</summary>
    public static ConversationState Delete(this ConversationState state, DeletedMessage deleted)
    {
        state = state.Note(deleted.Revision, deleted.Sequence).EndQuote(deleted.Sequence);
        if (state.IsOutside(deleted.Sequence))
            return state.CountOutside(deleted.Sequence, deleted.Revision).NoteExpiration(deleted.Sequence, DateTimeOffset.MinValue);

        if (state.Deletions.ContainsKey(deleted.Sequence) || state.IsHidden(deleted.Sequence))
            return state;

        var index = state.IndexOf(deleted.Sequence);
        if (index < 0)
            return state.With(new Deletion(deleted, deleted.ExpiresAt));

        var expiresAt = deleted.ExpiresAt ?? state.Messages[index].ExpiresAt;

        return (state with { Messages = state.Messages.RemoveAt(index) }).With(new Deletion(deleted, expiresAt));
    }

    /// <summary>Applies all changes since a revision, and closes the gaps before the response's revision.</summary>
    public static ConversationState Recover(this ConversationState state, ChangesRecovered change)
    {
        state = change.Response.Deleted.Aggregate(state.UpdatePersonalState(change.Response), Delete);
        foreach (var message in change.Response.Messages)
            state = state.ReceiveChange(message, change.Now).Trim();

        state = change.Response.Expired.Aggregate(state, Remove);

        return (state with
        {
            Revisions = state.Revisions.Recover(change.Since, change.Response.Revision, change.Response.LastSequence),
            Failure = null,
        })
            .UpdateParticipants(change.Response.Participants)
            .UpdateExpiration(change.Response);
    }

    /// <summary>Removes a message that has expired earlier than the loaded message says.</summary>
    private static ConversationState Remove(this ConversationState state, long sequence)
    {
        state = state.EndQuote(sequence);
        if (state.IsOutside(sequence))
            return state.NoteExpiration(sequence, DateTimeOffset.MinValue);

        var index = state.IndexOf(sequence);

        return index < 0 ? state : state with { Messages = state.Messages.RemoveAt(index) };
    }

    /// <summary>Removes the messages and tombstones that have expired, and marks expired quotes as unavailable.</summary>
    public static ConversationState Expire(this ConversationState state, DateTimeOffset now)
    {
        if (state.NextMessageExpiry is not { } next || now < next)
            return state;

        state = state.ExpireQuotes(now);
        var visible = state.Messages.RemoveAll(message => !message.IsVisibleAt(now));
        var deletions = state.Deletions.RemoveRange(
            state.Deletions.Where(deletion => deletion.Value.ExpiresAt <= now).Select(deletion => deletion.Key));

        return state with
        {
            Messages = visible,
            Deletions = deletions,
            NextMessageExpiry = Earlier(
                Earlier(visible.Min(message => message.ExpiresAt), deletions.Values.Min(deletion => deletion.ExpiresAt)),
                state.Quotes.Values.Min(quote => quote.Message?.ExpiresAt)),
        };
    }

    /// <summary>Removes the oldest messages when there are more than the capacity. They can be loaded again.</summary>
    public static ConversationState Trim(this ConversationState state) =>
        state.Messages.Length > state.Capacity + TrimmedAtOnce ? state.TrimTo(state.Capacity) : state;

    /// <summary>Removes the oldest messages above a maximum count, and the tombstones before them.</summary>
    public static ConversationState TrimTo(this ConversationState state, int atMost)
    {
        if (state.Messages.Length <= atMost)
            return state;

        var kept = state.Messages.RemoveRange(0, state.Messages.Length - atMost);
        var first = kept.FirstOrDefault();
        var trimmed = state.Deletions.Keys.Where(sequence => first is null || sequence < first.Sequence);

        return state with { Messages = kept, Deletions = state.Deletions.RemoveRange(trimmed), HasEarlier = true, First = first };
    }

    /// <summary>Returns the latest known revision of a message in or after the loaded range; 0 when there is none.</summary>
    public static long RevisionOf(this ConversationState state, long sequence)
    {
        if (state.Later.TryGetValue(sequence, out var later))
            return later.Revision;

        return state.Deletions.TryGetValue(sequence, out var deletion)
            ? deletion.Message.Revision
            : state.Find(sequence)?.Revision ?? 0;
    }

    /// <summary>
    /// Applies a message, unless its revision is known and the message is not loaded: then it was deleted or has expired, even if its
    /// tombstone is not loaded either.
    /// </summary>
    private static ConversationState ReceiveChange(this ConversationState state, Message message, DateTimeOffset now)
    {
        var isKnown = state.IsLoaded && message.Revision <= state.Revisions.Revision;

        return isKnown && state.Find(message.Sequence) is null && !state.Deletions.ContainsKey(message.Sequence)
            ? state
            : state.Receive(message, now);
    }

    /// <summary>Notes that a revision is known.</summary>
    public static ConversationState Note(this ConversationState state, long revision, long sequence)
    {
        var revisions = state.Revisions.Add(revision, sequence);

        return revisions == state.Revisions ? state : state with { Revisions = revisions };
    }

    /// <summary>Whether a sequence is before or after the loaded range.</summary>
    private static bool IsOutside(this ConversationState state, long sequence) => state.IsBefore(sequence) || state.IsAfter(sequence);

    private static bool IsBefore(this ConversationState state, long sequence) =>
        state is { IsLoaded: true, HasEarlier: true, First: { } first } && sequence < first.Sequence;

    private static bool IsAfter(this ConversationState state, long sequence) =>
        state is { IsLoaded: true, HasLater: true } && sequence > state.End;

    /// <summary>Counts a change outside of the loaded range, so that a page that was requested before it is requested again.</summary>
    private static ConversationState CountOutside(this ConversationState state, long sequence, long revision)
    {
        if (state.IsBefore(sequence))
            return state with { EarlierChanges = state.EarlierChanges + 1 };

        var number = state.LaterChanges + 1;
        var latest = Math.Max(revision, state.RevisionOf(sequence));

        return state with { Later = state.Later.SetItem(sequence, (latest, number)), LaterChanges = number };
    }

    /// <summary>Notes when a message outside of the loaded range expires. An expiry only moves earlier.</summary>
    private static ConversationState NoteExpiration(this ConversationState state, long sequence, DateTimeOffset? expiresAt) =>
        expiresAt is { } end && !(state.UnloadedExpirations.TryGetValue(sequence, out var known) && known <= end)
            ? state with { UnloadedExpirations = state.UnloadedExpirations.SetItem(sequence, end) }
            : state;

    private static ConversationState Insert(this ConversationState state, int index, Message message) => state with
    {
        Messages = state.Messages.Insert(index, message),
        First = state.First is { } first && first.Sequence <= message.Sequence ? first : message,
        NextMessageExpiry = Earlier(state.NextMessageExpiry, message.ExpiresAt),
    };

    /// <summary>Adds a deletion, or replaces the one of the same message. Keeps the state if it is the same.</summary>
    private static ConversationState With(this ConversationState state, Deletion deletion) =>
        state.Deletions.GetValueOrDefault(deletion.Message.Sequence) == deletion
            ? state
            : state with
            {
                Deletions = state.Deletions.SetItem(deletion.Message.Sequence, deletion),
                NextMessageExpiry = Earlier(state.NextMessageExpiry, deletion.ExpiresAt),
            };

    internal static DateTimeOffset? Earlier(DateTimeOffset? one, DateTimeOffset? other) => one is null || other < one ? other ?? one : one;
}
