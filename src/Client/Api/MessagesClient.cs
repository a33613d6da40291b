using System.Globalization;
using System.Text;

namespace CleanMessaging.Client;

/// <summary>Reads and sends messages with single calls. <see cref="MessagingSession"/> synchronizes conversations automatically.</summary>
public sealed partial class MessagesClient
{
    private static readonly UTF8Encoding _utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly ApiTransport _api;

    internal MessagesClient(ApiTransport api) => _api = api;

    /// <summary>
    /// Returns a page of messages, oldest first: the newest ones, or those next to a position or around one. At most one position can be
    /// given.
    /// </summary>
    /// <param name="before">A message: the page ends right before it. It may have expired.</param>
    /// <param name="after">A message: the page begins right after it. It may have expired.</param>
    /// <param name="limit">The page size, 1 to 100.</param>
    /// <param name="beforeSequence">A sequence: the page ends right before it. There need not be a message of that sequence.</param>
    /// <param name="afterSequence">
    /// A sequence: the page begins right after it; 0 for the oldest messages. There need not be a message of that sequence.
    /// </param>
    /// <param name="around">
    /// A sequence: the page has the nearest messages on both sides, including its own. There need not be a message of that sequence.
    /// </param>
    /// <exception cref="NotFoundException"><c>conversation.not_found</c></exception>
    /// <exception cref="MessagingException"><c>message.invalid_cursor</c>: the message does not belong to the conversation.</exception>
    public async Task<MessagePage> GetAsync(
        Guid conversationId,
        Guid? before = null,
        Guid? after = null,
        int limit = 50,
        long? beforeSequence = null,
        long? afterSequence = null,
        long? around = null,
        CancellationToken cancellationToken = default)
    {
        var query = new QueryText("messages")
            .Add("conversationId", conversationId)
            .Add("before", before)
            .Add("after", after)
            .Add("beforeSequence", beforeSequence)
            .Add("afterSequence", afterSequence)
            .Add("around", around)
            .Add("limit", limit);
        var page = await _api.GetAsync(query, MessagingJson.Default.MessagePageEnvelope, cancellationToken).ConfigureAwait(false);

        return new MessagePage(page.Data, page.Page.HasMoreBefore, page.Page.HasMoreAfter)
        {
            Deleted = page.Deleted,
            Quoted = page.Quoted,
        };
    }

    /// <summary>Returns the visible messages with these sequences, for example those that replies refer to.</summary>
    /// <param name="sequences">1 to 50 different sequences, each of them 1 or more.</param>
    /// <exception cref="NotFoundException"><c>conversation.not_found</c></exception>
    /// <exception cref="InvalidRequestException">
    /// <c>message.sequences_out_of_range</c>, <c>message.sequences_repeated</c>
    /// </exception>
    public async Task<FoundMessages> LookUpAsync(
        Guid conversationId, IReadOnlyList<long> sequences, CancellationToken cancellationToken = default)
    {
        var query = new QueryText("messages/lookup")
            .Add("conversationId", conversationId)
            .Add("sequences", string.Join(',', sequences.Select(sequence => sequence.ToString(CultureInfo.InvariantCulture))));
        var found = await _api.GetAsync(query, MessagingJson.Default.FoundMessagesEnvelope, cancellationToken).ConfigureAwait(false);

        return new FoundMessages(found.Data, found.Omitted);
    }

    /// <summary>Sends a message, or returns the result of an earlier send with the same <paramref name="clientMessageId"/>.</summary>
    /// <param name="content">1 to 5000 characters (Unicode code points), kept verbatim; may be empty with attachments.</param>
    /// <param name="clientMessageId">
    /// The client's id for the message. It makes the send idempotent, without a time limit; a send without it is not idempotent.
    /// </param>
    /// <param name="expirationHours">Hours until it disappears, 1 to 8760; null for the conversation's default.</param>
    /// <param name="maxPoints">The highest price in points that the sender agrees to pay; null for any price.</param>
    /// <param name="neverExpires">
    /// Whether it never disappears, also in a conversation with a default. Not with <paramref name="expirationHours"/>.
    /// </param>
    /// <param name="replyToSequence">
    /// The sequence of the message that this one replies to, which may have expired or been deleted; null if it is not a reply.
    /// </param>
    /// <param name="attachmentIds">
    /// The user's uploaded files to send with the message, at most 10 and each once, or one voice message; null for none.
    /// </param>
    /// <exception cref="ConsentRequiredException">The price is higher than <paramref name="maxPoints"/>.</exception>
    /// <exception cref="InsufficientBalanceException">The wallet has too few points.</exception>
    /// <exception cref="NotFoundException"><c>conversation.not_found</c>, <c>attachment.not_found</c></exception>
    /// <exception cref="InvalidRequestException">The text or a number fails validation.</exception>
    /// <exception cref="MessagingException">
    /// <c>message.client_id_reused</c>: the id belongs to a different message. <c>message.reply_out_of_range</c>: there is no message with
    /// the sequence to reply to. <c>attachment.not_ready</c>, <c>attachment.already_sent</c>: a file cannot be sent.
    /// </exception>
    /// <exception cref="ArgumentException">The text has an unpaired surrogate, which cannot be sent verbatim.</exception>
    public async Task<SentMessage> SendAsync(
        Guid conversationId,
        string content,
        Guid? clientMessageId = null,
        int? expirationHours = null,
        long? maxPoints = null,
        bool neverExpires = false,
        long? replyToSequence = null,
        IReadOnlyList<Guid>? attachmentIds = null,
        CancellationToken cancellationToken = default)
    {
        EnsureSendable(content);
        var sent = await _api.PostAsync(
            "messages/send",
            new SendMessageRequest(
                conversationId,
                content,
                expirationHours,
                neverExpires ? true : null,
                clientMessageId,
                maxPoints,
                replyToSequence,
                attachmentIds is { Count: > 0 } ? attachmentIds : null),
            MessagingJson.Default.SendMessageRequest,
            MessagingJson.Default.SentEnvelope,
            cancellationToken).ConfigureAwait(false);

        return new SentMessage(sent.Data, sent.Charge.Points, Replayed: !sent.IsCreated);
    }

