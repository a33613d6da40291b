using CleanMessaging.Application.Storage;

namespace CleanMessaging.Infrastructure.Persistence.Sends;

/// <summary>
/// Sends of all users, in the order of their coming, served in groups: what waits while the groups before are stored goes together next, in
/// two round trips and one commit. On an idle server nobody waits, and a group is one send.
/// </summary>
/// <remarks>
/// Groups that are under way at the same time have no sender and no conversation in common, so they never wait for each other's rows. For rows
/// that somebody else holds a group does not wait either: it fails, and its members go alone, under locks, where each waits for itself.
/// </remarks>
internal sealed class SendQueue(SendGroup group)
{
    /// <summary>While one group is flushed to disk, the next is decided.</summary>
    public const int GroupsAtOnce = 2;

    /// <summary>How many sends a group has at most.</summary>
    public const int GroupMax = 64;

    private readonly Lock _gate = new();
    private readonly Dictionary<Guid, int> _busy = [];
    private List<PendingSend> _waiting = [];
    private int _groups;

    /// <summary>How many sends wait for a group.</summary>
    public int Waiting
    {
        get
        {
            lock (_gate)
                return _waiting.Count;
        }
    }

    /// <summary>How many groups are under way.</summary>
    public int UnderWay
    {
        get
        {
            lock (_gate)
                return _groups;
        }
    }

    /// <summary>Returns when the send is stored.</summary>
    /// <exception cref="OperationCanceledException">Canceled before its group began; nothing was done.</exception>
    /// <exception cref="GroupFailedException">Its group has failed; <see cref="PendingSend.IsCommitting"/> says how far it had come.</exception>
    public async Task RunAsync(PendingSend send, CancellationToken cancellationToken)
    {
        lock (_gate)
            _waiting.Add(send);

        ServeNext();
        await using (cancellationToken.Register(() => Abandon(send, cancellationToken)))
            await send.Done;
    }

    /// <summary>A send goes alone, under locks: until the result is disposed, those of the same sender or conversation wait with their groups.</summary>
    public IDisposable GoAlone(SendKeys keys)
    {
        lock (_gate)
            Occupy(keys);

        return new Alone(this, keys);
    }

    private void ServeNext()
    {
        while (TakeGroup() is { } sends)
            _ = ServeAsync(sends);
    }

    private async Task ServeAsync(List<PendingSend> sends)
    {
        await group.RunAsync(sends);
        lock (_gate)
        {
            _groups--;
            foreach (var send in sends)
                Free(send.Keys);
        }

        ServeNext();
    }

    /// <summary>The next group: those who have waited longest and have nothing in common with a group that is under way.</summary>
    private List<PendingSend>? TakeGroup()
    {
        lock (_gate)
        {
            if (_groups >= GroupsAtOnce || _waiting.Count == 0)
                return null;

            var taken = new List<PendingSend>();
            var left = new List<PendingSend>();
            foreach (var send in _waiting)
            {
                var isFree = taken.Count < GroupMax && !_busy.ContainsKey(send.Keys.SenderId) && !_busy.ContainsKey(send.Keys.ConversationId);
                if (!isFree)
                    left.Add(send);
                else if (send.TryTake())
                    taken.Add(send);
            }

            _waiting = left;
            if (taken.Count == 0)
                return null;

            _groups++;
            foreach (var send in taken)
                Occupy(send.Keys);

            return taken;
        }
    }

    private void Occupy(SendKeys keys)
    {
        foreach (var id in (ReadOnlySpan<Guid>)[keys.SenderId, keys.ConversationId])
            _busy[id] = _busy.GetValueOrDefault(id) + 1;
    }

    private void Free(SendKeys keys)
    {
        foreach (var id in (ReadOnlySpan<Guid>)[keys.SenderId, keys.ConversationId])
        {
            if (--_busy[id] == 0)
                _busy.Remove(id);
        }
    }

    private void Abandon(PendingSend send, CancellationToken cancellationToken)
    {
        if (!send.TryTake())
            return;

        lock (_gate)
            _waiting.Remove(send);

        send.Cancel(cancellationToken);
    }

    private sealed class Alone(SendQueue queue, SendKeys keys) : IDisposable
    {
        public void Dispose()
        {
            lock (queue._gate)
                queue.Free(keys);

            queue.ServeNext();
        }
    }
}
