using CleanMessaging.Client;

namespace CleanMessaging.WebClient.Messages;

/// <content>Saves the text of a message that is edited.</content>
public sealed partial class Composer
{
    /// <summary>
    /// Saves the edit, unless the message was deleted or has expired. The text stays in the field then, so that it can be copied.
    /// </summary>
    private async Task SaveAsync(MessageEdit edit)
    {
        if (!edit.CanSave)
            return;

        var isSaved = edit.IsSaved(Content, Timeline.UnsentChanges);
        if (isSaved || (await TryStoreAsync(async () => isSaved = await StoreAsync(edit), "The edit was not saved") && isSaved))
            EndEdit();
    }

    /// <summary>
    /// Saves the edit to the send queue; returns false if a message that was not sent yet can no longer be edited, which is shown.
    /// </summary>
    private async Task<bool> StoreAsync(MessageEdit edit)
    {
        if (edit.Message is { } message)
        {
            await Timeline.EditAsync(message, Content, replacesNewerText: edit.State == EditState.Changed);

            return true;
        }

        var result = await Timeline.EditUnsentAsync(edit.Unsent!, Content);
        if (result == UnsentChangeResult.Succeeded)
            return true;

        // The notice of the edit shows the other results.
        _edit = Follow(edit);
        if (result == UnsentChangeResult.Attempted && _edit.Unsent is not null)
            _error = "This message is being sent now. Save again once it is sent.";

        return false;
    }

    private MessageEdit Follow(MessageEdit edit) =>
        edit.Follow(Timeline.Messages, Timeline.Deleted, Timeline.Unsent, Me.Session.Client.ServerTime);
}
