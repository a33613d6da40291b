namespace CleanMessaging.Client;

/// <summary>
/// Loads further pages of an open conversation. One load runs at a time, and is repeated until the page fits to the loaded messages.
/// </summary>
/// <param name="gate">Admits one load at a time.</param>
/// <param name="checkForGap">Called after each load, because changes during the request may be missing.</param>
internal sealed class PageLoader(
    TimelineStore store,
    OpeningPage opening,
    Func<PagePosition, CancellationToken, Task<MessagePage>> get,
    SemaphoreSlim gate,
    ServerClock clock,
    Action checkForGap)
{
    /// <summary>Loads the page before the loaded messages. Does nothing when there is none.</summary>
    public Task LoadEarlierAsync(int limit, CancellationToken cancellationToken) =>
        LoadAsync(
            async state =>
            {
                if (state is not { HasEarlier: true, First: { } first })
                    return true;

                var mark = state.Mark;
                var page = await get(new PagePosition(limit, Before: first.Id), cancellationToken).ConfigureAwait(false);

                return Apply(new EarlierPageLoaded(page, mark, clock.Now));
            },
            cancellationToken);

    /// <summary>Loads the page after the loaded messages. Does nothing when the newest message is loaded.</summary>
    public Task LoadLaterAsync(int limit, CancellationToken cancellationToken) =>
        LoadAsync(
            async state =>
            {
                if (!state.HasLater)
                    return true;

                var mark = state.Mark;
                var page = await get(new PagePosition(limit, AfterSequence: state.LoadedToSequence), cancellationToken)
                    .ConfigureAwait(false);

                return Apply(new LaterPageLoaded(page, mark, clock.Now));
            },
            cancellationToken);

    /// <summary>Replaces the loaded messages with the newest ones. Does nothing when the newest message is loaded.</summary>
    public Task LoadNewestAsync(int limit, CancellationToken cancellationToken) =>
        LoadAsync(
            async state => !state.HasLater
                || await ReplaceAsync(state.Mark, get(new PagePosition(limit), cancellationToken)).ConfigureAwait(false),
            cancellationToken);

    /// <summary>Replaces the loaded messages with those around a read pointer.</summary>
    public Task LoadAroundAsync(Guid userId, CancellationToken cancellationToken) =>
        LoadAsync(
            state => ReplaceAsync(state.Mark, opening.AroundAsync(state.ReadBy(userId), cancellationToken)),
            cancellationToken);

    /// <summary>
    /// Replaces the loaded messages with those around a sequence. Does nothing when the sequence is in the loaded range.
    /// </summary>
    public Task LoadAroundAsync(long sequence, int limit, CancellationToken cancellationToken) =>
        LoadAsync(
            async state => state.Covers(sequence)
                || await ReplaceAsync(state.Mark, get(new PagePosition(limit, Around: sequence), cancellationToken)).ConfigureAwait(false),
            cancellationToken);

    /// <param name="tryLoad">Loads a page; returns false when it no longer fits to the loaded messages.</param>
    private async Task LoadAsync(Func<ConversationState, Task<bool>> tryLoad, CancellationToken cancellationToken)
    {
        await gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            while (!await tryLoad(store.State).ConfigureAwait(false))
            {
                // During the request, the loaded range was replaced or a message outside of it changed.
            }
        }
        finally
        {
            gate.Release();
        }

        checkForGap();
    }

    private async Task<bool> ReplaceAsync(PageMark mark, Task<MessagePage> reading)
    {
        var page = await reading.ConfigureAwait(false);

        return Apply(new PageReplaced(page, mark, clock.Now));
    }

    private bool Apply(ConversationChange change)
    {
        var (before, after) = store.Apply(change);

        return !ReferenceEquals(before, after);
    }
}

/// <summary>The position of a page of messages: the newest ones, or those next to a message or a sequence, or around one.</summary>
internal sealed record PagePosition(int Limit, Guid? Before = null, Guid? After = null, long? AfterSequence = null, long? Around = null);
