using System.Diagnostics;
using CleanMessaging.Application.Messages;
using CleanMessaging.Application.Storage;
using CleanMessaging.Domain.Messages;
using CleanMessaging.Domain.Primitives;
using CleanMessaging.Infrastructure.Postgres;
using CleanMessaging.Infrastructure.Telemetry;
using Npgsql;

namespace CleanMessaging.Infrastructure.Persistence.Sends;

/// <summary>A send that waits to be loaded, decided and stored, usually in a batch with other sends.</summary>
/// <param name="keys">The ids of the rows that the send needs.</param>
/// <param name="deadline">The time limit of the send; it also knows whether the caller still waits.</param>
/// <param name="decide">Runs the use case on the loaded rows; returns the new message, or null if there is none.</param>
internal sealed class QueuedSend(SendBatchKey keys, DatabaseDeadline deadline, Func<SendContext, Task<Message?>> decide)
{
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Exception? _rejection;
    private int _isTaken;

    public SendBatchKey Keys { get; } = keys;

    /// <summary>The time that remains for everything before the commit.</summary>
    public TimeSpan Remaining => deadline.Remaining;

    /// <summary>The span of the request that the send belongs to.</summary>
    public ActivityContext? Request { get; } = MessagingTraces.CurrentRequest;

    /// <summary>Whether the batch of this send has begun to use the database.</summary>
    public bool HasBegun { get; set; }

    /// <summary>Whether the server has begun to store the send. From then on a failure can leave the outcome unknown.</summary>
    public bool IsCommitting { get; private set; }

    /// <summary>Whether the batch has failed. The sender and the conversation then stay out of batches until <see cref="SendBatcher.Release"/>.</summary>
    public bool HasFailed { get; private set; }

    /// <summary>Whether the send repeats an earlier one. The response is then the outcome of the earlier send.</summary>
    public bool IsReplay { get; private set; }

    /// <summary>The domain events to publish once the send is committed.</summary>
    public IReadOnlyList<IDomainEvent> Events { get; set; } = [];

    /// <summary>Completes when the send is stored, or fails with the rejection or failure.</summary>
    public Task Done => _done.Task;

    /// <summary>Takes the send out of the queue, to run or to cancel it. Only the first call returns true.</summary>
    public bool TryTake() => Interlocked.Exchange(ref _isTaken, 1) == 0;

    /// <summary>Runs the use case. A rejection is kept until the state that it is based on is confirmed.</summary>
    /// <exception cref="SendBatchAbortedException">The use case failed unexpectedly: no decision of this batch can be stored.</exception>
    public async Task<Message?> DecideAsync(SendContext context)
    {
        _rejection = null;
        IsReplay = false;
        try
        {
            var message = await decide(context);
            IsReplay = message is null;

            return message;
        }
        catch (DomainException rejection)
        {
            _rejection = rejection;

            return null;
        }
        catch (Exception failure)
        {
            _rejection = failure;
            throw new SendBatchAbortedException(failure);
        }
    }

    /// <summary>Rejects the send without running the use case.</summary>
    public void Reject(DomainException rejection) => _rejection = rejection;

    /// <summary>Completes the send: its decision is confirmed.</summary>
    public void Complete()
    {
        if (_rejection is null)
            _done.SetResult();
        else
            _done.SetException(_rejection);
    }

    /// <summary>Marks the start of the commit. Returns false when the caller already has the response that nothing changed.</summary>
    public bool TryBeginCommit() => IsCommitting = deadline.TryBeginCommit();

    /// <summary>The send was certainly not stored, and its batch tries again.</summary>
    public void CommitFailed()
    {
        IsCommitting = false;
        deadline.CommitFailed();
    }

    /// <summary>The caller no longer waits for the send.</summary>
    public void Cancel(CancellationToken cancellationToken) => _done.SetCanceled(cancellationToken);

    /// <summary>The remaining time is too short, and nothing was done.</summary>
    public void TimeOut() => _done.SetException(new DatabaseTimeoutException("There is no time left for the send."));

    /// <summary>The batch has failed, and this send with it.</summary>
    public void Fail(Exception failure)
    {
        HasFailed = true;
        _done.SetException(failure is SendBatchAbortedException && _rejection is not null and not DomainException ? _rejection : new SendBatchFailedException(failure));
    }
}

/// <summary>The failure of a batch, as each of its sends gets it.</summary>
internal sealed class SendBatchFailedException(Exception cause) : Exception(cause.Message, cause)
{
    /// <summary>
    /// Whether it is certain that nothing was stored: either the batch did not get that far, or PostgreSQL rejected the statement, which is a transaction of its own. The cause
    /// can be this send or another one of the batch.
    /// </summary>
    public bool IsRolledBack { get; } = cause is SendBatchAbortedException or PostgresException { InvariantSeverity: "ERROR" };
}
