using CleanMessaging.Application.Attachments;
using CleanMessaging.Application.Messages;
using CleanMessaging.WebApi.Responses;

namespace CleanMessaging.WebApi.Endpoints;

/// <summary>Examples of messages with attachments.</summary>
internal static class SentAttachmentExamples
{
    public static readonly AttachmentResponse Picture = new(
        Id: new Guid("019ab0ca-1c55-7d0e-a1b2-3f5d7c9e1b24"),
        AttachmentKindName.Image,
        Name: "figures.png",
        Description: "A bar chart of the revenue of each month, rising from May to October.",
        ContentType: "image/png",
        Bytes: 48_213,
        Width: 1280,
        Height: 720,
        Blurhash: "LEHV6nWB2yk8pyo0adR*.7kCMdnj",
        DurationMs: null,
        Waveform: null);

    public static readonly MarkPlayedRequest Play = new()
    {
        ConversationId = Examples.Answer.ConversationId,
        MessageId = Examples.Answer.Id,
    };

    public static readonly Envelope<MarkedPlayed> Played = Envelope.Of(new MarkedPlayed(Examples.Answer.CreatedAt.AddMinutes(1)));

    public static readonly SendMessageRequest Send = new()
    {
        ConversationId = Examples.Answer.ConversationId,
        Content = "",
        ClientMessageId = Examples.Answer.ClientMessageId,
        AttachmentIds = [Picture.Id],
    };

    public static readonly SentEnvelope Sent = new(
        Examples.Answer with { Content = "", ExpiresAt = null, ReplyToSequence = null, Attachments = [Picture] }, new ChargeResponse(0));
}
