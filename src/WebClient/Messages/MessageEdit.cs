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

    /// <summary>The server rejected the message, which was not sent before.</summary>
    Rejected,

    /// <summary>
    /// The message was not sent before, and is neither in the send queue nor loaded: it was sent and later messages are not loaded, or it
    /// was withdrawn or discarded.
    /// </summary>
    NoLongerQueued,
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

    /// <summary>Whether the message has files, so that its text can be empty.</summary>
    public bool HasFiles => Files.Count > 0;

    /// <summary>The files of the message. An edit does not change them.</summary>
    public IReadOnlyList<MessageAttachment> Files => Unsent?.Attachments ?? Message?.Attachments ?? [];

    /// <summary>The text that a save replaces.</summary>
    public string Saved => Unsent?.Content ?? Message?.Content ?? "";

    /// <summary>Starts an edit of a message that is not sent yet.</summary>
    public static MessageEdit Of(QueuedMessage unsent) => new(Message: null, unsent.Content, Unsent: unsent);

    /// <summary>Starts an edit with the current text, or with the user's own text that the server does not have yet.</summary>
    public static MessageEdit Of(Message message, IReadOnlyList<QueuedMessage> unsentChanges) =>
        new(message, WaitingText(message, unsentChanges) ?? message.Content ?? "");

    /// <summary>Whether a text needs no save: it is that of the waiting edit, or of the message if no edit waits.</summary>
    /// <remarks>
    /// A waiting edit is saved again if the message has a newer text, which the user has seen now: the server would reject the waiting one.
    /// </remarks>
    public bool IsSaved(string text, IReadOnlyList<QueuedMessage> unsentChanges) =>
        WaitingText(Message, unsentChanges) is { } waiting ? State == EditState.Current && text == waiting : text == Saved;

    /// <summary>
    /// Follows a change of the loaded messages or of the send queue. The same instance is returned if nothing has changed.
    /// </summary>
    /// <param name="messages">The loaded messages.</param>
    /// <param name="deleted">The messages that were deleted.</param>
    /// <param name="unsent">The messages in the send queue.</param>
    public MessageEdit Follow(
        IReadOnlyList<Message> messages,
        IReadOnlyList<DeletedMessage> deleted,
        IReadOnlyList<QueuedMessage> unsent,
        DateTimeOffset now)
    {
        if (Message is null)
            return FollowUnsent(messages, unsent);

        if (!CanSave)
            return this;

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

    /// <summary>Returns the text of the user's latest edit that waits in the send queue; null if there is none.</summary>
    private static string? WaitingText(Message? message, IReadOnlyList<QueuedMessage> unsentChanges) => unsentChanges
        .LastOrDefault(queued => queued is { Failure: null, Change.IsEdit: true } && queued.Change.MessageId == message?.Id)
        ?.Change?.Content;

    /// <summary>Follows a message that was not sent yet: no state is final, because it may be sent or loaded later.</summary>
    private MessageEdit FollowUnsent(IReadOnlyList<Message> messages, IReadOnlyList<QueuedMessage> unsent)
    {
        // The server has accepted the message since the start.
        if (messages.LastOrDefault(message => message.ClientMessageId == Unsent?.ClientMessageId) is { } sent)
            return this with { Message = sent, Unsent = null, State = StateFor(sent.Content) };

        return unsent.LastOrDefault(message => message.ClientMessageId == Unsent?.ClientMessageId) switch
        {
            null => WithState(EditState.NoLongerQueued),
            { Failure: not null } => WithState(EditState.Rejected),
            var waiting when waiting == Unsent => WithState(StateFor(waiting.Content)),
            var waiting => this with { Unsent = waiting, State = StateFor(waiting.Content) },
        };
    }

    /// <summary>Returns whether a text is that of the start, or another tab has changed it.</summary>
    private EditState StateFor(string? content) => content == Text ? EditState.Current : EditState.Changed;

    private MessageEdit WithState(EditState state) => state == State ? this : this with { State = state };
}
