namespace CleanMessaging.Client;

/// <content>
/// The first attempts, and the changes of messages before them. A message is stored as attempted before its first attempt, so that no
/// session changes a message that the server may have under its id.
/// </content>
internal sealed partial class SendQueue
{
    /// <summary>How long a message waits before the queue checks again whether the server can be reached.</summary>
    private static readonly TimeSpan _cutOffCheck = TimeSpan.FromSeconds(30);

    private volatile bool _isCutOff;

    /// <summary>Whether the connection to the server has failed.</summary>
    public bool IsCutOff
    {
        get => _isCutOff;
        set => _isCutOff = value;
    }

    /// <summary>Returns whether the device has a network, as far as it knows.</summary>
    public Func<bool> HasNetwork { get; init; } = static () => true;

    /// <summary>
    /// Whether the server cannot be reached now. First attempts then wait until <see cref="Wake"/>, so that messages can still be changed;
    /// later attempts do not wait.
    /// </summary>
    private bool IsOutOfReach => IsCutOff || !HasNetwork();

    /// <summary>
    /// Replaces the text of a message that was never attempted. Returns false if an attempt has begun or the message is not queued; it then
    /// stays as it is.
    /// </summary>
    public async Task<bool> EditAsync(Guid clientMessageId, string content, CancellationToken cancellationToken)
    {
        using (await _store.LockAsync(cancellationToken).ConfigureAwait(false))
        {
            var found = await FindUnattemptedAsync(clientMessageId, cancellationToken).ConfigureAwait(false);
            if (found is not { Change: null } waiting)
                return false;

            var edited = waiting with { Content = content };
            await _store.SaveAsync(edited, cancellationToken).ConfigureAwait(false);
            Show(edited, isNew: false);

            return true;
        }
    }

    /// <summary>
    /// Discards a message that was never attempted. Returns false if an attempt has begun or the message is not queued; it then stays as it
    /// is.
    /// </summary>
    public async Task<bool> WithdrawAsync(Guid clientMessageId, CancellationToken cancellationToken)
    {
        using (await _store.LockAsync(cancellationToken).ConfigureAwait(false))
        {
            if (await FindUnattemptedAsync(clientMessageId, cancellationToken).ConfigureAwait(false) is null)
                return false;

            await RemoveAsync(clientMessageId, cancellationToken).ConfigureAwait(false);

            return true;
        }
    }

    /// <summary>Whether the first attempt of a new message cannot begin at once.</summary>
    private bool HasToWait(Guid conversationId) => IsOutOfReach || _messages.NextOf(conversationId) is not null;

    /// <summary>Returns a message as it is stored if no session has attempted it; otherwise null.</summary>
    private async Task<QueuedMessage?> FindUnattemptedAsync(Guid clientMessageId, CancellationToken cancellationToken) =>
        _messages.Find(clientMessageId) is { NeverAttempted: true, Failure: null } known
        && await _store.FindAsync(known, cancellationToken).ConfigureAwait(false) is { NeverAttempted: true, Failure: null } stored
            ? stored
            : null;

    /// <summary>
    /// Stores a message as attempted before its first attempt. Returns it as another session with the store may have edited it; null if it
    /// is not to be sent any more.
    /// </summary>
    private async Task<QueuedMessage?> ClaimAsync(QueuedMessage next)
    {
        if (!next.NeverAttempted)
            return next;

        using (await _store.LockAsync(_stopped).ConfigureAwait(false))
        {
            // It may have been edited, withdrawn or acknowledged in the meantime.
            if (_messages.Find(next.ClientMessageId) is not { NeverAttempted: true, Failure: null } known)
                return null;

            if (await _store.TryFindAsync(known).ConfigureAwait(false) is not { } stored)
            {
                if (_messages.Remove(known.ClientMessageId) is { } withdrawn)
                    Notify(withdrawn, QueuedMessageState.Discarded);

                return null;
            }

            var claimed = stored with { NeverAttempted = false };
            if (stored.NeverAttempted)
                await _store.TrySaveAsync(claimed).ConfigureAwait(false);
            _messages.Put(claimed, isNew: false);
            if (stored != known)
                Notify(claimed, claimed.Failure is null ? QueuedMessageState.Waiting : QueuedMessageState.Failed);

            return claimed.Failure is null ? claimed : null;
        }
    }
}
