using System.Diagnostics;
using CleanMessaging.Application.Storage;
using CleanMessaging.Infrastructure.Telemetry;

namespace CleanMessaging.Infrastructure.Persistence.Sends;

/// <summary>
/// Sends of all users, in the order of their coming, served in groups: what waits while the groups before are stored goes together next, in
/// at most two round trips and one commit. On an idle server nobody waits, and a group is one send.
/// </summary>
/// <remarks>
/// Groups that are under way at the same time have no sender and no conversation in common, so they never wait for each other's rows. For rows
/// that somebody else holds a group does not wait for long either: it fails, and its members go alone, under locks, where each waits for itself.
/// </remarks>
internal sealed class SendBatcher(SendBatchExecutor group)
{
    /// <summary>
    /// One at a time as a rule, because few large groups cost less than many small ones; a second when the first is slow, or when so many
    /// wait that no group would be larger.
    /// </summary>
    public const int BatchesAtOnce = 2;

    /// <summary>How many sends a group has at most.</summary>
    public const int BatchMax = 64;

    /// <summary>How many of them are one sender's at most, so that nobody waits behind all that somebody else has begun.</summary>
    public const int BatchMaxOfOne = 16;

    /// <summary>Who has less time left when a group sets out is told so at once, and spoils no group.</summary>
    public static readonly TimeSpan LeastTime = TimeSpan.FromSeconds(1);

    /// <summary>How long a group is under way until the next need not wait for it: a disk or a network that takes longer has time for both.</summary>
    public static readonly TimeSpan SlowAfter = TimeSpan.FromMilliseconds(10);

    private readonly Lock _gate = new();
    private readonly Dictionary<Guid, int> _busy = [];
    private List<QueuedSend> _waiting = [];
    private int _groups;
    private long _lastBegan;

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

    private bool MayServe =>
        _groups == 0 || (_groups < BatchesAtOnce && (_waiting.Count >= BatchMax || Stopwatch.GetElapsedTime(_lastBegan) > SlowAfter));

    /// <summary>
    /// Returns when the send is stored. When its group fails, sends of the same sender or conversation stay out of groups until
    /// <see cref="Release"/>.
    /// </summary>
    /// <exception cref="OperationCanceledException">Canceled before its group began; nothing was done.</exception>
    /// <exception cref="DatabaseTimeoutException">Too little of its time was left when its turn came; nothing was done.</exception>
    /// <exception cref="SendBatchFailedException">Its group has failed; <see cref="QueuedSend.IsCommitting"/> says how far it had come.</exception>
    public async Task RunAsync(QueuedSend send, CancellationToken cancellationToken)
    {
        bool mayGo;
        lock (_gate)
        {
            _waiting.Add(send);

            // Whatever it shares a row with calls for the next group when it is done.
            mayGo = MayServe && IsFree(send.Keys);
        }

        if (mayGo)
            ServeNext();
        await using (cancellationToken.Register(() => Abandon(send, cancellationToken)))
            await send.Done;
    }

    /// <summary>A send is over, or given up: to be called once, at the end of all that <see cref="RunAsync"/> has begun.</summary>
    public void Release(QueuedSend send)
    {
        if (!send.HasFailed)
            return;

        lock (_gate)
            Free(send.Keys);

        ServeNext();
    }

    /// <summary>
    /// A group is nobody's in particular: it runs outside of the request that happened to call for it, and of its trace. It is taken when a
    /// thread comes to it, so that those go with it who have come meanwhile.
    /// </summary>
    private void ServeNext()
    {
        lock (_gate)
        {
            if (!MayServe || _waiting.Count == 0)
                return;

            _groups++;
            _lastBegan = Stopwatch.GetTimestamp();
        }

        ThreadPool.UnsafeQueueUserWorkItem(
            queue =>
            {
                if (queue.TakeBatch() is { } sends)
                    _ = queue.ServeAsync(sends);
            },
            this,
            preferLocal: false);
    }

    private async Task ServeAsync(List<QueuedSend> sends)
    {
        try
        {
            using var activity = MessagingTraces.StartBatch(sends.ConvertAll(send => send.Request));
            await group.RunAsync(sends);
        }
        finally
        {
            lock (_gate)
            {
                _groups--;
                foreach (var send in sends.Where(send => !send.HasFailed))
                    Free(send.Keys);
            }

            ServeNext();
        }
    }

    /// <summary>The next group: those who have waited longest and have nothing in common with a group that is under way.</summary>
    private List<QueuedSend>? TakeBatch()
    {
        var late = new List<QueuedSend>();
        try
        {
            lock (_gate)
                return TakeBatch(late);
        }
        finally
        {
            foreach (var send in late)
                send.TimeOut();
        }
    }

    private List<QueuedSend>? TakeBatch(List<QueuedSend> late)
    {
        var taken = new List<QueuedSend>();
        var left = new List<QueuedSend>();
        var ofSenders = new Dictionary<Guid, int>();
        foreach (var send in _waiting)
        {
            if (send.Remaining < LeastTime)
            {
                if (send.TryTake())
                    late.Add(send);
                continue;
            }

            var ofSender = ofSenders.GetValueOrDefault(send.Keys.SenderId);
            if (taken.Count == BatchMax || ofSender == BatchMaxOfOne || !IsFree(send.Keys))
            {
                left.Add(send);
            }
            else if (send.TryTake())
            {
                taken.Add(send);
                ofSenders[send.Keys.SenderId] = ofSender + 1;
            }
        }

        _waiting = left;
        if (taken.Count == 0)
        {
            _groups--;

            return null;
        }

        foreach (var send in taken)
            Occupy(send.Keys);

        return taken;
    }

    private bool IsFree(SendBatchKey keys) => !_busy.ContainsKey(keys.SenderId) && !_busy.ContainsKey(keys.ConversationId);

    private void Occupy(SendBatchKey keys)
    {
        foreach (var id in (ReadOnlySpan<Guid>)[keys.SenderId, keys.ConversationId])
            _busy[id] = _busy.GetValueOrDefault(id) + 1;
    }

    private void Free(SendBatchKey keys)
    {
        foreach (var id in (ReadOnlySpan<Guid>)[keys.SenderId, keys.ConversationId])
        {
            if (--_busy[id] == 0)
                _busy.Remove(id);
        }
    }

    private void Abandon(QueuedSend send, CancellationToken cancellationToken)
    {
        if (!send.TryTake())
            return;

        lock (_gate)
            _waiting.Remove(send);

        send.Cancel(cancellationToken);
    }
}
