using AutoMapper;
using CleanMessaging.Application.Storage;
using CleanMessaging.Domain.Messages;

namespace CleanMessaging.Application.Messages;

/// <summary>A message as everybody sees it, everywhere: in the answer to a send, in a page, in a preview, in a hub event.</summary>
/// <param name="Sequence">1, 2, 3 and so on in the conversation, in the order of acceptance.</param>
/// <param name="Revision">The conversation's revision at the message's latest change.</param>
/// <param name="Content">Verbatim; null only where a repeated send is answered after the message has expired.</param>
/// <param name="IsRead">Whether the other participant has read it.</param>
/// <param name="ReadAt">When they did.</param>
/// <param name="ClientMessageId">The sender's own name for it, by which the sender's devices recognize it.</param>
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
    Guid? ClientMessageId);

/// <summary>A message and when the other participant read it.</summary>
internal sealed class MessageWithReceipt
{
    public required Message Message { get; init; }

    public DateTimeOffset? ReadAt { get; init; }
}

internal sealed class MessageProfile : Profile
{
    public MessageProfile()
    {
        CreateMap<Message, MessageResponse>()
            .ForCtorParam(nameof(MessageResponse.IsRead), option => option.MapFrom(_ => false))
            .ForCtorParam(nameof(MessageResponse.ReadAt), option => option.MapFrom(_ => (DateTimeOffset?)null));
        CreateMap<MessageWithReceipt, MessageResponse>().ConvertUsing((source, _, context) => source?.Message is null
            ? null!
            : context.Mapper.Map<MessageResponse>(source.Message) with { IsRead = source.ReadAt is not null, ReadAt = source.ReadAt });

        // A message that was just sent has not been changed or read yet.
        CreateMap<MessageSent, MessageResponse>()
            .ForCtorParam(nameof(MessageResponse.Id), option => option.MapFrom(sent => sent.MessageId))
            .ForCtorParam(nameof(MessageResponse.UpdatedAt), option => option.MapFrom(sent => sent.CreatedAt))
            .ForCtorParam(nameof(MessageResponse.IsRead), option => option.MapFrom(_ => false))
            .ForCtorParam(nameof(MessageResponse.ReadAt), option => option.MapFrom(_ => (DateTimeOffset?)null));
    }
}

internal static class Receipts
{
    /// <summary>Adds to each message the time of the other participant's first read mark that reaches it.</summary>
    public static IQueryable<MessageWithReceipt> WithReceipts(this IQueryable<Message> messages, IReadDatabase database)
    {
        var marks = database.ReadMarks;

        return messages.Select(message => new MessageWithReceipt
        {
            Message = message,
            ReadAt = marks
                .Where(mark => mark.ConversationId == message.ConversationId
                    && mark.UserId != message.SenderId
                    && mark.UpToSequence >= message.Sequence)
                .OrderBy(mark => mark.UpToSequence)
                .Select(mark => (DateTimeOffset?)mark.ReadAt)
                .FirstOrDefault(),
        });
    }
}
