using System.Diagnostics;
using System.Runtime.ExceptionServices;
using CleanMessaging.Domain.Messages;
using CleanMessaging.Domain.Primitives;
using CleanMessaging.Infrastructure.Persistence.Messages;
using CleanMessaging.Infrastructure.Postgres;
using CleanMessaging.Infrastructure.Telemetry;
using Npgsql;

namespace CleanMessaging.Infrastructure.Persistence.Sends;

/// <summary>A send that waits to be loaded, decided and stored, usually in a batch with other sends.</summary>
/// <param name="attempt">The attempt of the request that waits for the send.</param>
internal sealed class QueuedSend(SendRequest request, Attempt attempt)
{
    private readonly TaskCompletionSource<SendDecision> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private SendDecision? _decision;
    private Exception? _rejection;
    private int _isTaken;

    public SendRequest Request { get; } = request;

    public Attempt Attempt { get; } = attempt;

    /// <summary>The span of the request that the send belongs to.</summary>
    public ActivityContext? RequestSpan { get; } = MessagingTraces.CurrentRequest;

    /// <summary>
    /// Whether the batch has failed. The sender and the conversation then stay out of batches until <see cref="SendBatcher.Release"/>.
    /// </summary>
    public bool HasFailed { get; private set; }

    /// <summary>Whether the decision is a new message, which must be stored.</summary>
    public bool IsNew => _decision is { IsReplay: false };

    /// <summary>Whether the send repeats an earlier one. The response is then the outcome of the earlier send.</summary>
    public bool IsReplay => _decision is { IsReplay: true };

    /// <summary>Completes when the send is stored, or fails with the rejection or failure.</summary>
    public Task<SendDecision> Done => _done.Task;

    /// <summary>Takes the send out of the queue, to run or to cancel it. Only the first call returns true.</summary>
    public bool TryTake() => Interlocked.Exchange(ref _isTaken, 1) == 0;

    /// <summary>Decides the send. A rejection is kept until the state that it is based on is confirmed.</summary>
    /// <exception cref="SendBatchAbortedException">The decision failed unexpectedly: no decision of this batch can be stored.</exception>
    public void Decide(Func<SendRequest, SendDecision> decide)
    {
        (_decision, _rejection) = (null, null);
        try
        {
            _decision = decide(Request);
        }
        catch (Exception rejection) when (rejection is DomainException or UnreadableMessageException)
        {
            // The state of the batch is unchanged.
            _rejection = rejection;
        }
        catch (Exception failure)
        {
            _rejection = failure;
            throw new SendBatchAbortedException(failure);
        }

        Attempt.Events = _decision?.Events ?? [];
    }

    /// <summary>Completes the send: its decision is confirmed.</summary>
    public void Complete()
    {
        if (_decision is not null)
            _done.SetResult(_decision);
        else
            _done.SetException(_rejection!);
    }

    /// <summary>Returns the confirmed decision of a send that runs by itself.</summary>
    /// <exception cref="DomainException">The send was rejected.</exception>
    public SendDecision GetDecision()
    {
        if (_rejection is not null)
            ExceptionDispatchInfo.Throw(_rejection);

        return _decision!;
    }

    /// <summary>Cancels the send.</summary>
    public void Cancel(CancellationToken cancellationToken) => _done.SetCanceled(cancellationToken);

    /// <summary>Fails the send with a timeout, before it has run.</summary>
    public void TimeOut() => _done.SetException(new DatabaseTimeoutException("There is no time left for the send."));

    /// <summary>Fails the send because its batch has failed.</summary>
    public void Fail(Exception failure)
    {
        HasFailed = true;
        _done.SetException(
            failure is SendBatchAbortedException && _rejection is not null and not DomainException
                ? _rejection
                : new SendBatchFailedException(failure));
    }
}

/// <summary>The decision for one send failed unexpectedly, so the whole batch was aborted before anything was stored.</summary>
internal sealed class SendBatchAbortedException(Exception cause) : Exception("A send of the batch could not be decided.", cause);

/// <summary>
/// The failure of a batch of sends. It is rolled back if the batch did not get that far, or if PostgreSQL rejected the statement, which is
/// a transaction of its own.
/// </summary>
internal sealed class SendBatchFailedException(Exception cause) : BatchFailedException(
    cause,
    isRolledBack: cause is SendBatchAbortedException or PostgresException { InvariantSeverity: "ERROR" },
    SendBatcher.MinimumTimeLeft);
