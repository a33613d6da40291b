using System.Runtime.InteropServices.JavaScript;
using CleanMessaging.WebClient.Attachments;
using CleanMessaging.WebClient.Errors;

namespace CleanMessaging.WebClient.Messages;

/// <content>Sends the message.</content>
public sealed partial class Composer
{
    private async Task SubmitAsync()
    {
        if (_edit is null && Me.Recorder.IsRecording(_tray))
        {
            await Me.Recorder.FinishAsync();
            if (!_tray.HasVoice)
                return;
        }

        if (string.IsNullOrWhiteSpace(_text) && !(_edit is { } captioned ? captioned.HasFiles : _tray.Files.Count > 0))
            return;

        if (Excess > 0)
            _error = Explanation.OfError("message.too_long");
        else if (_edit is { } edit)
            await SaveAsync(edit);
        else
            await SendAsync();
    }

    private async Task SendAsync()
    {
        if (_isSending)
            return;

        if (!_isExpiryUsable)
        {
            _error = Explanation.OfError("message.invalid_expiration");
            return;
        }

        if (!AreFilesReady())
            return;

        _isSending = true;
        try
        {
            if (!await TryQueueMessagesAsync())
                return;
        }
        finally
        {
            _isSending = false;
        }

        await OnSent.InvokeAsync();
    }

    /// <summary>
    /// Saves the message to the send queue, and removes it from the draft; returns false if that is not possible, which is shown. A voice
    /// recording is a message of its own. The first message has the text.
    /// </summary>
    private async Task<bool> TryQueueMessagesAsync()
    {
        var (text, replyToSequence) = (_text, _replyToSequence);
        foreach (var files in AttachmentTray.Split(_tray.Ready))
        {
            if (!await TryStoreMessageAsync(text, replyToSequence, files))
                return false;

            (text, replyToSequence) = ("", null);
        }

        Timeline.SetTyping(false);

        return true;
    }

    /// <summary>Saves one message. The user may write on, or begin an edit, before it is saved.</summary>
    private async Task<bool> TryStoreMessageAsync(string text, long? replyToSequence, IReadOnlyList<DraftAttachment> files)
    {
        // Before the list is read, the version of the server is not known. The send queue repeats a send that an earlier version rejects.
        var isEarlierVersion = Me.Session.FindConversation(ConversationId) is { Personal.IsKnown: false };
        var (hours, neverExpires) = _expiry.ToSend(Default, knowsNever: !isEarlierVersion);
        var content = ContentOf(text);
        if (!await TryStoreAsync(
            () => Timeline.SendAsync(
                content, hours, Me.Payments.MaxPoints, neverExpires, replyToSequence, [.. files.Select(file => file.Attachment)]),
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

        return true;
    }

    /// <summary>Saves to the send queue; returns false if the browser's storage is full, which is shown.</summary>
    private async Task<bool> TryStoreAsync(Func<Task> store, string failure)
    {
        try
        {
            await store();

            return true;
        }
        catch (JSException)
        {
            _error = $"{failure}, because this browser's storage is full. Clear some of its site data, then try again.";

            return false;
        }
    }
}
