using CleanMessaging.WebClient.Attachments;
using CleanMessaging.WebClient.Browser;
using CleanMessaging.WebClient.Errors;
using CleanMessaging.WebClient.Shell;
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
        if (_edit is not null)
        {
            foreach (var number in Enumerable.Range(first, count))
                FilesModule.Forget(number);
            _error = "Save or cancel the edit first. Then add the files.";
        }
        else
        {
            EndWait();
            var excess = _tray.Add(first, count);
            _error = excess switch
            {
                0 => null,
                1 => $"{Most} 1 file was not added.",
                _ => $"{Most} {excess} files were not added.",
            };
            if (ViewModule.IsWide())
                ViewModule.Focus(TextId);
        }

        StateHasChanged();
    }

    private static string Most => Explanation.OfError("message.too_many_attachments");

    /// <summary>Returns whether all files can be sent. If they are still being uploaded, the message is sent later.</summary>
    private bool AreFilesReady()
    {
        _tray.Expire(Me.Session.Client.ServerTime);
        if (_tray.HasFailed)
        {
            _error = "Some files cannot be sent. Remove them, or upload them again.";
        }
        else if (_tray.IsBusy)
        {
            _waitsForFiles = true;
            Announcements.Say("The message is sent when the files are uploaded.");
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
        Announcements.Show("The message is not sent by itself any more. Send it when it is ready.");
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

    /// <summary>
    /// Saves the message to the send queue, and removes it from the draft; returns false if that is not possible, which is shown. The user
    /// may write on, or begin an edit, before it is saved.
    /// </summary>
    private async Task<bool> TryStoreDraftAsync()
    {
        // Before the list is read, the version of the server is not known. The send queue repeats a send that an earlier version rejects.
        var isEarlierVersion = Me.Session.FindConversation(ConversationId) is { Personal.IsKnown: false };
        var (hours, neverExpires) = _expiry.ToSend(Default, knowsNever: !isEarlierVersion);
        var (text, replyToSequence, files) = (_text, _replyToSequence, _tray.Ready);
        if (!await TryStoreAsync(
            () => Timeline.SendAsync(
                Content, hours, Me.Payments.MaxPoints, neverExpires, replyToSequence, [.. files.Select(file => file.Attachment)]),
            "The message was not sent"))
        {
            return false;
        }

        var rest = _edit is not null ? "" : _text.StartsWith(text, StringComparison.Ordinal) ? _text[text.Length..] : _text;
        _replyToSequence = _replyToSequence == replyToSequence ? null : _replyToSequence;
        if (_edit is null)
            (_text, _error, _isFitted) = (rest, null, false);
        _tray.RemoveSent(files);
        Keep(rest);
        Timeline.SetTyping(false);

        return true;
    }
}
