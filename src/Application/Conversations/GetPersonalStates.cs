using CleanMessaging.Application.Pipeline;
using CleanMessaging.Domain.Conversations;
using CleanMessaging.Domain.Ids;
using MediatR;

namespace CleanMessaging.Application.Conversations;

/// <summary>
/// Gets the conversations whose personal state users have changed, and the messages that they have hidden by these changes.
/// </summary>
public sealed record GetPersonalStatesQuery(IReadOnlyList<PersonalStateChanged> Changes) : IQuery<IReadOnlyList<ChangedPersonalState>>;

/// <param name="Conversation">The conversation as the user sees it now.</param>
/// <param name="SincePersonalRevision">The user's personal revision before the change.</param>
/// <param name="Hidden">The sequences of all messages that the user has hidden since that revision.</param>
public sealed record ChangedPersonalState(
    UserId UserId, ConversationResponse Conversation, long SincePersonalRevision, IReadOnlyList<long> Hidden);

internal sealed class GetPersonalStatesHandler(ILiveReader reader)
    : IRequestHandler<GetPersonalStatesQuery, IReadOnlyList<ChangedPersonalState>>
{
    public Task<IReadOnlyList<ChangedPersonalState>> Handle(GetPersonalStatesQuery query, CancellationToken cancellationToken) =>
        reader.PersonalStatesAsync(query.Changes, cancellationToken);
}
