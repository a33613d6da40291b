using AutoMapper;
using CleanMessaging.Application.Storage;
using CleanMessaging.Domain.Messages;

namespace CleanMessaging.Application.Messages;

/// <summary>A message as clients see it, in every response and hub event: in the response to a send, in a page and in a preview.</summary>
/// <param name="Sequence">The number of the message in its conversation: 1, 2, 3 and so on, in the order of acceptance.</param>
/// <param name="Revision">The conversation's revision at the message's latest change.</param>
/// <param name="Content">The text, exactly as sent; null only in the response to a repeated send whose message has expired.</param>
/// <param name="IsRead">Whether the other participant has read the message.</param>
/// <param name="ReadAt">When the other participant read the message; null if unread.</param>
/// <param name="ClientMessageId">The id that the sender's client chose, by which the sender's devices recognize the message.</param>
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

/// <summary>A message and the time at which the other participant read it.</summary>
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

        // A new message is not changed or read yet.
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
