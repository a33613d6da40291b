using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Primitives;

namespace CleanMessaging.Domain.Messages;

/// <content>The comparison of a repeated send with the send of the message.</content>
public sealed partial class Message
{
    /// <summary>
    /// The keyed hash of the send, stored by the first change of the text or the expiry, or by the redaction. Null for a message without a
    /// client message id, for one that has not changed, and for one that was first changed without a key.
    /// </summary>
    public byte[]? RequestHash { get; private set; }

    /// <summary>
    /// Verifies that a repeated send matches the send of this message: same conversation, same text, same time to live, a reply to the same
    /// message, and the same attachments in the same order. The price that the sender agrees to may differ, because a repetition is never
    /// charged. The time to live is the one that the send asked for, independent of the conversation's current default and of a later
    /// change of the expiry.
    /// </summary>
    /// <remarks>
    /// Once the message has changed, the hash stands for the send. Without a hash, or if its key is no longer known, the text of an edited,
    /// deleted or redacted message is not compared, and neither are the attachments of a deleted or redacted one.
    /// </remarks>
    /// <exception cref="DomainException"><c>message.client_id_reused</c></exception>
    public void EnsureSameRequest(Guid conversationId, MessageDraft draft, IRequestHasher hasher)
    {
        var isSame = RequestHash is { } hash ? hasher.Matches(hash, RequestOf(conversationId, draft).ToBytes()) : null;
        if (!(isSame ?? HasStoredPartsOf(conversationId, draft)))
            throw new DomainException(MessageErrors.ClientIdReused);
    }

    /// <summary>
    /// Stores the hash of the send before the first change of the text or the expiry. Later changes keep it. Does nothing if the text that
    /// was sent is no longer known, because the first change had no key.
    /// </summary>
    private void HashRequest(IRequestHasher hasher)
    {
        if (ClientMessageId is null || RequestHash is not null || Version > 0 || AreContentsErased)
            return;

        var sent = new SentRequest(
            new MessageId(Id),
            new ConversationId(ConversationId),
            Content,
            AskedExpirationHours,
            ExpiresByDefault,
            ReplyToSequence,
            [.. Attachments?.Ids ?? []]);
        RequestHash = hasher.Hash(sent.ToBytes());
    }

    /// <summary>
    /// Returns the request of a repeated send. A send without a time to live and one that never expires are the same request if no default
    /// applied, because they store the same message.
    /// </summary>
    private SentRequest RequestOf(Guid conversationId, MessageDraft draft) => new(
        new MessageId(Id),
        new ConversationId(conversationId),
        draft.Content,
        draft.ExpirationHours,
        ExpiresByDefault && draft.UsesDefaultExpiration,
        draft.ReplyToSequence,
        [.. draft.AttachmentIds.Select(id => id.Value)]);

    /// <summary>Whether a repeated send has the parts of this message that are still stored as they were sent.</summary>
    private bool HasStoredPartsOf(Guid conversationId, MessageDraft draft) =>
        ConversationId == conversationId
        && (Version > 0 || AreContentsErased || Content == draft.Content)
        && (AreContentsErased || (Attachments?.Ids ?? []).SequenceEqual(draft.AttachmentIds.Select(id => id.Value)))
        && ReplyToSequence == draft.ReplyToSequence
        && AskedExpirationHours == draft.ExpirationHours
        && (!ExpiresByDefault || draft.UsesDefaultExpiration);
}
