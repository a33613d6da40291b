using CleanMessaging.Application.Pipeline;
using CleanMessaging.Application.Storage;
using CleanMessaging.Domain.Conversations;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Primitives;
using FluentValidation;
using MediatR;

namespace CleanMessaging.Application.Messages;

/// <summary>Gets messages of a conversation by their sequences, for example those that replies refer to.</summary>
/// <param name="Sequences">1 to 50 different sequences.</param>
public sealed record LookUpMessagesQuery(UserId UserId, ConversationId ConversationId, IReadOnlyList<long> Sequences)
    : IQuery<FoundMessages>
{
    /// <summary>The maximum number of sequences.</summary>
    public const int SequencesMax = 50;
}

/// <param name="Messages">
/// The messages that the caller sees, oldest first. A message that has expired, was deleted, was hidden or never existed is not listed.
/// </param>
/// <param name="Omitted">
/// The sequences of messages that the caller sees, but that did not fit into 1 MB of JSON. Look them up again; the first one of a request
/// always fits.
/// </param>
public sealed record FoundMessages(IReadOnlyList<MessageResponse> Messages, IReadOnlyList<long> Omitted);

internal sealed class LookUpMessagesValidator : AbstractValidator<LookUpMessagesQuery>
{
    public LookUpMessagesValidator()
    {
        RuleFor(query => query.Sequences)
            .Must(sequences => sequences.Count is >= 1 and <= LookUpMessagesQuery.SequencesMax && sequences.All(sequence => sequence >= 1))
            .WithError(MessageRequestErrors.SequencesOutOfRange);
        RuleFor(query => query.Sequences)
            .Must(sequences => sequences.Distinct().Count() == sequences.Count)
            .WithError(MessageRequestErrors.SequencesRepeated);
    }
}

internal sealed class LookUpMessagesHandler(IMessageReader reader, ResponseBudget budget, TimeProvider clock)
    : IRequestHandler<LookUpMessagesQuery, FoundMessages>
{
    public async Task<FoundMessages> Handle(LookUpMessagesQuery query, CancellationToken cancellationToken)
    {
        var visible = await reader.ReadBySequenceAsync(
            query.UserId, query.ConversationId, query.Sequences, clock.GetUtcNow(), cancellationToken)
            ?? throw new DomainException(ConversationErrors.NotFound);
        var fitting = budget.CountFitting(visible.Select(JsonSize.Of));

        return new FoundMessages([.. visible.Take(fitting)], [.. visible.Skip(fitting).Select(message => message.Sequence)]);
    }
}
