namespace CleanMessaging.Client;

/// <summary>The part of the reducer for single messages: adds, replaces and removes them.</summary>
internal static class MessageChanges
{
    /// <summary>
    /// How many messages above the capacity are kept before the oldest ones are removed, so that not every message causes a removal.
    /// </summary>
    private const int TrimmedAtOnce = 200;

    /// <summary>Applies a message from any source, in any order. A known revision has no effect.</summary>
    public static ConversationState Receive(this ConversationState state, Message message, DateTimeOffset now)
    {
        var revisions = state.Revisions.Add(message.Revision, message.Sequence);
        if (revisions != state.Revisions)
            state = state with { Revisions = revisions };

        if (state is { IsLoaded: true, HasEarlier: true, First: { } first } && message.Sequence < first.Sequence)
            return state with { EarlierChanges = state.EarlierChanges + 1 };

        if (state is { IsLoaded: true, HasLater: true } && message.Sequence > state.End)
            return state.AnnounceLater(message);

        if (message.Content is null || !message.IsVisibleAt(now))
            return state;

        var index = state.IndexOf(message.Sequence);
        if (index < 0)
            return state.Insert(~index, message);

        if (message.Revision <= state.Messages[index].Revision)
            return state;

        return state with
        {
            Messages = state.Messages.SetItem(index, message),
            NextMessageExpiry = Earlier(state.NextMessageExpiry, message.ExpiresAt),
        };
    }

    /// <summary>Applies all changes since a revision, and closes the gaps before the response's revision.</summary>
    public static ConversationState Recover(this ConversationState state, ChangesRecovered change)
    {
        foreach (var message in change.Response.Messages)
            state = state.Receive(message, change.Now).Trim();

        return (state with
        {
            Revisions = state.Revisions.Recover(change.Since, change.Response.Revision, change.Response.LastSequence),
            Failure = null,
        }).UpdateParticipants(change.Response.Participants);
    }

    /// <summary>Removes the messages that have expired.</summary>
    public static ConversationState Expire(this ConversationState state, DateTimeOffset now)
    {
        if (state.NextMessageExpiry is not { } next || now < next)
            return state;

        var visible = state.Messages.RemoveAll(message => !message.IsVisibleAt(now));

        return state with { Messages = visible, NextMessageExpiry = visible.Min(message => message.ExpiresAt) };
    }

    /// <summary>Removes the oldest messages when there are more than the capacity. They can be loaded again.</summary>
    public static ConversationState Trim(this ConversationState state) =>
        state.Messages.Length > state.Capacity + TrimmedAtOnce ? state.TrimTo(state.Capacity) : state;

    /// <summary>Removes the oldest messages above a maximum count.</summary>
    public static ConversationState TrimTo(this ConversationState state, int atMost)
    {
        if (state.Messages.Length <= atMost)
            return state;

        var kept = state.Messages.RemoveRange(0, state.Messages.Length - atMost);

        return state with { Messages = kept, HasEarlier = true, First = kept.FirstOrDefault() };
    }

    /// <summary>Returns the latest known revision of a message in or after the loaded range; 0 when there is none.</summary>
    public static long RevisionOf(this ConversationState state, long sequence) =>
        state.Later.TryGetValue(sequence, out var later) ? later.Revision : state.Find(sequence)?.Revision ?? 0;

    private static ConversationState AnnounceLater(this ConversationState state, Message message)
    {
        var number = state.LaterChanges + 1;
        var latest = Math.Max(message.Revision, state.RevisionOf(message.Sequence));

        return state with { Later = state.Later.SetItem(message.Sequence, (latest, number)), LaterChanges = number };
    }

    private static ConversationState Insert(this ConversationState state, int index, Message message) => state with
    {
        Messages = state.Messages.Insert(index, message),
        First = state.First is { } first && first.Sequence <= message.Sequence ? first : message,
        NextMessageExpiry = Earlier(state.NextMessageExpiry, message.ExpiresAt),
    };

    private static DateTimeOffset? Earlier(DateTimeOffset? one, DateTimeOffset? other) => one is null || other < one ? other ?? one : one;
}
