using System.Diagnostics;
using CleanMessaging.Application.Messages;
using CleanMessaging.Application.Storage;
using CleanMessaging.Domain.Messages;
using CleanMessaging.Domain.Primitives;
using CleanMessaging.Infrastructure.Telemetry;
using Npgsql;

namespace CleanMessaging.Infrastructure.Persistence.Sends;

/// <summary>A send that waits to be loaded, decided and stored, perhaps together with others.</summary>
/// <param name="keys">What it needs.</param>
/// <param name="deadline">How much time it has, and whether its caller still waits.</param>
/// <param name="decide">Asks the use case, given what was loaded; returns the message if there is a new one.</param>
internal sealed class QueuedSend(SendBatchKey keys, DatabaseDeadline deadline, Func<SendContext, Task<Message?>> decide)
{
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Exception? _rejection;
    private int _isTaken;

    public SendBatchKey Keys { get; } = keys;

    /// <summary>How long what comes before the commit may take yet.</summary>
    public TimeSpan Remaining => deadline.Remaining;

    /// <summary>The span of the request that it serves.</summary>
    public ActivityContext? Request { get; } = MessagingTraces.CurrentRequest;

    /// <summary>Whether its group has begun to talk to the database.</summary>
    public bool HasBegun { get; set; }

    /// <summary>Whether something of it was sent to be stored: from then on a failure may leave unknown what became of it.</summary>
    public bool IsCommitting { get; private set; }

    /// <summary>Whether its group has failed: its sender and conversation are kept out of groups until <see cref="SendBatcher.Release"/>.</summary>
    public bool HasFailed { get; private set; }

    /// <summary>Whether it was decided that this repeats an earlier send, whose outcome is the answer.</summary>
    public bool IsReplay { get; private set; }

    /// <summary>What it will have made true.</summary>
    public IReadOnlyList<IDomainEvent> Events { get; set; } = [];

    /// <summary>Ends when it is stored, or with the rejection or failure that it met.</summary>
    public Task Done => _done.Task;

    /// <summary>Takes it out of the queue, to be served or because nobody waits for it any more: whoever comes first.</summary>
    public bool TryTake() => Interlocked.Exchange(ref _isTaken, 1) == 0;

    /// <summary>Decides. A rejection is kept until it is sure that what it was decided upon is so.</summary>
    /// <exception cref="SendBatchAbortedException">Deciding failed half-way: nothing that was decided in this group can be stored.</exception>
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

    /// <summary>Rejects it, without asking the use case.</summary>
    public void Reject(DomainException rejection) => _rejection = rejection;

    /// <summary>What was decided is so.</summary>
    public void Complete()
    {
        if (_rejection is null)
            _done.SetResult();
        else
            _done.SetException(_rejection);
    }

    /// <summary>Announces that something of it is about to be stored. Returns false when its caller was already answered that nothing changed.</summary>
    public bool TryBeginCommit() => IsCommitting = deadline.TryBeginCommit();

    /// <summary>It was certainly not stored, and its batch tries again.</summary>
    public void CommitFailed()
    {
        IsCommitting = false;
        deadline.CommitFailed();
    }

    /// <summary>Nobody waits for it any more.</summary>
    public void Cancel(CancellationToken cancellationToken) => _done.SetCanceled(cancellationToken);

    /// <summary>Its time is as good as over, and nothing was done.</summary>
    public void TimeOut() => _done.SetException(new DatabaseTimeoutException("There is no time left to send it."));

    /// <summary>The group has failed, and this with it.</summary>
    public void Fail(Exception failure)
    {
        HasFailed = true;
        _done.SetException(failure is SendBatchAbortedException && _rejection is not null and not DomainException ? _rejection : new SendBatchFailedException(failure));
    }
}

/// <summary>One member's decision failed half-way, so that the whole group is given up before anything was stored.</summary>
internal sealed class SendBatchAbortedException(Exception cause) : Exception("A send of the group could not be decided.", cause);

/// <summary>What a group met, for each of its members.</summary>
internal sealed class SendBatchFailedException(Exception cause) : Exception(cause.Message, cause)
{
    /// <summary>
    /// Whether it is sure that nothing was stored: it did not come that far, or the server has rejected the statement, which is its own
    /// transaction. Whether the cause was this send or another one is not known.
    /// </summary>
    public bool IsRolledBack { get; } = cause is SendBatchAbortedException or PostgresException { InvariantSeverity: "ERROR" };
}
