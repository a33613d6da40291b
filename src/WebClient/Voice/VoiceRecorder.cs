using CleanMessaging.Client;
using CleanMessaging.WebClient.Attachments;
using CleanMessaging.WebClient.Browser;

namespace CleanMessaging.WebClient.Voice;

/// <summary>
/// Records a voice message and adds it to the files of a draft. There is one recording at a time in a tab. It belongs to the user and not
/// to a component, so that a recording whose conversation is left still becomes part of the draft.
/// </summary>
public sealed class VoiceRecorder : IDisposable
{
    /// <summary>The SVG path that shows the loudness.</summary>
    public const string LevelId = "recording-level";

    private const int SecondsMax = MessagingLimits.VoiceMilliseconds / 1000;
    private const int WarningSeconds = 30;

    /// <summary>How much the browser may record after the limit of the size was reached.</summary>
    private const long LastPartBytes = 64 * 1024;

    private AttachmentTray? _tray;
    private Task _finishing = Task.CompletedTask;
    private int _run;
    private bool _isNearEnd;

    /// <summary>Raised when the state or the length has changed.</summary>
    public event Action? Changed;

    /// <summary>Raised for what the user must learn, with the files of the draft that it is about.</summary>
    public event Action<AttachmentTray, RecorderEvent>? EventRaised;

    /// <summary>Whether this browser can record here. It cannot over plain HTTP.</summary>
    public static bool IsSupported { get; } = RecorderModule.IsSupported();

    public RecorderState State { get; private set; }

    /// <summary>The length so far, without pauses.</summary>
    public TimeSpan Length { get; private set; }

    /// <summary>Whether the microphone has not delivered any sound since the beginning, for example because it is muted.</summary>
    public bool IsSilent { get; private set; }

    /// <summary>Whether a recording for these files is under way.</summary>
    public bool IsActive(AttachmentTray tray) => State != RecorderState.Idle && _tray == tray;

    /// <summary>Whether something is recorded, or paused, for these files.</summary>
    public bool IsRecording(AttachmentTray tray) => IsActive(tray) && State != RecorderState.Starting;

    /// <summary>Asks for the microphone and begins to record. A recording of another conversation ends first, and is kept there.</summary>
    /// <param name="tray">The files of the draft that the recording becomes part of.</param>
    /// <param name="maxBytes">The largest file that the server accepts.</param>
    public async Task StartAsync(AttachmentTray tray, long maxBytes)
    {
        await FinishAsync();
        if (State != RecorderState.Idle)
            return;

        var run = ++_run;
        (_tray, Length, IsSilent, _isNearEnd) = (tray, TimeSpan.Zero, false, false);
        Change(RecorderState.Starting);
        var failure = await RecorderModule.StartAsync(
            MessagingLimits.VoiceMilliseconds,
            StopAtBytes(Math.Min(MessagingLimits.VoiceBytes, maxBytes)),
            LevelId,
            (seconds, isSilent) => Follow(run, seconds, isSilent),
            reason => OnStoppedByBrowser(run, reason));
        if (run != _run)
            return;

        if (failure.Length == 0)
        {
            Change(RecorderState.Recording);
            EventRaised?.Invoke(tray, RecorderEvent.Started);
        }
        else
        {
            End();
            EventRaised?.Invoke(tray, FailureOf(failure));
        }
    }

    public void Pause()
    {
        if (State != RecorderState.Recording)
            return;

        RecorderModule.Pause();
        Change(RecorderState.Paused);
    }

    public void Resume()
    {
        if (State != RecorderState.Paused)
            return;

        RecorderModule.Resume();
        Change(RecorderState.Recording);
    }

    /// <summary>Stops, releases the microphone, and adds the recording to the files of the draft, unless it is too short.</summary>
    public Task FinishAsync()
    {
        if (State == RecorderState.Starting)
            Discard();
        if (State is RecorderState.Recording or RecorderState.Paused)
            _finishing = StopAndKeepAsync(reason: null);

        return _finishing;
    }

    /// <summary>Stops, releases the microphone, and forgets the recording.</summary>
    public void Discard()
    {
        if (State == RecorderState.Idle)
            return;

        RecorderModule.Discard();
        End();
    }

    public void Dispose() => Discard();

    private static double StopAtBytes(long maxBytes) => Math.Max(maxBytes / 2, maxBytes - LastPartBytes);

    private static RecorderEvent FailureOf(string failure) => failure switch
    {
        "blocked" => RecorderEvent.MicrophoneBlocked,
        "missing" => RecorderEvent.MicrophoneMissing,
        "busy" => RecorderEvent.MicrophoneBusy,
        _ => RecorderEvent.Failed,
    };

    private void Follow(int run, int seconds, bool isSilent)
    {
        if (run != _run)
            return;

        (Length, IsSilent) = (TimeSpan.FromSeconds(seconds), isSilent);
        Changed?.Invoke();

        // The timers of a hidden tab skip seconds.
        var isFirst = !_isNearEnd && seconds >= SecondsMax - WarningSeconds;
        _isNearEnd |= isFirst;
        if (isFirst)
            EventRaised?.Invoke(_tray!, RecorderEvent.HalfMinuteLeft);
    }

    private void OnStoppedByBrowser(int run, string reason)
    {
        if (run != _run || State is not (RecorderState.Recording or RecorderState.Paused))
            return;

        _finishing = StopAndKeepAsync(reason switch
        {
            "longest" => RecorderEvent.LongestReached,
            "largest" => RecorderEvent.LargestReached,
            _ => RecorderEvent.MicrophoneLost,
        });
    }

    private async Task StopAndKeepAsync(RecorderEvent? reason)
    {
        var (run, tray) = (_run, _tray!);
        Change(RecorderState.Finishing);
        using var recorded = await RecorderModule.FinishAsync();
        var file = recorded.GetPropertyAsInt32("file");
        if (run != _run)
        {
            // It was discarded in the meantime.
            FilesModule.Forget(file);
            return;
        }

        Length = TimeSpan.FromMilliseconds(recorded.GetPropertyAsInt32("milliseconds"));
        if (file > 0)
            tray.AddVoice(file, new VoiceDetails((int)Length.TotalMilliseconds, ParseWaveform(recorded.GetPropertyAsString("waveform"))));
        End();
        EventRaised?.Invoke(tray, file > 0 ? RecorderEvent.Recorded : RecorderEvent.TooShort);
        if (file > 0 && reason is { } stopped)
            EventRaised?.Invoke(tray, stopped);
    }

    private static IReadOnlyList<int> ParseWaveform(string? list) => [.. (list ?? "").Split(',').Select(int.Parse)];

    private void End()
    {
        _run++;
        _tray = null;
        Change(RecorderState.Idle);
    }

    private void Change(RecorderState state)
    {
        State = state;
        FilesModule.GuardLeaving("recording", state != RecorderState.Idle);
        Changed?.Invoke();
    }
}
