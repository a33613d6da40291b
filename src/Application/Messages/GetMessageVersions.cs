using CleanMessaging.Application.Pipeline;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Messages;
using CleanMessaging.Domain.Primitives;
using MediatR;

namespace CleanMessaging.Application.Messages;

/// <summary>Gets the texts that a message has had, oldest first, the current one included.</summary>
public sealed record GetMessageVersionsQuery(UserId UserId, MessageId MessageId) : IQuery<IReadOnlyList<MessageVersionResponse>>;

/// <param name="Number">0 for the text as it was sent; each edit increases it by one.</param>
/// <param name="Content">Null if the stored text cannot be decrypted.</param>
/// <param name="WrittenAt">When the text was sent or edited.</param>
public sealed record MessageVersionResponse(int Number, string? Content, DateTimeOffset WrittenAt);

/// <summary>Who sees the earlier texts of edited messages.</summary>
public enum EditHistory
{
    /// <summary>Both participants of the conversation.</summary>
    Participants,
    Nobody,
}

/// <summary>The setting that determines who sees the earlier texts of edited messages.</summary>
public sealed record EditHistoryVisibility(EditHistory SeenBy);

internal sealed class GetMessageVersionsHandler(IMessageReader reader, EditHistoryVisibility visibility, TimeProvider clock)
    : IRequestHandler<GetMessageVersionsQuery, IReadOnlyList<MessageVersionResponse>>
{
    public async Task<IReadOnlyList<MessageVersionResponse>> Handle(GetMessageVersionsQuery query, CancellationToken cancellationToken)
    {
        if (visibility.SeenBy == EditHistory.Nobody)
            throw new DomainException(MessageErrors.HistoryHidden);

        var versions = await reader.ReadVersionsAsync(query.UserId, query.MessageId, clock.GetUtcNow(), cancellationToken);

        return versions.Count > 0 ? versions : throw new DomainException(MessageErrors.NotFound);
    }
}
