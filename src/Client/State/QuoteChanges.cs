namespace CleanMessaging.Client;

/// <summary>
/// The part of the reducer for messages outside of the loaded range that replies refer to. A message that is not visible any more never
/// becomes visible again, so the result is the same for changes in any order.
/// </summary>
internal static class QuoteChanges
{
    /// <summary>The number of quotes above which those that no loaded message refers to are removed.</summary>
    private const int KeptQuotes = 200;

    /// <summary>Returns the message that a reply refers to; null if it has to be requested.</summary>
    public static MessageQuote? QuoteOf(this ConversationState state, long sequence, DateTimeOffset now)
    {
        if (state.IsHidden(sequence))
            return Unavailable(sequence);

        if (state.Find(sequence) is { } loaded)
            return Known(sequence, loaded, now);

        // All visible messages of the loaded range are loaded.
        if (state.Covers(sequence) || state.Deletions.ContainsKey(sequence))
            return Unavailable(sequence);

        return state.Quotes.GetValueOrDefault(sequence) is { Message: { } message } ? Known(sequence, message, now)
            : state.Quotes.GetValueOrDefault(sequence);
    }

    /// <summary>Adds the quotes to request. From now on their changes are applied, so that an older response has no effect.</summary>
    public static ConversationState RequestQuotes(this ConversationState state, QuotesRequested change)
    {
        var added = change.Sequences
            .Where(sequence => !state.Quotes.ContainsKey(sequence))
            .Select(sequence => KeyValuePair.Create(sequence, new MessageQuote(sequence, QuoteState.Loading)))
            .ToList();

        return added.Count == 0 ? state : state with { Quotes = state.Quotes.SetItems(added) };
    }

    /// <summary>Applies the response. Ignores sequences that are not requested any more.</summary>
    public static ConversationState FindQuotes(this ConversationState state, QuotesFound change)
    {
        foreach (var message in change.Messages)
            state = state.UpdateQuote(message, change.Now);

        var found = change.Messages.Select(message => message.Sequence).ToHashSet();
        foreach (var sequence in change.Sequences.Where(sequence => !found.Contains(sequence)))
            state = state.EndQuote(sequence);

        return state.RemoveUnusedQuotes(change.Sequences);
    }

    /// <summary>
    /// Adds the quotes of a page, unless a change has arrived since the page was requested: it may concern one of them.
    /// </summary>
    /// <param name="revision">The revision up to which the page has all changes.</param>
    public static ConversationState AddQuotes(this ConversationState state, MessagePage page, long revision, DateTimeOffset now)
    {
        if (state.Revisions.Latest > revision || page.Quoted.Count == 0)
            return state;

        List<long> sequences = [.. page.Quoted.Select(message => message.Sequence)];

        return state.RequestQuotes(new QuotesRequested(sequences)).FindQuotes(new QuotesFound(sequences, page.Quoted, now));
    }

    /// <summary>Applies a message to its quote, if there is one.</summary>
    public static ConversationState UpdateQuote(this ConversationState state, Message message, DateTimeOffset now)
    {
        if (!state.Quotes.TryGetValue(message.Sequence, out var quote)
            || quote.State == QuoteState.Unavailable
            || message.Content is null
            || message.Revision <= quote.Message?.Revision)
        {
            return state;
        }

        return state with
        {
            Quotes = state.Quotes.SetItem(message.Sequence, Known(message.Sequence, message, now)),
            NextMessageExpiry = MessageChanges.Earlier(state.NextMessageExpiry, message.ExpiresAt),
        };
    }

    /// <summary>Marks a quote as unavailable, if there is one.</summary>
    public static ConversationState EndQuote(this ConversationState state, long sequence) =>
        state.Quotes.TryGetValue(sequence, out var quote) && quote.State != QuoteState.Unavailable
            ? state with { Quotes = state.Quotes.SetItem(sequence, Unavailable(sequence)) }
            : state;

    /// <summary>Marks the quotes that have expired as unavailable.</summary>
    public static ConversationState ExpireQuotes(this ConversationState state, DateTimeOffset now) =>
        state.Quotes.Values.Where(quote => quote.Message?.IsVisibleAt(now) == false)
            .Aggregate(state, (next, expired) => next.EndQuote(expired.Sequence));

    private static MessageQuote Known(long sequence, Message message, DateTimeOffset now) =>
        message.IsVisibleAt(now) ? new MessageQuote(sequence, QuoteState.Available, message) : Unavailable(sequence);

    private static MessageQuote Unavailable(long sequence) => new(sequence, QuoteState.Unavailable);

    private static ConversationState RemoveUnusedQuotes(this ConversationState state, IReadOnlyList<long> added)
    {
        if (state.Quotes.Count <= KeptQuotes)
            return state;

        var used = state.Messages.Select(message => message.ReplyToSequence).OfType<long>().Concat(added).ToHashSet();
        var unused = state.Quotes.Values.Where(quote => quote.State != QuoteState.Loading && !used.Contains(quote.Sequence));

        return state with { Quotes = state.Quotes.RemoveRange(unused.Select(quote => quote.Sequence)) };
    }
}
