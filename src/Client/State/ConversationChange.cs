namespace CleanMessaging.Client;

/// <summary>
/// A change to an open conversation, from a live event, a response of the server, the clock or the user. The input of
/// <see cref="ConversationReducer"/>.
/// </summary>
internal abstract record ConversationChange;

/// <summary>A new or changed message, from a live event or from the response to a send or an edit.</summary>
/// <param name="Now">The server's time. A message that has expired is not added.</param>
internal sealed record MessageReceived(Message Message, DateTimeOffset Now) : ConversationChange
{
    /// <summary>The revisions of the changes of the message that <see cref="Message"/> includes, in addition to its own.</summary>
    public IReadOnlyList<long> Revisions { get; init; } = [];
}

/// <summary>A message was deleted for everyone.</summary>
internal sealed record DeletionReceived(DeletedMessage Deleted) : ConversationChange;

/// <summary>The user has hidden messages, cleared the conversation, or changed their personal state of it in another way.</summary>
/// <param name="SinceRevision">
/// The personal revision since which <paramref name="Hidden"/> is complete; null if earlier hidden messages may be missing.
/// </param>
internal sealed record PersonalStateReceived(PersonalState Personal, long? SinceRevision, IReadOnlyList<long> Hidden)
    : ConversationChange;

/// <summary>All changes since a revision.</summary>
/// <param name="Since">The requested revision.</param>
internal sealed record ChangesRecovered(JoinedConversation Response, long Since, DateTimeOffset Now) : ConversationChange;

/// <summary>A page, at the first load or after too many changes were missed.</summary>
/// <param name="Position">The state of the conversation before the page was requested.</param>
internal sealed record PageLoaded(JoinedConversation Position, MessagePage Page, DateTimeOffset Now) : ConversationChange;

/// <summary>
/// A page in place of the loaded messages. Changes during the request may be missing in it, and count as a gap. Ignored if it no longer
/// fits.
/// </summary>
/// <param name="Mark">The value of <see cref="ConversationState.Mark"/> before the request.</param>
internal sealed record PageReplaced(MessagePage Page, PageMark Mark, DateTimeOffset Now) : ConversationChange;

/// <summary>The page before the loaded messages. Ignored if it no longer fits.</summary>
/// <inheritdoc cref="PageReplaced"/>
internal sealed record EarlierPageLoaded(MessagePage Page, PageMark Mark, DateTimeOffset Now) : ConversationChange;

/// <summary>The page after the loaded messages. Ignored if it no longer fits.</summary>
/// <inheritdoc cref="PageReplaced"/>
internal sealed record LaterPageLoaded(MessagePage Page, PageMark Mark, DateTimeOffset Now) : ConversationChange;

/// <summary>Messages outside of the loaded range are about to be requested, because replies refer to them.</summary>
internal sealed record QuotesRequested(IReadOnlyList<long> Sequences) : ConversationChange;

/// <summary>The response to the request for quoted messages.</summary>
/// <param name="Sequences">The requested sequences. Those without a message in <paramref name="Messages"/> are not visible.</param>
internal sealed record QuotesFound(IReadOnlyList<long> Sequences, IReadOnlyList<Message> Messages, DateTimeOffset Now) : ConversationChange;

/// <summary>Messages may be missing without a gap, so that the next synchronization has to load everything again.</summary>
internal sealed record ReloadRequested : ConversationChange;

/// <summary>The conversation cannot be read.</summary>
internal sealed record AccessFailed(MessagingException Reason) : ConversationChange;

/// <summary>A user has read the messages up to a sequence.</summary>
internal sealed record ReadReceived(Guid UserId, long LastReadSequence) : ConversationChange;

/// <summary>The conversation as the list has it: the participants with their read pointers, and the default expiration.</summary>
internal sealed record ConversationReceived(Conversation Conversation) : ConversationChange;

/// <summary>The default expiration of later messages has changed.</summary>
/// <param name="Revision">The revision of this change.</param>
/// <param name="Hours">The new default; null for none.</param>
/// <param name="ByUserId">The participant who changed it.</param>
internal sealed record ExpirationChangeReceived(long Revision, int? Hours, Guid? ByUserId) : ConversationChange;

/// <summary>The server's clock has reached a time: messages and tombstones expire.</summary>
internal sealed record TimePassed(DateTimeOffset Now) : ConversationChange;
