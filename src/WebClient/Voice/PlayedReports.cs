using CleanMessaging.Client;

namespace CleanMessaging.WebClient.Voice;

/// <summary>
/// Reports to the server which voice messages the user has played. Repeats a report until the server accepts or rejects it, or the user
/// signs out.
/// </summary>
internal sealed class PlayedReports : IDisposable
{
    private static readonly TimeSpan _pauseMin = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan _pauseMax = TimeSpan.FromMinutes(1);

    private readonly Queue<(Guid ConversationId, Guid MessageId)> _waiting = [];
    private readonly HashSet<Guid> _known = [];
    private readonly CancellationTokenSource _ending = new();
    private readonly MessagingSession _session;
    private readonly TimeProvider _clock;
    private bool _isReporting;
    private TaskCompletionSource _connected = new();

    public PlayedReports(MessagingSession session, TimeProvider clock)
    {
        _session = session;
        _clock = clock;
        session.Changed += Follow;
    }

    /// <summary>Whether the user has played a message since the page was loaded.</summary>
    public bool IsPlayed(Guid messageId) => _known.Contains(messageId);

    /// <summary>Reports a message, once.</summary>
    public void Report(Guid conversationId, Guid messageId)
    {
        if (_ending.IsCancellationRequested || !_known.Add(messageId))
            return;

        _waiting.Enqueue((conversationId, messageId));
        if (!_isReporting)
            _ = ReportAllAsync();
    }

    public void Dispose()
    {
        _session.Changed -= Follow;
        _ending.Cancel();
        _ending.Dispose();
    }

    private async Task ReportAllAsync()
    {
        _isReporting = true;
        var (pause, ending) = (_pauseMin, _ending.Token);
        try
        {
            while (_waiting.TryPeek(out var next))
            {
                if (await TryReportAsync(next.ConversationId, next.MessageId, ending))
                {
                    _waiting.Dequeue();
                    pause = _pauseMin;
                }
                else
                {
                    // A new connection ends the pause.
                    _connected = new TaskCompletionSource();
                    await Task.WhenAny(Task.Delay(pause, _clock, ending), _connected.Task);
                    ending.ThrowIfCancellationRequested();
                    pause = pause * 2 < _pauseMax ? pause * 2 : _pauseMax;
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The user has signed out.
        }
        finally
        {
            _isReporting = false;
        }
    }

    /// <summary>Returns false if the report must be repeated.</summary>
    private async Task<bool> TryReportAsync(Guid conversationId, Guid messageId, CancellationToken cancellationToken)
    {
        try
        {
            await _session.Client.Messages.MarkPlayedAsync(conversationId, messageId, cancellationToken);

            return true;
        }
        catch (MessagingException failure)
        {
            // A rejection for good: the message no longer exists, or the server has no such operation, because its version is earlier.
            return !failure.IsRetryable && failure is not (ServerUnavailableException or RateLimitedException);
        }
    }

    private void Follow(SessionChange change)
    {
        if (change is ConnectionChanged { State: ConnectionState.Online or ConnectionState.Polling })
            _connected.TrySetResult();
    }
}
