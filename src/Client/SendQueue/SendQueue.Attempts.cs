namespace CleanMessaging.Client;

/// <content>
/// The first attempts, and the changes of messages before them. A message is stored as attempted before its first attempt, so that no
/// session changes a message that the server may have under its id.
/// </content>
internal sealed partial class SendQueue
{
    /// <summary>
    /// How often storing a message as attempted may fail before it is sent all the same, so that a broken store does not block the queue.
    /// </summary>
    private const int StoreFailuresMax = 3;

    /// <summary>How long a message waits before the queue checks again whether the server is unreachable.</summary>
    private static readonly TimeSpan _unreachableCheck = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Returns whether the server is unreachable, as far as the session knows. First attempts then wait until <see cref="Wake"/>, so that
    /// messages can still be changed; later attempts do not wait.
    /// </summary>
    public Func<bool> IsUnreachable { get; init; } = static () => false;

    /// <summary>Replaces the text of a new message that was never attempted. Otherwise the message stays as it is.</summary>
    public async Task<UnsentChangeResult> EditAsync(Guid clientMessageId, string content, CancellationToken cancellationToken)
    {
        await using var locked = (await _store.LockSharedAsync(cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);
        var (result, waiting) = await FindUnattemptedAsync(clientMessageId, cancellationToken).ConfigureAwait(false);
        if (waiting is null)
            return result;

        if (waiting.Change is not null)
            return UnsentChangeResult.NoLongerQueued;

        var edited = waiting with { Content = content };
        await _store.SaveAsync(edited, cancellationToken).ConfigureAwait(false);
        Show(edited, isNew: false);

        return UnsentChangeResult.Succeeded;
    }

    /// <summary>Discards a message that was never attempted. Otherwise the message stays as it is.</summary>
    public async Task<UnsentChangeResult> WithdrawAsync(Guid clientMessageId, CancellationToken cancellationToken)
    {
        await using var locked = (await _store.LockSharedAsync(cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);
        var (result, waiting) = await FindUnattemptedAsync(clientMessageId, cancellationToken).ConfigureAwait(false);
        if (waiting is not null)
            await RemoveAsync(clientMessageId, cancellationToken).ConfigureAwait(false);

        return result;
    }

    private static UnsentChangeResult ResultFor(QueuedMessage? message) => message switch
    {
        null => UnsentChangeResult.NoLongerQueued,
        { Failure: not null } => UnsentChangeResult.Rejected,
        { NeverAttempted: false } => UnsentChangeResult.Attempted,
        _ => UnsentChangeResult.Succeeded,
    };

    /// <summary>Whether the first attempt of a new message begins at once.</summary>
    private bool BeginsAtOnce(Guid conversationId) => !IsUnreachable() && _messages.NextOf(conversationId) is null;

    /// <summary>
    /// Returns a message as it is stored if no session has attempted it; otherwise null and the reason. Follows what another session with
    /// the store has done to it.
    /// </summary>
    private async Task<(UnsentChangeResult Result, QueuedMessage? Waiting)> FindUnattemptedAsync(
        Guid clientMessageId, CancellationToken cancellationToken)
    {
        var known = _messages.Find(clientMessageId);
        if (known is null || ResultFor(known) != UnsentChangeResult.Succeeded)
            return (ResultFor(known), null);

        var stored = await _store.FindAsync(known, cancellationToken).ConfigureAwait(false);
        if (stored is null)
            RemoveFromMemory(clientMessageId);
        else if (stored != known)
            Show(stored, isNew: false);

        var result = ResultFor(stored);

        return (result, result == UnsentChangeResult.Succeeded ? stored : null);
    }

    /// <summary>
    /// Stores a message as attempted before its first attempt. Returns it as another session with the store may have edited it; null if it
    /// is not to be sent any more.
    /// </summary>
    /// <param name="failures">How often it has failed in a row.</param>
    private async Task<QueuedMessage?> MarkAttemptedAsync(QueuedMessage next, int failures)
    {
        if (!next.NeverAttempted)
            return next;

        await using var locked = (await _store.LockSharedAsync(_stopped).ConfigureAwait(false)).ConfigureAwait(false);

        // It may have been edited, withdrawn or acknowledged in the meantime.
        if (_messages.Find(next.ClientMessageId) is not { NeverAttempted: true, Failure: null } known)
            return null;

        if (await _store.TryFindAsync(known).ConfigureAwait(false) is not { } stored)
        {
            RemoveFromMemory(known.ClientMessageId);

            return null;
        }

        var attempted = stored with { NeverAttempted = false };
        if (stored.NeverAttempted)
            await _store.SaveAttemptedAsync(attempted, isLastTry: failures >= StoreFailuresMax).ConfigureAwait(false);
        _messages.Put(attempted, isNew: false);
        if (stored != known)
            Notify(attempted, attempted.Failure is null ? QueuedMessageState.Waiting : QueuedMessageState.Failed);

        return attempted.Failure is null ? attempted : null;
    }
}
