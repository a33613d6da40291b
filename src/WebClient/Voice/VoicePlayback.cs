using CleanMessaging.Client;
using CleanMessaging.WebClient.Attachments;
using CleanMessaging.WebClient.Browser;
using CleanMessaging.WebClient.Errors;

namespace CleanMessaging.WebClient.Voice;

/// <summary>
/// Plays the voice messages of an open conversation, one at a time. It continues while the row of a message is not rendered, and ends when
/// the message has expired, was deleted or hidden, or when the conversation is closed.
/// </summary>
public sealed class VoicePlayback : IDisposable
{
    private const double ShortestSeconds = 0.3;

    /// <summary>A track that was moved to its last moment begins again.</summary>
    private const double LastSeconds = 0.1;

    private const string CannotPlay = "This browser cannot play the voice message.";
    private const string CannotPlayBeforeUpload = "This browser cannot play the recording before it is uploaded. You can send it nevertheless.";

    private readonly ConversationTimeline _timeline;
    private readonly MessagingSession _session;
    private readonly LinkStore _links;
    private readonly PlayedReports _reports;
    private readonly Dictionary<Guid, double> _positions = [];
    private readonly Dictionary<Guid, double> _lengths = [];
    private VoiceTrack? _current;
    private (Guid Id, string Text)? _error;
    private bool _isPlaying;
    private bool _isDisposed;

    internal VoicePlayback(ConversationTimeline timeline, MessagingSession session, LinkStore links, PlayedReports reports)
    {
        _timeline = timeline;
        _session = session;
        _links = links;
        _reports = reports;
        session.Changed += OnSessionChanged;
    }

    /// <summary>Raised with the track that has changed; null if all have.</summary>
    public event Action<Guid?>? Changed;

    /// <summary>Raised with a text for screen readers.</summary>
    public event Action<string>? AnnouncementRequested;

    /// <summary>The speed: 1, 1.5 or 2.</summary>
    public double Rate { get; private set; } = PlayingSpeed.Read();

    public bool IsPlaying(Guid trackId) => _isPlaying && _current?.Id == trackId;

    /// <summary>The position in seconds.</summary>
    public double PositionOf(Guid trackId) => _positions.GetValueOrDefault(trackId);

    /// <summary>The length in seconds: what the recorder has said, until the browser has loaded the recording.</summary>
    public double LengthOf(VoiceTrack track) =>
        _lengths.TryGetValue(track.Id, out var length) ? length : Math.Max(ShortestSeconds, (track.Voice.DurationMs ?? 0) / 1000.0);

    /// <summary>Why the track cannot be played; null if there is no error.</summary>
    public string? ErrorOf(Guid trackId) => _error is { } error && error.Id == trackId ? error.Text : null;

    /// <summary>Whether the user has received the message and not played it yet.</summary>
    public bool IsNew(VoiceMessage message) => message is { IsOwn: false, PlayedAt: null } && !_reports.IsPlayed(message.Id);

    public Task ToggleAsync(VoiceTrack track)
    {
        if (!IsPlaying(track.Id))
            return PlayAsync(track, isRetry: false);

        Pause();

        return Task.CompletedTask;
    }

    /// <summary>Pauses what is played.</summary>
    public void Pause()
    {
        if (_current is { } current)
            VoiceModule.Pause(KeyOf(current));
    }

    /// <summary>Moves to a position in seconds, from which the track is played then.</summary>
    public void Seek(VoiceTrack track, double seconds)
    {
        _positions[track.Id] = seconds;
        VoiceModule.Seek(KeyOf(track), seconds);
        Changed?.Invoke(track.Id);
    }

    public void ChangeRate()
    {
        Rate = PlayingSpeed.After(Rate);
        VoiceModule.SetRate(Rate);
        PlayingSpeed.Keep(Rate);
        Changed?.Invoke(null);
    }

    /// <summary>
    /// Stops a track whose player is removed. A message of the log continues, because the log removes its rows while it is scrolled.
    /// </summary>
    public void StopIfStandalone(Guid trackId)
    {
        if (_current is { ContinuesWithNext: false })
            Stop(trackId);
    }

    /// <summary>Stops a track, and releases its bytes.</summary>
    public void Stop(Guid trackId)
    {
        if (_current is not { } current || current.Id != trackId)
            return;

        VoiceModule.Stop(KeyOf(current));
        (_current, _isPlaying) = (null, false);
        Changed?.Invoke(trackId);
    }

