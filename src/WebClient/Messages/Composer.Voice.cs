using CleanMessaging.WebClient.Attachments;
using CleanMessaging.WebClient.Browser;
using CleanMessaging.WebClient.Media;
using CleanMessaging.WebClient.Shell;
using CleanMessaging.WebClient.Voice;
using Microsoft.AspNetCore.Components;

namespace CleanMessaging.WebClient.Messages;

/// <content>The voice message that is recorded.</content>
public sealed partial class Composer
{
    /// <summary>A shorter recording is discarded without a question.</summary>
    private static readonly TimeSpan _longEnoughToAsk = TimeSpan.FromSeconds(10);

    private ConfirmDialog? _discardDialog;
    private TrayFile? _askedAbout;
    private TrayFile? _recorded;

    [CascadingParameter]
    public VoicePlayback Playback { get; set; } = null!;

    private bool CanAttach => Me.Session.Rules.Attachments.IsAvailable;

    /// <summary>Whether a voice message is recorded or added. It is sent without other files.</summary>
    private bool IsVoiceMessage => _tray.HasVoice || Me.Recorder.IsActive(_tray);

    /// <summary>Starts to record, or stops. Stopping is also possible while the browser asks for the microphone.</summary>
    private async Task ToggleRecordingAsync()
    {
        _error = null;
        if (Me.Recorder.IsActive(_tray))
        {
            await Me.Recorder.FinishAsync();
        }
        else if (_tray.Files.Count > 0)
        {
            _error = _tray.HasVoice ? RecorderText.FilesWithVoice : RecorderText.VoiceWithFiles;
        }
        else
        {
            Playback.Pause();
            await Me.Recorder.StartAsync(_tray, Me.Session.Rules.Attachments.MaxBytes);
        }
    }

    private void FollowRecorder(AttachmentTray tray, RecorderEvent what) => _ = InvokeAsync(() =>
    {
        if (tray != _tray)
            return;

        switch (what)
        {
            case RecorderEvent.Started:
                Announcements.Say("Recording");
                break;
            case RecorderEvent.HalfMinuteLeft:
                Announcements.Say("30 seconds left");
                break;
            case RecorderEvent.Recorded:
                Announcements.Say($"Recorded, {AttachmentText.Duration(Me.Recorder.Length)}");
                _recorded = _tray.Files.LastOrDefault(file => file.IsVoice);
                _askedAbout ??= _recorded;
                break;
        }

        if (RecorderText.ErrorOf(what) is { } error)
            _error = error;
        if (RecorderText.NoticeOf(what) is { } notice)
            Announcements.Show(notice);
        StateHasChanged();
    });

    /// <summary>After a recording has ended, the focus moves on from the button that has ended it to the one that plays it.</summary>
    private void FocusRecording()
    {
        if (_recorded is not { } recorded)
            return;

        _recorded = null;
        ViewModule.PassFocus(RecordButton.Id, TrayVoice.PlayIdOf(recorded));
    }

    /// <summary>Discards a recording, after a question if it is long. One that is under way pauses during the question.</summary>
    /// <param name="file">The recording; null for the one that is under way.</param>
    private void AskToDiscard(TrayFile? file)
    {
        _askedAbout = file;
        if (LengthOf(file) < _longEnoughToAsk)
        {
            DiscardRecording(file);
            ViewModule.Focus(RecordButton.Id);
            return;
        }

        if (file is null)
            Me.Recorder.Pause();
        _discardDialog?.Open();
    }

    private void DiscardRecording(TrayFile? file)
    {
        EndWait();
        if (file is not null)
            _tray.Remove(file);
        else
            Me.Recorder.Discard();
        Announcements.Say("The recording was discarded.");
    }

    private TimeSpan LengthOf(TrayFile? file) => file is null
        ? Me.Recorder.Length
        : TimeSpan.FromMilliseconds(file.Ready?.Attachment.DurationMs ?? file.Wanted.Voice?.DurationMs ?? 0);

    /// <summary>Stops recording when the conversation is left. What was recorded becomes part of the draft.</summary>
    private async Task KeepRecordingAsync()
    {
        if (!Me.Recorder.IsActive(_tray))
            return;

        await Me.Recorder.FinishAsync();
        if (_tray.HasVoice)
            Announcements.Show("The recording has stopped. It is kept with your draft.");
    }
}