    /// <summary>Replaces the text of one of the user's messages. Repeating the call has no further effect.</summary>
    /// <param name="content">The new text, 1 to 5000 characters (Unicode code points), kept verbatim.</param>
    /// <param name="version">The <see cref="Message.Version"/> that the user has edited.</param>
    /// <exception cref="ChangeRejectedException">
    /// <c>message.edit_conflict</c> (the message has another version), <c>message.edit_window_over</c>, <c>message.too_many_edits</c>
    /// </exception>
    /// <exception cref="NotFoundException"><c>message.not_found</c>: it has expired, was deleted, or never existed.</exception>
    /// <exception cref="InvalidRequestException">The text fails validation.</exception>
    /// <exception cref="MessagingException"><c>message.not_yours</c></exception>
    /// <exception cref="ArgumentException">The text has an unpaired surrogate, which cannot be sent verbatim.</exception>
    public async Task<Message> EditAsync(Guid messageId, string content, int version, CancellationToken cancellationToken = default)
    {
        EnsureSendable(content);
        var edited = await _api.PutAsync(
            $"messages/{messageId}/content",
            new EditMessageRequest(content, version),
            MessagingJson.Default.EditMessageRequest,
            MessagingJson.Default.EnvelopeMessage,
            cancellationToken).ConfigureAwait(false);

        return edited.Data;
    }

    /// <summary>Deletes one of the user's messages for everyone. Repeating the call has no further effect.</summary>
    /// <exception cref="ChangeRejectedException"><c>message.delete_window_over</c></exception>
    /// <exception cref="NotFoundException"><c>message.not_found</c>: it has expired, or never existed.</exception>
    /// <exception cref="MessagingException"><c>message.not_yours</c></exception>
    public async Task<DeletedMessage> DeleteAsync(Guid messageId, CancellationToken cancellationToken = default)
    {
        var deleted = await _api.DeleteAsync(
            $"messages/{messageId}", MessagingJson.Default.EnvelopeDeletedMessage, cancellationToken).ConfigureAwait(false);

        return deleted.Data;
    }

    /// <summary>
    /// Sets the user's reaction to a message of either participant, in place of an earlier one. Repeating the call has no further effect.
    /// </summary>
    /// <param name="emoji">Exactly one emoji.</param>
    /// <exception cref="InvalidRequestException"><c>reaction.invalid_emoji</c></exception>
    /// <exception cref="NotFoundException"><c>message.not_found</c>: it has expired, was deleted, or never existed.</exception>
    /// <exception cref="MessagingException"><c>reaction.not_allowed</c>: the server allows other emoji only.</exception>
    /// <exception cref="ArgumentException">The text has an unpaired surrogate, which cannot be sent verbatim.</exception>
    public async Task<Message> ReactAsync(Guid messageId, string emoji, CancellationToken cancellationToken = default)
    {
        EnsureSendable(emoji);
        var reacted = await _api.PutAsync(
            $"messages/{messageId}/reaction",
            new ReactRequest(emoji),
            MessagingJson.Default.ReactRequest,
            MessagingJson.Default.EnvelopeMessage,
            cancellationToken).ConfigureAwait(false);

        return reacted.Data;
    }

    /// <summary>Removes the user's reaction to a message. Does nothing if there is none.</summary>
    /// <exception cref="NotFoundException"><c>message.not_found</c>: it has expired, was deleted, or never existed.</exception>
    public async Task<Message> UnreactAsync(Guid messageId, CancellationToken cancellationToken = default)
    {
        var changed = await _api.DeleteAsync(
            $"messages/{messageId}/reaction", MessagingJson.Default.EnvelopeMessage, cancellationToken).ConfigureAwait(false);

        return changed.Data;
    }

