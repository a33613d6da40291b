using System.Text;

namespace CleanMessaging.Client;

/// <summary>Reading and sending, one call at a time; <see cref="MessagingSession"/> keeps conversations in step by itself.</summary>
public sealed class MessagesClient
{
    private static readonly UTF8Encoding _utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly ApiTransport _api;

    internal MessagesClient(ApiTransport api) => _api = api;

    /// <summary>A page of a conversation, oldest message first: the newest messages, or those next to a place, of which at most one is given.</summary>
    /// <param name="before">A message: the page ends right before it. It may have expired.</param>
    /// <param name="after">A message: the page begins right after it. It may have expired.</param>
    /// <param name="limit">How many a page has at most, 1 to 100.</param>
    /// <param name="beforeSequence">A sequence: the page ends right before it. There need not be a message of that sequence.</param>
    /// <param name="afterSequence">
    /// A sequence: the page begins right after it; 0 for the oldest messages. There need not be a message of that sequence.
    /// </param>
    /// <exception cref="NotFoundException"><c>conversation.not_found</c></exception>
    /// <exception cref="MessagingException"><c>message.invalid_cursor</c>: the message is none of the conversation's.</exception>
    public async Task<MessagePage> GetAsync(
        Guid conversationId,
        Guid? before = null,
        Guid? after = null,
        int limit = 50,
        long? beforeSequence = null,
        long? afterSequence = null,
        CancellationToken cancellationToken = default)
    {
        var query = new QueryText("messages")
            .Add("conversationId", conversationId)
            .Add("before", before)
            .Add("after", after)
            .Add("beforeSequence", beforeSequence)
            .Add("afterSequence", afterSequence)
            .Add("limit", limit);
        var page = await _api.GetAsync(query, MessagingJson.Default.MessagePageEnvelope, cancellationToken).ConfigureAwait(false);

        return new MessagePage(page.Data, page.Page.HasMoreBefore, page.Page.HasMoreAfter);
    }

    /// <summary>Sends a message, or finds out what an earlier send under the same <paramref name="clientMessageId"/> did.</summary>
    /// <param name="content">1 to 5000 characters (Unicode code points), kept verbatim.</param>
    /// <param name="clientMessageId">The sender's own name for it. With it the send can be repeated safely, for ever; without it, it cannot.</param>
    /// <param name="expirationHours">Hours until it disappears, 1 to 8760; null for never.</param>
    /// <param name="maxPoints">The most that the sender agrees to pay, in points; null to pay what it costs.</param>
    /// <exception cref="ConsentRequiredException">It costs more than <paramref name="maxPoints"/>.</exception>
    /// <exception cref="InsufficientBalanceException">There are not enough points.</exception>
    /// <exception cref="NotFoundException"><c>conversation.not_found</c></exception>
    /// <exception cref="InvalidRequestException">The text or a number breaks a rule of form.</exception>
    /// <exception cref="MessagingException"><c>message.client_id_reused</c>: the id stands for another message.</exception>
    /// <exception cref="ArgumentException">The text has half a surrogate pair, which cannot be sent verbatim.</exception>
    public async Task<SentMessage> SendAsync(
        Guid conversationId,
        string content,
        Guid? clientMessageId = null,
        int? expirationHours = null,
        long? maxPoints = null,
        CancellationToken cancellationToken = default)
    {
        EnsureSendable(content);
        var sent = await _api.PostAsync(
            "messages/send",
            new SendMessageRequest(conversationId, content, expirationHours, clientMessageId, maxPoints),
            MessagingJson.Default.SendMessageRequest,
            MessagingJson.Default.SentEnvelope,
            cancellationToken).ConfigureAwait(false);

        return new SentMessage(sent.Data, sent.Charge.Points, Replayed: !sent.IsCreated);
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

    /// <summary>Free messages left today, what the next one costs, and the balance.</summary>
    public async Task<Quota> GetQuotaAsync(CancellationToken cancellationToken = default) =>
        (await _api.GetAsync(new QueryText("messages/quota"), MessagingJson.Default.EnvelopeQuota, cancellationToken).ConfigureAwait(false)).Data;

    /// <summary>JSON is UTF-8, in which half a surrogate pair would silently become another character.</summary>
    /// <exception cref="ArgumentException">There is half a surrogate pair in it.</exception>
    internal static void EnsureSendable(string content) => _utf8.GetByteCount(content);
}
