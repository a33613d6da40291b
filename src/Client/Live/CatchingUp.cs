namespace CleanMessaging.Client;

/// <summary>
/// What has to be compared with the server, and when: all of it after connecting, a conversation in which something seems to be missing, and
/// everything once in a while although nothing does. One comparison at a time; asked for twice before it is done, it is done once.
/// </summary>
internal sealed class CatchingUp(MessagingSession session, MessagingSessionOptions options)
{
    private readonly TimeProvider _clock = session.Client.Clock;
    private readonly Lock _gate = new();
    private readonly Dictionary<Subject, DateTimeOffset> _asked = [];
    private readonly Signal _changed = new();

    public void Ask(ConversationTimeline timeline, TimeSpan after) => Ask(new Timeline(timeline), after);

    public void AskPreview(Guid conversationId) => Ask(new Preview(conversationId), TimeSpan.Zero);

    public void AskEverything(TimeSpan after)
    {
        Ask(new List(), after);
        foreach (var timeline in session.OpenTimelines())
            Ask(timeline, after);
    }

    /// <summary>Compares what was asked for, beginning with everything, until it is canceled or fails.</summary>
    /// <param name="inStep">Called once, when everything has been compared.</param>
    /// <exception cref="MessagingException">The server could not be asked.</exception>
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

            if (!isInStep)
                inStep();
            isInStep = true;
            await Signal.WaitAsync(changed, wait, _clock, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task CompareAsync(Subject subject, CancellationToken cancellationToken)
    {
        switch (subject)
        {
            case List:
                await session.RefreshListAsync(cancellationToken).ConfigureAwait(false);
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
        }
    }

    private void Ask(Subject subject, TimeSpan after)
    {
        var due = _clock.GetUtcNow() + after;
        lock (_gate)
        {
            if (_asked.TryGetValue(subject, out var earlier) && earlier <= due)
                return;

            _asked[subject] = due;
        }

        _changed.Raise();
    }

    /// <summary>The next subject whose time has come; otherwise how long it is until then.</summary>
    private Subject? TakeDue(out TimeSpan wait)
    {
        lock (_gate)
        {
            wait = Timeout.InfiniteTimeSpan;
            if (_asked.Count == 0)
                return null;

            var (subject, due) = _asked.MinBy(asked => asked.Value);
            wait = due - _clock.GetUtcNow();
            if (wait > TimeSpan.Zero)
                return null;

            _asked.Remove(subject);

            return subject;
        }
    }

    /// <summary>A quarter more or less, so that many clients do not ask at the same moment.</summary>
    private static TimeSpan About(TimeSpan time) => time * (0.75 + (Random.Shared.NextDouble() / 2));

    private abstract record Subject;

    private sealed record List : Subject;

    private sealed record Timeline(ConversationTimeline Which) : Subject;

    private sealed record Preview(Guid ConversationId) : Subject;
}
