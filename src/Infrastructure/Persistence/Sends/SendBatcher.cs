using System.Diagnostics;
using CleanMessaging.Domain.Messages;
using CleanMessaging.Domain.Primitives;
using CleanMessaging.Infrastructure.Postgres;
using CleanMessaging.Infrastructure.Telemetry;

namespace CleanMessaging.Infrastructure.Persistence.Sends;

/// <summary>
/// Batches concurrent sends of all users into one commit, in order of arrival. The sends that wait while earlier batches are stored form
/// the next batch, which takes at most two round trips. On an idle server no send waits, and a batch has one send.
/// </summary>
/// <remarks>
/// Concurrent batches have no sender and no conversation in common, so they never wait for each other's rows. A batch does not wait long
/// for rows that another transaction has locked: it fails, and each of its sends runs in its own transaction under locks.
/// </remarks>
internal sealed class SendBatcher(SendBatchExecutor executor)
{
    /// <summary>
    /// The maximum number of concurrent batches. Usually one batch runs at a time, because few large batches cost less than many small
    /// ones. A second one starts when the first is slow, or when a full batch is waiting.
    /// </summary>
    public const int BatchesAtOnce = 2;

    /// <summary>The maximum number of sends in a batch.</summary>
    public const int BatchMax = 64;

    /// <summary>The maximum number of sends of one sender in a batch, so that one user's burst does not delay the other users.</summary>
    public const int BatchMaxPerSender = 16;

    /// <summary>A send with less time left than this times out when its batch starts, so that it does not fail the batch.</summary>
    public static readonly TimeSpan MinimumTimeLeft = TimeSpan.FromSeconds(1);

    /// <summary>
    /// The time after which the next batch starts although the previous one is still running: a disk or network this slow can serve both.
    /// </summary>
    public static readonly TimeSpan SlowAfter = TimeSpan.FromMilliseconds(10);

    private readonly Lock _gate = new();
    private readonly Dictionary<Guid, int> _busy = [];
    private List<QueuedSend> _waiting = [];
    private int _batches;
    private long _lastBegan;

    /// <summary>How many sends wait for a batch.</summary>
    public int Waiting
    {
        get
        {
            lock (_gate)
                return _waiting.Count;
        }
    }

    /// <summary>How many batches are in progress.</summary>
    public int RunningBatches
    {
        get
        {
            lock (_gate)
                return _batches;
        }
    }

    private bool CanStartBatch =>
        _batches == 0 || (_batches < BatchesAtOnce && (_waiting.Count >= BatchMax || Stopwatch.GetElapsedTime(_lastBegan) > SlowAfter));

    /// <summary>
    /// Returns the decision when the send is stored. If its batch fails, sends of the same sender or conversation stay out of batches until
    /// <see cref="Release"/>.
    /// </summary>
    /// <exception cref="DomainException">The send is rejected.</exception>
    /// <exception cref="OperationCanceledException">The send was canceled before its batch began; nothing was done.</exception>
    /// <exception cref="DatabaseTimeoutException">Too little time was left when the batch started; nothing was done.</exception>
    /// <exception cref="SendBatchFailedException">
    /// The batch has failed; <see cref="Attempt.IsCommitting"/> says whether its commit had begun.
    /// </exception>
    public async Task<SendDecision> RunAsync(QueuedSend send, CancellationToken cancellationToken)
    {
        bool mayGo;
        lock (_gate)
        {
            _waiting.Add(send);

            // If a batch in progress uses the same sender or conversation, the end of that batch starts the next one.
            mayGo = CanStartBatch && IsFree(send.Request);
        }

        if (mayGo)
            StartNextBatch();
        await using (cancellationToken.Register(() => Abandon(send, cancellationToken)))
            return await send.Done;
    }

    /// <summary>
    /// Marks a send as finished or given up. Call it once, after <see cref="RunAsync"/> and everything that follows from it.
    /// </summary>
    public void Release(QueuedSend send)
    {
        if (!send.HasFailed)
            return;

        lock (_gate)
            Free(send.Request);

        StartNextBatch();
    }

    /// <summary>
    /// Starts the next batch outside any request's execution context and trace. The sends are selected when a thread starts to run the
    /// batch, so that sends that arrive in the meantime are included.
    /// </summary>
    private void StartNextBatch()
    {
        lock (_gate)
        {
            if (!CanStartBatch || _waiting.Count == 0)
                return;

            _batches++;
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
            using var activity = MessagingTraces.StartBatch(sends.ConvertAll(send => send.RequestSpan));
            await executor.RunAsync(sends);
        }
        finally
        {
            lock (_gate)
            {
                _batches--;
                foreach (var send in sends.Where(send => !send.HasFailed))
                    Free(send.Request);
            }

            StartNextBatch();
        }
    }

    /// <summary>
    /// Returns the next batch: the sends that have waited longest and share no sender or conversation with a batch in progress.
    /// </summary>
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
            if (send.Attempt.Remaining < MinimumTimeLeft)
            {
                if (send.TryTake())
                    late.Add(send);
                continue;
            }

            var ofSender = ofSenders.GetValueOrDefault(send.Request.SenderId);
            if (taken.Count == BatchMax || ofSender == BatchMaxPerSender || !IsFree(send.Request))
            {
                left.Add(send);
            }
            else if (send.TryTake())
            {
                taken.Add(send);
                ofSenders[send.Request.SenderId] = ofSender + 1;
            }
        }

        _waiting = left;
        if (taken.Count == 0)
        {
            _batches--;

            return null;
        }

        foreach (var send in taken)
            Reserve(send.Request);

        return taken;
    }

    private bool IsFree(SendRequest request) => !_busy.ContainsKey(request.SenderId) && !_busy.ContainsKey(request.ConversationId);

    private void Reserve(SendRequest request)
    {
        foreach (var id in (ReadOnlySpan<Guid>)[request.SenderId, request.ConversationId])
            _busy[id] = _busy.GetValueOrDefault(id) + 1;
    }

    private void Free(SendRequest request)
    {
        foreach (var id in (ReadOnlySpan<Guid>)[request.SenderId, request.ConversationId])
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