    /// <summary>Lets one of the user's messages expire earlier than it does already.</summary>
    /// <param name="expirationHours">Hours from now, 1 to 8760.</param>
    /// <exception cref="ChangeRejectedException">
    /// <c>message.expiration_only_earlier</c>: it expires by then already, for example because an earlier call took effect.
    /// </exception>
    /// <exception cref="NotFoundException"><c>message.not_found</c>: it has expired, was deleted, or never existed.</exception>
    /// <exception cref="MessagingException"><c>message.not_yours</c></exception>
    public async Task<Message> ExpireSoonerAsync(Guid messageId, int expirationHours, CancellationToken cancellationToken = default)
    {
        var changed = await _api.PutAsync(
            $"messages/{messageId}/expiration",
            new ExpireSoonerRequest(expirationHours),
            MessagingJson.Default.ExpireSoonerRequest,
            MessagingJson.Default.EnvelopeMessage,
            cancellationToken).ConfigureAwait(false);

        return changed.Data;
    }

    /// <summary>Returns the texts that a message had and the current one, oldest first.</summary>
    /// <exception cref="NotFoundException"><c>message.not_found</c>: it has expired, was deleted, or never existed.</exception>
    /// <exception cref="MessagingException"><c>message.history_hidden</c>: the server does not show earlier texts.</exception>
    public async Task<IReadOnlyList<MessageVersion>> GetVersionsAsync(Guid messageId, CancellationToken cancellationToken = default)
    {
        var versions = await _api.GetAsync(
            new QueryText($"messages/{messageId}/versions"), MessagingJson.Default.EnvelopeMessageVersions, cancellationToken)
            .ConfigureAwait(false);

        return versions.Data;
    }

    /// <summary>Moves the user's read pointer forward: up to the newest of the given messages, or to the end of the conversation.</summary>
    /// <param name="messageIds">1 to 500 messages; null for everything.</param>
    /// <exception cref="NotFoundException"><c>conversation.not_found</c>, <c>message.not_found</c></exception>
    public async Task<MarkedRead> MarkReadAsync(
        Guid conversationId, IReadOnlyList<Guid>? messageIds = null, CancellationToken cancellationToken = default)
    {
        var marked = await _api.PostAsync(
            "messages/read",
            new MarkReadRequest(conversationId, messageIds),
            MessagingJson.Default.MarkReadRequest,
            MessagingJson.Default.EnvelopeMarkedRead,
            cancellationToken).ConfigureAwait(false);

        return marked.Data;
    }

    /// <summary>
    /// Records that the user has played a voice message. The first time of the receiver counts; the sender's own playing changes nothing.
    /// </summary>
    /// <returns>When the receiver first played it; null if the user is the sender and it was not played yet.</returns>
    /// <exception cref="NotFoundException"><c>message.not_found</c>: it has expired, was deleted, or never existed.</exception>
    /// <exception cref="MessagingException"><c>message.not_playable</c>: it is not a voice message.</exception>
    public async Task<DateTimeOffset?> MarkPlayedAsync(
        Guid conversationId, Guid messageId, CancellationToken cancellationToken = default)
    {
        var marked = await _api.PostAsync(
            "messages/played",
            new MarkPlayedRequest(conversationId, messageId),
            MessagingJson.Default.MarkPlayedRequest,
            MessagingJson.Default.EnvelopeMarkedPlayed,
            cancellationToken).ConfigureAwait(false);

        return marked.Data.PlayedAt;
    }

    /// <summary>Hides messages for the user. The other participant still sees them. It cannot be undone.</summary>
    /// <param name="messageIds">1 to 100 messages of the conversation.</param>
    /// <exception cref="NotFoundException"><c>conversation.not_found</c>, <c>message.not_found</c></exception>
    /// <exception cref="ChangeRejectedException"><c>conversation.too_many_hidden</c>: the user has hidden 5000 messages of it.</exception>
    public async Task<HiddenMessages> HideAsync(
        Guid conversationId, IReadOnlyList<Guid> messageIds, CancellationToken cancellationToken = default)
    {
        var hidden = await _api.PostAsync(
            "messages/hide",
            new HideRequest(conversationId, messageIds),
            MessagingJson.Default.HideRequest,
            MessagingJson.Default.EnvelopeHiddenMessages,
            cancellationToken).ConfigureAwait(false);

        return hidden.Data;
    }

    /// <summary>Returns the free messages left today, the price of the next message, and the balance.</summary>
    public async Task<Quota> GetQuotaAsync(CancellationToken cancellationToken = default) =>
        (await _api.GetAsync(
            new QueryText("messages/quota"), MessagingJson.Default.EnvelopeQuota, cancellationToken)
            .ConfigureAwait(false)).Data;

    /// <summary>Returns the server's rules for changes of messages and for reactions. They change only when the server restarts.</summary>
    /// <exception cref="NotFoundException">The server has an earlier version.</exception>
    public async Task<MessageRules> GetRulesAsync(CancellationToken cancellationToken = default) =>
        (await _api.GetAsync(new QueryText("rules"), MessagingJson.Default.EnvelopeMessageRules, cancellationToken).ConfigureAwait(false))
        .Data;

    /// <summary>Rejects unpaired surrogates: UTF-8 encoding would silently replace them with another character.</summary>
    /// <exception cref="ArgumentException">The text has an unpaired surrogate.</exception>
    internal static void EnsureSendable(string content) => _utf8.GetByteCount(content);
}
