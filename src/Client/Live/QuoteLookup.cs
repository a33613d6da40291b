namespace CleanMessaging.Client;

/// <summary>
/// Finds the messages that replies refer to. Requests those that are not known, many with one request, and again after a failure.
/// </summary>
internal sealed class QuoteLookup(MessagesClient messages, OpenConversations open, SyncScheduler scheduler, ServerClock clock)
{
    /// <summary>The delay before a request. It merges the quotes of messages that are shown at the same time.</summary>
    private static readonly TimeSpan _coalescing = TimeSpan.FromMilliseconds(30);

    /// <summary>Returns a message as far as it is known, and requests it otherwise.</summary>
    public MessageQuote Find(ConversationTimeline timeline, long sequence)
    {
        if (timeline.Store.State.QuoteOf(sequence, clock.Now) is { } known)
            return known;

        timeline.Store.Apply(new QuotesRequested([sequence]));
        scheduler.Request(new SyncTask.Quotes(timeline.ConversationId), _coalescing);

        return new MessageQuote(sequence, QuoteState.Loading);
    }

    /// <summary>Requests the quotes of a conversation that are not known yet.</summary>
    public async Task RunAsync(Guid conversationId, CancellationToken cancellationToken)
    {
        while (open.Find(conversationId)?.Store is { } store && Requested(store.State) is { Count: > 0 } requested)
        {
            var found = await messages.LookUpAsync(conversationId, requested, cancellationToken).ConfigureAwait(false);
            store.Apply(new QuotesFound([.. requested.Except(found.Omitted)], found.Messages, clock.Now));
        }
    }

    private static List<long> Requested(ConversationState state) => state.Failure is not null
        ? []
        : [.. state.Quotes.Values
            .Where(quote => quote.State == QuoteState.Loading)
            .Select(quote => quote.Sequence)
            .Take(MessagingLimits.LookUpSequences)];
}
