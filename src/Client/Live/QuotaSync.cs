namespace CleanMessaging.Client;

/// <summary>
/// Keeps the quota of a session's user up to date. It is requested after sends and when the free messages are reset. Thread-safe.
/// </summary>
internal sealed class QuotaSync(MessagesClient messages, SyncScheduler scheduler, Action<SessionChange> publish)
{
    /// <summary>The delay before the quota is requested, so that several sends in quick succession cause one request.</summary>
    private static readonly TimeSpan _delay = TimeSpan.FromMilliseconds(200);

    private Quota? _current;

    /// <summary>Free messages, price and balance; null until they are loaded.</summary>
    public Quota? Current => Volatile.Read(ref _current);

    public void RequestSoon() => scheduler.Request(new SyncTask.Quota(), _delay);

    public async Task RefreshAsync(CancellationToken cancellationToken)
    {
        var quota = await messages.GetQuotaAsync(cancellationToken).ConfigureAwait(false);
        if (quota == Current)
            return;

        Volatile.Write(ref _current, quota);
        publish(new QuotaChanged(quota));
    }

    /// <summary>Requests the quota when its reset is due, and returns the time of the next reset.</summary>
    public DateTimeOffset? RequestWhenReset(DateTimeOffset now)
    {
        if (Current is not { } quota)
            return null;

        if (quota.ResetsAt > now)
            return quota.ResetsAt;

        RequestSoon();

        return null;
    }
}
