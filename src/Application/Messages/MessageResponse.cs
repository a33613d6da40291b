using AutoMapper;
using CleanMessaging.Application.Attachments;
using CleanMessaging.Domain.Messages;

namespace CleanMessaging.Application.Messages;

/// <summary>A message as clients see it, in every response and hub event: in the response to a send, in a page and in a preview.</summary>
/// <param name="Sequence">The number of the message in its conversation: 1, 2, 3 and so on, in the order of acceptance.</param>
/// <param name="Revision">The conversation's revision at the message's latest change.</param>
/// <param name="Content">
/// The current text, exactly as written; empty if the message consists of attachments only. Null in the response to a repeated send
/// whose message has expired or was deleted, and if the stored text cannot be decrypted.
/// </param>
/// <param name="UpdatedAt">The time of the message's latest change.</param>
/// <param name="IsRead">Whether the other participant has read the message.</param>
/// <param name="ReadAt">When the other participant read the message; null if unread.</param>
/// <param name="ClientMessageId">The id that the sender's client chose, by which the sender's devices recognize the message.</param>
/// <param name="EditedAt">The time of the latest edit; null if there was none.</param>
/// <param name="Version">The number of edits. An edit names the version that the user saw.</param>
/// <param name="Reactions">The reactions, at most one for each participant, in the order of their times, then of the users.</param>
/// <param name="ReplyToSequence">
/// The sequence of the earlier message that this one replies to; null if it is not a reply. That message may have expired or been deleted.
/// </param>
/// <param name="Attachments">The attachments, in the order of the send; empty if there are none.</param>
/// <param name="PlayedAt">When the receiver first played the voice message; null for other messages, and until then.</param>
public sealed record MessageResponse(
    Guid Id,
    Guid ConversationId,
    long Sequence,
    long Revision,
    Guid SenderId,
    string? Content,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt,
    DateTimeOffset? ExpiresAt,
    bool IsRead,
    DateTimeOffset? ReadAt,
    Guid? ClientMessageId,
    DateTimeOffset? EditedAt,
    int Version,
    IReadOnlyList<ReactionResponse> Reactions,
    long? ReplyToSequence,
    IReadOnlyList<AttachmentResponse> Attachments,
    DateTimeOffset? PlayedAt);

/// <param name="Emoji">One emoji, as the user sent it first: sending it again with or without U+FE0F changes nothing.</param>
/// <param name="At">When the user reacted. It is before <c>editedAt</c> if the text was edited since.</param>
public sealed record ReactionResponse(Guid UserId, string Emoji, DateTimeOffset At)
{
    public static readonly IReadOnlyList<ReactionResponse> None = [];

    public static IReadOnlyList<ReactionResponse> Of(MessageReactions? reactions) => reactions is null
        ? None
        : [.. reactions.All.Select(reaction => new ReactionResponse(reaction.UserId, reaction.Emoji.Text, reaction.At))];
}

internal sealed class MessageProfile : Profile
{
    public MessageProfile()
    {
        // Without these, AutoMapper copies the lists.
        CreateMap<IReadOnlyList<ReactionResponse>, IReadOnlyList<ReactionResponse>>().ConvertUsing(reactions => reactions);
        CreateMap<IReadOnlyList<AttachmentResponse>, IReadOnlyList<AttachmentResponse>>().ConvertUsing(attachments => attachments);

        CreateMap<Message, MessageResponse>()
            .ForCtorParam(nameof(MessageResponse.IsRead), option => option.MapFrom(_ => false))
            .ForCtorParam(nameof(MessageResponse.ReadAt), option => option.MapFrom(_ => (DateTimeOffset?)null))
            .ForCtorParam(nameof(MessageResponse.Reactions), option => option.MapFrom(message => ReactionResponse.Of(message.Reactions)))
            .ForCtorParam(
                nameof(MessageResponse.Attachments),
                option => option.MapFrom(message => AttachmentResponse.Of(message.Attachments == null ? null : message.Attachments.All)));

        // A new message is not changed, read or played yet.
        CreateMap<MessageSent, MessageResponse>()
            .ForCtorParam(nameof(MessageResponse.Id), option => option.MapFrom(sent => sent.MessageId))
            .ForCtorParam(nameof(MessageResponse.UpdatedAt), option => option.MapFrom(sent => sent.CreatedAt))
            .ForCtorParam(nameof(MessageResponse.EditedAt), option => option.MapFrom(_ => (DateTimeOffset?)null))
            .ForCtorParam(nameof(MessageResponse.Version), option => option.MapFrom(_ => 0))
            .ForCtorParam(nameof(MessageResponse.IsRead), option => option.MapFrom(_ => false))
            .ForCtorParam(nameof(MessageResponse.ReadAt), option => option.MapFrom(_ => (DateTimeOffset?)null))
            .ForCtorParam(nameof(MessageResponse.Reactions), option => option.MapFrom(_ => ReactionResponse.None))
            .ForCtorParam(nameof(MessageResponse.Attachments), option => option.MapFrom(sent => AttachmentResponse.Of(sent.Attachments)))
            .ForCtorParam(nameof(MessageResponse.PlayedAt), option => option.MapFrom(_ => (DateTimeOffset?)null));
    }
}
