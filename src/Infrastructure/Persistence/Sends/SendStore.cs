using CleanMessaging.Application.Messages;
using CleanMessaging.Application.Storage;
using CleanMessaging.Domain.Messages;
using CleanMessaging.Infrastructure.Realtime;

namespace CleanMessaging.Infrastructure.Persistence.Sends;

/// <summary>
/// Stores a send: first in a batch with concurrent sends (docs/decisions/0017-send-batches.md). If that batch fails, the send runs again
/// by itself, in its own transaction under locks, so that another send of the batch or a locked row of another user does not affect it.
/// </summary>
/// <remarks>
/// Runs inside the retry loop of <see cref="UnitOfWork"/>. The outer loop does not retry a send, because this one turns every database
/// failure into a <see cref="StorageUnavailableException"/>.
/// </remarks>
internal sealed class SendStore(
    SendBatcher batcher, SendBatchExecutor executor, RetryPolicy retries, PerUserGate gate, RealtimeNotifier notifier) : ISendStore
{
    public async Task<SendDecision> SendAsync(SendRequest request, CancellationToken cancellationToken)
    {
        QueuedSend? batched = null;
        IDisposable? entered = null;
        try
        {
            return await retries.RunAsync(
                async attempt =>
                {
                    if (batched is null)
                    {
                        batched = new QueuedSend(request, attempt);

                        return await batcher.RunAsync(batched, attempt.UntilCommit);
                    }

                    entered ??= await gate.EnterAsync(request.SenderId, attempt.UntilCommit);

                    return await RunSingleAsync(request, attempt);
                },
                request.IsIdempotent,
                cancellationToken);
        }
        finally
        {
            entered?.Dispose();
            if (batched is not null)
                batcher.Release(batched);
        }
    }

    private async Task<SendDecision> RunSingleAsync(SendRequest request, Attempt attempt)
    {
        var decision = await executor.RunSingleAsync(new QueuedSend(request, attempt));

        // If the send repeats an earlier attempt that was committed although its outcome was unknown, no one has published its events. The
        // only aggregate that a send creates is its message.
        var confirmed = await attempt.FindConfirmedEventsAsync(
            sent => ValueTask.FromResult<object?>(sent.RowKey.Contains(decision.Message.Id) ? decision.Message : null));
        confirmed.PublishTo(notifier);

        return decision;
    }
}
