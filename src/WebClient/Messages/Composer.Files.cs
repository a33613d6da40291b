using CleanMessaging.WebClient.Attachments;
using CleanMessaging.WebClient.Browser;
using CleanMessaging.WebClient.Errors;
using CleanMessaging.WebClient.Shell;
using CleanMessaging.WebClient.Voice;
using Microsoft.AspNetCore.Components;

namespace CleanMessaging.WebClient.Messages;

/// <content>The files of the message.</content>
public sealed partial class Composer
{
    [Inject]
    private Announcements Announcements { get; set; } = null!;

    /// <summary>Adds files that the user has chosen, pasted or dropped.</summary>
    /// <param name="first">The number of the first file in <see cref="FilesModule"/>.</param>
    private void AddFiles(int first, int count)
    {
        if (CannotAddFilesReason is { } reason)
        {
            foreach (var number in Enumerable.Range(first, count))
                FilesModule.Forget(number);
            _error = reason;
        }
        else
        {
            EndWait();
            var excess = _tray.Add(first, count);
            _error = excess switch
            {
                0 => null,
                1 => $"{TooManyFilesText} 1 file was not added.",
                _ => $"{TooManyFilesText} {excess} files were not added.",
            };
            if (ViewModule.IsWide())
                ViewModule.Focus(TextId);
        }

        StateHasChanged();
    }

    private string? CannotAddFilesReason => _edit is not null ? "Save or cancel the edit first. Then add the files."
        : !CanAttach ? Explanation.OfError("feature.disabled")
        : IsVoiceMessage ? RecorderText.FilesWithVoice
        : null;

    private static string TooManyFilesText => Explanation.OfError("message.too_many_attachments");

    /// <summary>Returns whether all files can be sent. If they are still being uploaded, the message is sent later.</summary>
    private bool AreFilesReady()
    {
        _tray.Expire(Me.Session.Client.ServerTime);
        if (_tray.HasFailed)
        {
            _error = _tray.HasVoice
                ? "The recording is not uploaded. Retry the upload, or discard the recording."
                : "Some files cannot be sent. Remove them, or upload them again.";
        }
        else if (_tray.IsBusy)
        {
            _waitsForFiles = true;
            Announcements.Say($"The message is sent when {(_tray.HasVoice ? "the recording is" : "the files are")} uploaded.");
        }
        else
        {
            return true;
        }

        return false;
    }

    /// <summary>
    /// Ends the wait for the files when the user changes the message, so that it is not sent before the change is complete.
    /// </summary>
    private void EndWait()
    {
        if (!_waitsForFiles)
            return;

        _waitsForFiles = false;
        Announcements.Show("You changed the message, so it is not sent automatically. Send it when you are done.");
    }

    private void OpenOptions(TrayFile file)
    {
        EndWait();
        _fileDialog?.Open(file);
    }

    private void StopWaiting()
    {
        _waitsForFiles = false;
        ViewModule.Focus(TextId);
    }

    private void FollowFiles() => _ = InvokeAsync(async () =>
    {
        if (_waitsForFiles && !_tray.IsBusy)
        {
            _waitsForFiles = false;
            if (!IsDraftReplaced)
                await SubmitAsync();
        }

        StateHasChanged();
    });

    /// <summary>Whether another tab has changed or sent the draft, which this tab has not taken over yet.</summary>
    private bool IsDraftReplaced
    {
        get
        {
            var kept = Me.Drafts.Of(ConversationId);

            return (kept.Text, kept.ReplyToSequence) != (_text, _replyToSequence);
        }
    }
}
