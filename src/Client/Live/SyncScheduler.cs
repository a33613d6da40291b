using Microsoft.Extensions.Logging;

namespace CleanMessaging.Client;

/// <summary>
/// Schedules synchronization with the server: everything after connecting, a conversation after a gap, and everything periodically. One
/// synchronization runs at a time. Duplicate requests are merged. A failed synchronization is retried and does not block others.
/// </summary>
internal sealed partial class SyncScheduler(MessagingSession session, MessagingSessionOptions options, Backoff backoff)
{
    private readonly TimeProvider _clock = session.Client.Clock;
    private readonly long _started = session.Client.Clock.GetTimestamp();
    private readonly Lock _gate = new();
    private readonly Dictionary<Subject, TimeSpan> _asked = [];
    private readonly Dictionary<Subject, int> _failures = [];
    private readonly Signal _changed = new();

    /// <summary>The time by the monotonic clock, so that a change of the system clock does not delay due items.</summary>
    private TimeSpan Now => _clock.GetElapsedTime(_started);

    public void Ask(ConversationTimeline timeline, TimeSpan after) => Ask(new Timeline(timeline), after);

    public void AskPreview(Guid conversationId, TimeSpan after) => Ask(new Preview(conversationId), after);

    public void AskUnread(TimeSpan after) => Ask(new Unread(), after);

    public void AskQuota(TimeSpan after) => Ask(new Points(), after);

    public void AskRead(Guid conversationId) => Ask(new Reading(conversationId), TimeSpan.Zero);

    /// <summary>Stops synchronizing a closed conversation, and schedules leaving its SignalR group.</summary>
    public void Close(ConversationTimeline timeline)
    {
        var subject = new Timeline(timeline);
        lock (_gate)
        {
            _asked.Remove(subject);
            _failures.Remove(subject);
        }

        Ask(new Leaving(timeline.ConversationId), TimeSpan.Zero);
    }

    /// <summary>
    /// Requests synchronization of everything. Open conversations come first: they are visible, joining them starts their live events, and the answer
    /// has the server's time.
    /// </summary>
    public void AskEverything(TimeSpan after)
    {
        foreach (var timeline in session.OpenTimelines())
            Ask(timeline, after);
        Ask(new List(), after);
        Ask(new Points(), after);
    }

    /// <summary>Synchronizes everything, then the requested subjects, until the call is canceled or the sign-in has ended.</summary>
    /// <param name="inStep">Called once, when everything is synchronized.</param>
    /// <exception cref="SignedOutException">The sign-in has ended.</exception>
    public async Task RunAsync(Action inStep, CancellationToken cancellationToken)
    {
        var isInStep = false;
        AskEverything(TimeSpan.Zero);
        while (true)
        {
            var changed = _changed.Next;
            if (TakeDue(out var wait) is { } due)
            {
                await CompareAsync(due, cancellationToken).ConfigureAwait(false);
                continue;
            }

            if (!isInStep && !IsFailing)
            {
                isInStep = true;
                inStep();
            }

            await Signal.WaitAsync(changed, wait, _clock, cancellationToken).ConfigureAwait(false);
        }
    }

    private bool IsFailing
    {
        get
        {
            lock (_gate)
                return _failures.Count > 0;
        }
    }

    private async Task CompareAsync(Subject subject, CancellationToken cancellationToken)
    {
        try
        {
            await AskServerAsync(subject, cancellationToken).ConfigureAwait(false);
            lock (_gate)
                _failures.Remove(subject);
        }
        catch (MessagingException exception) when (exception is not SignedOutException)
        {
            int failures;
            lock (_gate)
                failures = _failures[subject] = _failures.GetValueOrDefault(subject) + 1;
            Log.NotCompared(options.Logger, subject.GetType().Name, failures, exception.Code);
            Ask(subject, (exception.RetryAfter ?? TimeSpan.Zero) + backoff.After(failures));
        }
        catch (Exception)
        {
            // The connection has ended; the synchronization runs with the next connection.
            Ask(subject, TimeSpan.Zero);
            throw;
        }
    }

    private async Task AskServerAsync(Subject subject, CancellationToken cancellationToken)
    {
        switch (subject)
        {
            case List:
                await session.RefreshListAsync(cancellationToken).ConfigureAwait(false);
                Ask(subject, About(options.ListCheck));
                break;
            case Unread:
                await session.RefreshUnreadAsync(cancellationToken).ConfigureAwait(false);
                break;
            case Points:
                await session.RefreshQuotaAsync(cancellationToken).ConfigureAwait(false);
                Ask(subject, About(options.ListCheck));
                break;
            case Timeline { Which: var timeline } when session.IsOpen(timeline):
                await session.CatchUpAsync(timeline, cancellationToken).ConfigureAwait(false);
                Ask(subject, About(options.ConversationCheck));
                break;
            case Preview { ConversationId: var conversationId }:
                await session.RefreshPreviewAsync(conversationId, cancellationToken).ConfigureAwait(false);
                break;
            case Reading { ConversationId: var conversationId }:
                await session.NotifyReadAsync(conversationId, cancellationToken).ConfigureAwait(false);
                break;
            case Leaving { ConversationId: var conversationId }:
                await session.LeaveAsync(conversationId, cancellationToken).ConfigureAwait(false);
                break;
        }
    }

    private void Ask(Subject subject, TimeSpan after)
    {
        var due = Now + after;
        lock (_gate)
        {
            if (_asked.TryGetValue(subject, out var earlier) && earlier <= due)
                return;

            _asked[subject] = due;
        }

        _changed.Raise();
    }

    /// <summary>Returns the next due subject, or the time until one is due.</summary>
    private Subject? TakeDue(out TimeSpan wait)
    {
        lock (_gate)
        {
            wait = Timeout.InfiniteTimeSpan;
            if (_asked.Count == 0)
                return null;

            var (subject, due) = _asked.MinBy(asked => asked.Value);
            wait = due - Now;
            if (wait > TimeSpan.Zero)
                return null;

            _asked.Remove(subject);

            return subject;
        }
    }

    /// <summary>Varies an interval randomly by up to 25%, so that clients do not send requests at the same moment.</summary>
    private static TimeSpan About(TimeSpan time) => time * (0.75 + (Random.Shared.NextDouble() / 2));

    private abstract record Subject;

    private sealed record List : Subject;

    private sealed record Unread : Subject;

    private sealed record Points : Subject;

    private sealed record Timeline(ConversationTimeline Which) : Subject;

    private sealed record Preview(Guid ConversationId) : Subject;

    private sealed record Reading(Guid ConversationId) : Subject;

    private sealed record Leaving(Guid ConversationId) : Subject;

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "Synchronization of {Subject} failed {Failures} times in a row ({Code}); the client will retry")]
        public static partial void NotCompared(ILogger logger, string subject, int failures, string code);
    }
}
