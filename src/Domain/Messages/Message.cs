using CleanMessaging.Domain.Attachments;
using CleanMessaging.Domain.Conversations;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Primitives;

namespace CleanMessaging.Domain.Messages;

/// <summary>
/// A message: text or attachments with a fixed price, sequence and time, which are visible until an exact instant. Its sender can edit the
/// text and delete the message for everyone, each for a limited time. Both participants can react to it.
/// </summary>
public sealed partial class Message : AggregateRoot
{
    private readonly List<MessageVersion> _newVersions = [];

    private Message()
    {
    }

    public Guid Id { get; private init; }

    public Guid ConversationId { get; private init; }

    /// <summary>The number of the message in its conversation: 1, 2, 3 and so on, in commit order, without gaps.</summary>
    public long Sequence { get; private init; }

    /// <summary>The conversation's revision at the message's latest visible change.</summary>
    public long Revision { get; private set; }

    public Guid SenderId { get; private init; }

    /// <summary>
    /// The current text, exactly as sent or edited. A message with attachments can have an empty one; a deleted or redacted one always has.
    /// </summary>
    public string Content { get; private set; } = "";

    /// <summary>The time of acceptance; later than that of every message with a lower sequence.</summary>
    public DateTimeOffset CreatedAt { get; private init; }

    /// <summary>The time of the latest visible change.</summary>
    public DateTimeOffset UpdatedAt { get; private set; }

    /// <summary>
    /// The instant at which the message expires: from then on it is invisible to both participants. Null if it never expires.
    /// </summary>
    public DateTimeOffset? ExpiresAt { get; private set; }

    /// <summary>Whether the conversation's default expiration applied when the message was sent.</summary>
    public bool ExpiresByDefault { get; private init; }

    /// <summary>
    /// The hours after which the message expired when it was sent, 0 for never; null while <see cref="ExpiresAt"/> has not changed since.
    /// </summary>
    public int? SentExpirationHours { get; private set; }

    /// <summary>
    /// Whether the clean-up has flagged the message, some time after <see cref="ExpiresAt"/>. The data model requires the flag, for reports
    /// that read the table directly. It does not affect visibility. Only a statement of the clean-up sets it, never the aggregate.
    /// </summary>
    public bool IsExpired { get; private init; }

    /// <summary>The number of edits; 0 for a message as it was sent.</summary>
    public int Version { get; private set; }

    /// <summary>The time of the latest edit; null if there was none.</summary>
    public DateTimeOffset? EditedAt { get; private set; }

    /// <summary>When the message was deleted for everyone; null if it was not.</summary>
    public DateTimeOffset? DeletedAt { get; private set; }

    /// <summary>Who deleted the message; null if it was not deleted.</summary>
    public MessageDeleter? DeletedBy { get; private set; }

    /// <summary>The reactions of both participants; null if there are none.</summary>
    public MessageReactions? Reactions { get; private set; }

    /// <summary>The attachments that the message was sent with; null if there are none, and once it is deleted or redacted.</summary>
    public MessageAttachments? Attachments { get; private set; }

    /// <summary>
    /// When the receiver first played the voice message; null for other messages, until then, and once it is deleted or redacted.
    /// </summary>
    public DateTimeOffset? PlayedAt { get; private set; }

    /// <summary>The idempotency key that the client chose for this send; permanently unique per sender.</summary>
    public Guid? ClientMessageId { get; private init; }

    /// <summary>The price that the sender paid, in points; 0 for a free message.</summary>
    public long PointsCharged { get; private init; }

    /// <summary>
    /// The sequence of the earlier message that this one replies to; null if it is not a reply. That message may have expired or been
    /// deleted. A reply contains nothing of it, so that its text exists only once.
    /// </summary>
    public long? ReplyToSequence { get; private init; }

    /// <summary>The earlier texts added since the message was loaded. Commands never load earlier ones.</summary>
    public IReadOnlyList<MessageVersion> NewVersions => _newVersions;