    public void Dispose()
    {
        _isDisposed = true;
        _session.Changed -= OnSessionChanged;
        if (_current is { } current)
            Stop(current.Id);
    }

    private static string KeyOf(VoiceTrack track) => track.Id.ToString();

    /// <param name="isRetry">
    /// Whether the first address did not work: that of the server may have expired, and some browsers play no recording from their memory.
    /// </param>
    private async Task PlayAsync(VoiceTrack track, bool isRetry)
    {
        var before = _current;
        (_current, _isPlaying, _error) = (track, false, null);
        if (before is not null && before.Id != track.Id)
            VoiceModule.Pause(KeyOf(before));
        Changed?.Invoke(null);
        try
        {
            var url = isRetry || track.LocalUrl is null ? await _links.FindAsync(track.Voice.Id, isRetry) : track.LocalUrl;
            if (_isDisposed || _current?.Id != track.Id)
                return;

            if (url is null)
                Fail(track, Explanation.OfError("attachment.not_found"));
            else
                Start(track, url, isRetry);
        }
        catch (MessagingException rejection)
        {
            if (_current?.Id == track.Id)
                Fail(track, Explanation.Of(rejection));
        }
    }

    private void Start(VoiceTrack track, string url, bool isRetry)
    {
        var from = PositionOf(track.Id) is var position && position < LengthOf(track) - LastSeconds ? position : 0;
        VoiceModule.Play(
            KeyOf(track),
            url,
            from,
            Rate,
            (isPlaying, at, length) => OnPlayerState(track, isPlaying, at, length),
            what => OnPlayerEvent(track, what, isRetry));
    }

    private void OnPlayerState(VoiceTrack track, bool isPlaying, double position, double length)
    {
        if (_isDisposed)
            return;

        _positions[track.Id] = position;
        if (length > 0)
            _lengths[track.Id] = length;
        if (_current?.Id == track.Id)
        {
            _isPlaying = isPlaying;
            StopIfRemoved();
        }

        Changed?.Invoke(track.Id);
    }

    private void OnPlayerEvent(VoiceTrack track, string what, bool isRetry)
    {
        if (_isDisposed || _current?.Id != track.Id)
            return;

        switch (what)
        {
            case "began":
                if (track.Message is { } played && IsNew(played))
                    _reports.Report(_timeline.ConversationId, played.Id);
                break;
            case "ended":
                (_current, _isPlaying) = (null, false);
                if (track is { ContinuesWithNext: true, Message: { } ended } && NextAfter(ended) is { } next)
                    _ = PlayNextAsync(next);
                break;
            default:
                _isPlaying = false;
                if (!isRetry && track.IsUploaded)
                    _ = PlayAsync(track, isRetry: true);
                else
                    Fail(track, track.IsUploaded ? CannotPlay : CannotPlayBeforeUpload);
                break;
        }

        Changed?.Invoke(track.Id);
    }

    private void Fail(VoiceTrack track, string error)
    {
        (_current, _isPlaying, _error) = (null, false, (track.Id, error));
        Changed?.Invoke(track.Id);
    }

    private Task PlayNextAsync(VoiceTrack next)
    {
        AnnouncementRequested?.Invoke("Next voice message");

        return PlayAsync(next, isRetry: false);
    }

    /// <summary>Returns the message directly after another one, if it is a voice message that the user has not played.</summary>
    private VoiceTrack? NextAfter(VoiceMessage message)
    {
        var after = _timeline.Messages.SkipWhile(other => other.Sequence != message.Sequence).Skip(1).FirstOrDefault();

        return after is { Attachments: [{ Kind: AttachmentKind.Voice } voice] }
            && VoiceMessage.Of(after, after.SenderId == _session.User.Id) is var next
            && IsNew(next)
            ? VoiceTrack.Of(voice, next)
            : null;
    }

    private void OnSessionChanged(SessionChange change)
    {
        if (change is MessageExpired or MessageDeleted or MessageHidden or UnloadedMessagesChanged)
            StopIfRemoved();
    }

    private void StopIfRemoved()
    {
        if (_current is not { Message: { } message } current)
            return;

        var end = _timeline.ExpirationOf(message.Sequence) ?? message.ExpiresAt;
        if (end <= _session.Client.ServerTime || _timeline.IsRemoved(message.Sequence))
            Stop(current.Id);
    }
}
