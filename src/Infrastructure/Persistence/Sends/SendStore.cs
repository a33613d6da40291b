using CleanMessaging.Application.Messages;
using CleanMessaging.Domain.Messages;
using CleanMessaging.Infrastructure.Realtime;

namespace CleanMessaging.Infrastructure.Persistence.Sends;

/// <summary>
/// Stores a send: first in a batch with concurrent sends (docs/decisions/0017-sends-together.md). If that batch fails, the send runs again
/// by itself, in its own transaction under locks, so that another send of the batch or a locked row of another user does not affect it.
/// </summary>
internal sealed class SendStore(
    SendBatcher batcher, SendBatchExecutor executor, RetryPolicy retries, PerUserGate gate, RealtimeNotifier notifier) : ISendStore
{
    public async Task<SendDecision> SendAsync(SendRequest request, CancellationToken cancellationToken)
    {
        QueuedSend? batched = null;
        IDisposable? turn = null;
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

                    turn ??= await gate.TakeAsync(request.SenderId, attempt.UntilCommit);

                    return await RunAloneAsync(request, attempt);
                },
                request.IsIdempotent,
                cancellationToken);
        }
        finally
        {
            turn?.Dispose();
            if (batched is not null)
                batcher.Release(batched);
        }
    }

    private async Task<SendDecision> RunAloneAsync(SendRequest request, Attempt attempt)
    {
        var decision = await executor.RunAloneAsync(new QueuedSend(request, attempt));

        // The send repeats an earlier attempt that was committed although its outcome was unknown. Its events were not published.
        foreach (var events in attempt.UnconfirmedEvents)
        {
            if (events.OfType<MessageSent>().Any(sent => sent.MessageId == decision.Message.Id))
                notifier.Publish(events);
        }

        return decision;
    }
}