    /// <summary>
    /// Replaces the text, which may become empty if the message has attachments. The earlier text stays readable as a version. An edit
    /// costs nothing, changes neither the attachments, the order nor the unread count, and does not change the time of expiry. Returns
    /// whether the text changed: false for the current text, and for a repetition of the latest edit, also after the time limit.
    /// </summary>
    /// <param name="conversation">The message's conversation, locked for changes.</param>
    /// <param name="userId">The user who edits the message; only its sender can.</param>
    /// <param name="version">The <see cref="Version"/> that the user saw, so that no edit overwrites another one unseen.</param>
    /// <exception cref="DomainException">
    /// <c>message.empty</c>, <c>message.too_long</c>, <c>message.invalid_text</c>, <c>conversation.not_found</c> (not a participant),
    /// <c>message.not_found</c> (expired or deleted), <c>message.not_yours</c>, <c>message.edit_conflict</c>,
    /// <c>message.edit_window_over</c>, <c>message.too_many_edits</c>
    /// </exception>
    public bool Edit(
        Conversation conversation,
        UserId userId,
        string content,
        int version,
        MessageChangePolicy policy,
        IRequestHasher hasher,
        DateTimeOffset now)
    {
        if (MessageContent.Check(content, canBeEmpty: Attachments is not null) is { } error)
            throw new DomainException(error);

        EnsureChangeableBy(conversation, userId, isShown: true, now);
        if (DeletedAt is not null)
            throw new DomainException(MessageErrors.NotFound);

        var isRepetition = version == Version - 1 && content == Content;
        if (version != Version && !isRepetition)
            throw new DomainException(MessageErrors.EditConflict(Version));

        if (content == Content)
            return false;

        policy.EnsureEditable(this, now);
        HashRequest(hasher);
        Change(conversation, now);
        _newVersions.Add(new MessageVersion(new MessageId(Id), Version, Content, EditedAt ?? CreatedAt));
        Content = content;
        Version++;
        EditedAt = UpdatedAt;
        Raise(new MessageEdited(new MessageId(Id), new ConversationId(ConversationId), Revision, conversation.ParticipantIds)
        {
            ChangedAt = UpdatedAt,
        });

        return true;
    }

    /// <summary>
    /// Deletes the message for everyone: the text, the attachments and the reactions are erased, and both participants see a tombstone
    /// until the message's own expiry. Nothing is refunded. Returns whether the message changed: false for a repetition, also after the
    /// time limit.
    /// </summary>
    /// <param name="conversation">The message's conversation, locked for changes.</param>
    /// <param name="userId">The user who deletes the message; only its sender can, also after hiding or clearing it.</param>
    /// <param name="viewerIds">
    /// The participants who have neither hidden nor cleared the message, and who are notified of the deletion.
    /// </param>
    /// <exception cref="DomainException">
    /// <c>conversation.not_found</c> (not a participant), <c>message.not_found</c> (expired, or hidden or cleared by a user who is not its
    /// sender), <c>message.not_yours</c>, <c>message.delete_window_over</c>
    /// </exception>
    public bool Delete(
        Conversation conversation,
        UserId userId,
        IReadOnlyList<Guid> viewerIds,
        MessageChangePolicy policy,
        IRequestHasher hasher,
        DateTimeOffset now)
    {
        EnsureChangeableBy(conversation, userId, viewerIds.Contains(userId), now);
        if (DeletedAt is not null)
            return false;

        policy.EnsureDeletable(this, now);
        HashRequest(hasher);
        Change(conversation, now);
        EraseContents();
        DeletedAt = UpdatedAt;
        DeletedBy = MessageDeleter.Sender;
        Raise(new MessageDeleted(
            new MessageId(Id),
            new ConversationId(ConversationId),
            Sequence,
            Revision,
            UpdatedAt,
            MessageDeleter.Sender,
            ExpiresAt,
            conversation.ParticipantIds)
        {
            ViewerIds = viewerIds,
        });

        return true;
    }

    /// <summary>
    /// Verifies that the message has not expired and that a user is its sender. A user who does not see the message gets the error of an
    /// unknown one.
    /// </summary>
    /// <param name="isShown">Whether the user has neither hidden nor cleared the message.</param>
    private void EnsureChangeableBy(Conversation conversation, UserId userId, bool isShown, DateTimeOffset now)
    {
        EnsureParticipant(conversation, userId);
        if (this.HasExpired(now) || (SenderId != userId && (this.IsTombstone(now) || !isShown)))
            throw new DomainException(MessageErrors.NotFound);

        if (SenderId != userId)
            throw new DomainException(MessageErrors.NotYours);
    }

    private void EnsureParticipant(Conversation conversation, UserId userId)
    {
        if (conversation.Id != ConversationId)
            throw new ArgumentException("The conversation must be the message's.", nameof(conversation));

        conversation.EnsureParticipant(userId);
    }
}
