namespace CleanMessaging.Client;

/// <summary>The part of the reducer for pages: starts, extends and replaces the loaded range.</summary>
internal static class PageChanges
{
    /// <summary>Starts with a page, at the first load or after too many changes were missed.</summary>
    public static ConversationState Load(this ConversationState state, PageLoaded change)
    {
        // Missed changes may concern the quotes, so they are requested again.
        var loaded = (state with { Quotes = state.Quotes.Clear() }).UpdatePersonalState(change.Position)
            .Begin(change.Position.Revision, change.Position.LastSequence, change.Page, change.Now);

        return (loaded with { Capacity = ConversationState.KeptMessages, IsReloadRequested = false, Failure = null })
            .UpdateParticipants(change.Position.Participants)
            .UpdateExpiration(change.Position);
    }

    /// <summary>
    /// Replaces the loaded messages with a page, unless another page has replaced them since the request. The known state can be newer
    /// then: it counts messages as hidden that the page still has.
    /// </summary>
    public static ConversationState Replace(this ConversationState state, PageReplaced change) =>
        change.Mark.Replacements != state.Replacements
            ? state
            : (state.Begin(change.Mark.Revision, change.Mark.CompleteSequence, change.Page, change.Now) with
            {
                Capacity = ConversationState.KeptMessages,
            }).IncreaseCapacity();

    /// <summary>Adds the page before the loaded range, unless the range has changed at its beginning since the request.</summary>
    public static ConversationState Prepend(this ConversationState state, EarlierPageLoaded change)
    {
        var (mark, page) = (change.Mark, change.Page);
        if (state.First?.Id != mark.FirstId || state.EarlierChanges != mark.EarlierChanges || state.Replacements != mark.Replacements)
            return state;

        state = state.AddQuotes(page, mark.Revision, change.Now) with { HasEarlier = false };
        state = page.Deleted.Aggregate(state, MessageChanges.Delete);

        // From the newest to the oldest, so that each is inserted before the previous one.
        foreach (var message in page.Messages.Reverse())
            state = state.Receive(message, change.Now);

        return (state with { HasEarlier = page.HasMoreBefore, First = page.Messages is [var oldest, ..] ? oldest : state.First })
            .IncreaseCapacity();
    }

    /// <summary>Adds the page after the loaded range, unless the page may be older than the known state.</summary>
    public static ConversationState Append(this ConversationState state, LaterPageLoaded change)
    {
        var (mark, page) = (change.Mark, change.Page);
        if (mark.Replacements != state.Replacements || page.Messages.Any(message => state.RevisionOf(message.Sequence) > message.Revision))
            return state;

        state = state.AddQuotes(page, mark.Revision, change.Now) with { HasLater = false };
        state = page.Deleted.Aggregate(state, MessageChanges.Delete);
        foreach (var message in page.Messages)
            state = state.Receive(message, change.Now);

        var end = page.Messages is [.., var newest] ? Math.Max(state.End, newest.Sequence) : state.End;
        var loaded = state.Later.Where(later => later.Key <= end || later.Value.Number <= mark.LaterChanges).Select(later => later.Key);
        var remaining = state.Later.RemoveRange(loaded);

        // Messages that were announced since the request may be after the page.
        return (state with { End = end, Later = remaining, HasLater = page.HasMoreAfter || !remaining.IsEmpty }).IncreaseCapacity();
    }

    /// <summary>Increases the capacity, so that the messages that the user has loaded stay in memory.</summary>
    private static ConversationState IncreaseCapacity(this ConversationState state) =>
        state with { Capacity = Math.Max(state.Capacity, state.Messages.Length + ConversationState.KeptMessages) };

    private static ConversationState Begin(
        this ConversationState state, long revision, long lastSequence, MessagePage page, DateTimeOffset now)
    {
        // Live changes that arrived during the request are kept: new messages, and changes of messages on the page.
        var live = state.Messages.Where(known => known.Revision > revision).ToList();
        var liveDeletions = state.Deletions.Values.Select(deletion => deletion.Message).Where(known => known.Revision > revision);
        var end = page.Messages is [.., var newest] ? newest.Sequence : page.HasMoreAfter ? 0 : lastSequence;
        state = state.AddQuotes(page, revision, now);
        state = state with
        {
            Messages = [],
            Deletions = state.Deletions.Clear(),
            NextMessageExpiry = state.Quotes.Values.Min(quote => quote.Message?.ExpiresAt),
            Revisions = state.Revisions.StartAt(revision, lastSequence),
            Replacements = state.Replacements + 1,
            First = page.Messages is [var oldest, ..] ? oldest : null,
            End = end,
            HasEarlier = page.HasMoreBefore,

            // Messages that were announced during the request may be missing on the page.
            HasLater = page.HasMoreAfter || state.Later.Any(later => later.Key > end && later.Value.Revision > revision),
        };

        state = page.Deleted.Concat(liveDeletions).Aggregate(state, MessageChanges.Delete);
        foreach (var message in page.Messages.Concat(live))
            state = state.Receive(message, now);

        return state;
    }
}
