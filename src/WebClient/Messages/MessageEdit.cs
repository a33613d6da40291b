using CleanMessaging.Client;

namespace CleanMessaging.WebClient.Messages;

/// <summary>The state of the message that a user edits.</summary>
public enum EditState
{
    /// <summary>The message has the text that the user has edited.</summary>
    Current,

    /// <summary>The message has a newer text, for example from another device of the user.</summary>
    Changed,

    Deleted,

    Expired,
}

/// <summary>An edit that a user is writing. Immutable.</summary>
/// <param name="Message">
/// The message as the server has it now. A save replaces this version. Null for a message that is not sent yet.
/// </param>
/// <param name="Text">The text at the start of the edit.</param>
/// <param name="State">What has happened to the message since the start.</param>
/// <param name="Unsent">The message in the send queue; null for a message that the server has.</param>
public sealed record MessageEdit(Message? Message, string Text, EditState State = EditState.Current, QueuedMessage? Unsent = null)
{
    /// <summary>Whether the edit can be saved.</summary>
    public bool CanSave => State is EditState.Current or EditState.Changed;

    /// <summary>The text that a save replaces.</summary>
    public string Saved => Unsent?.Content ?? Message?.Content ?? "";

    /// <summary>Starts an edit of a message that is not sent yet.</summary>
    public static MessageEdit Of(QueuedMessage unsent) => new(Message: null, unsent.Content, Unsent: unsent);

    /// <summary>Starts an edit with the current text, or with the user's own text that the server does not have yet.</summary>
    public static MessageEdit Of(Message message, IReadOnlyList<QueuedMessage> unsentChanges) => new(
        message,
        unsentChanges.LastOrDefault(queued => queued is { Failure: null, Change.IsEdit: true } && queued.Change.MessageId == message.Id)
            ?.Change?.Content
            ?? message.Content
            ?? "");

    /// <summary>Follows a change of the loaded messages. The same instance is returned if nothing has changed.</summary>
    /// <param name="messages">The loaded messages.</param>
    /// <param name="deleted">The messages that were deleted.</param>
    public MessageEdit Follow(IReadOnlyList<Message> messages, IReadOnlyList<DeletedMessage> deleted, DateTimeOffset now)
    {
        if (!CanSave)
            return this;

        // The server has accepted the message since the start.
        if (Message is null)
        {
            return messages.LastOrDefault(message => message.ClientMessageId == Unsent?.ClientMessageId) is { } sent
                ? this with { Message = sent, Unsent = null }
                : this;
        }

        if (deleted.Any(tombstone => tombstone.MessageId == Message.Id))
            return this with { State = EditState.Deleted };

        if (!Message.IsVisibleAt(now))
            return this with { State = EditState.Expired };

        // A message that is not loaded any more has no news.
        if (messages.FirstOrDefault(message => message.Id == Message.Id) is not { } current || current.Version <= Message.Version)
            return this;

        // The server has accepted the text with which the edit began.
        var isOwnText = State == EditState.Current && current.Content == Text;

        return this with { Message = current, State = isOwnText ? EditState.Current : EditState.Changed };
    }
}
