using CleanMessaging.Application.Messages;
using CleanMessaging.Application.Pipeline;
using CleanMessaging.Application.Storage;
using CleanMessaging.Domain.Conversations;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Primitives;
using FluentValidation;
using MediatR;

namespace CleanMessaging.Application.Conversations;

/// <summary>
/// Gets the position of a conversation and its changes since a revision. The hub sends it right after it adds the connection to the group.
/// </summary>
/// <param name="SinceRevision">The last revision that the reader has; 0 for none. Null to get only the position, without changes.</param>
/// <param name="SincePersonalRevision">
/// The last personal revision that the reader has; null to get no hidden messages. Without <paramref name="SinceRevision"/> it has no
/// effect.
/// </param>
public sealed record JoinConversationQuery(
    UserId UserId, ConversationId ConversationId, long? SinceRevision, long? SincePersonalRevision = null) : IQuery<JoinedConversation>
{
    /// <summary>The maximum number of changed, deleted, expired and hidden messages in one response.</summary>
    public const int ChangesMax = 500;
}

/// <param name="LastSequence">The sequence of the newest message, expired or not.</param>
/// <param name="Revision">
/// The response contains every change up to this revision that has not expired; later changes arrive as events.
/// </param>
/// <param name="Recovered">
/// Whether <paramref name="Messages"/>, <paramref name="Deleted"/>, <paramref name="Expired"/> and <paramref name="Hidden"/> contain all
/// changes since the requested revisions. False if there are more than 500 changed, deleted, expired and hidden messages, 5000 revisions or
/// 1 MB of JSON, or if the conversation never had those revisions: then fetch pages of messages instead. Null if no changes were requested.
/// </param>
/// <param name="Messages">
/// The changed messages that are visible, each once, in the order of their latest changes. A missing revision belongs to an expired,
/// hidden or cleared message, to an earlier change of one of these messages, or to a change of the default expiration.
/// </param>
/// <param name="Deleted">The messages that were deleted for everyone, in the order of the deletions.</param>
/// <param name="Expired">
/// The sequences of messages whose expiry was moved earlier, and which have expired: a client that holds one must remove it.
/// </param>
/// <param name="ServerTime">The server's current time, for countdowns on clients with a wrong clock.</param>
/// <param name="DefaultExpirationHours">
/// The hours after which a message expires whose sender has not chosen otherwise; null for never.
/// </param>
/// <param name="DefaultExpirationSetBy">The participant who last set or removed it; null if no one did.</param>
/// <param name="Typing">The other participants who are typing.</param>
/// <param name="Personal">What the user has done with the conversation for themselves.</param>
/// <param name="Hidden">
/// The sequences of the messages that the user has hidden since the requested personal revision, in that order. Null if they were not
/// requested.
/// </param>
public sealed record JoinedConversation(
    Guid ConversationId,
    long LastSequence,
    long Revision,
    int UnreadCount,
    IReadOnlyList<ParticipantResponse> Participants,
    bool? Recovered,
    IReadOnlyList<MessageResponse> Messages,
    IReadOnlyList<Tombstone> Deleted,
    IReadOnlyList<long> Expired,
    DateTimeOffset ServerTime,
    int? DefaultExpirationHours,
    Guid? DefaultExpirationSetBy,
    IReadOnlyList<TypingUser> Typing,
    PersonalState Personal,
    IReadOnlyList<long>? Hidden)
{
    /// <param name="changes">The changes since the requested revision; null if they are not complete, or were not requested.</param>
    /// <param name="withHidden">Whether the hidden messages were requested.</param>
    internal static JoinedConversation From(
        ConversationResponse conversation,
        bool? recovered,
        ConversationChanges? changes,
        bool withHidden,
        DateTimeOffset now) => new(
            conversation.Id,
            conversation.LastSequence,
            conversation.Revision,
            conversation.UnreadCount,
            conversation.Participants,
            recovered,
            changes?.Messages ?? [],
            changes?.Deleted ?? [],
            changes?.Expired ?? [],
            now,
            conversation.DefaultExpirationHours,
            conversation.DefaultExpirationSetBy,
            Typing: [],
            conversation.Personal,
            withHidden ? changes?.Hidden ?? [] : null);
}

internal sealed class JoinConversationValidator : AbstractValidator<JoinConversationQuery>
{
    public JoinConversationValidator()
    {
        RuleFor(query => query.SinceRevision)
            .GreaterThanOrEqualTo(0)
            .WithError(ConversationRequestErrors.InvalidRevision);
        RuleFor(query => query.SincePersonalRevision)
            .GreaterThanOrEqualTo(0)
            .WithError(ConversationRequestErrors.InvalidRevision);
    }
}

internal sealed class JoinConversationHandler(
    ILiveReader live, IMessageReader messages, ResponseBudget budget, ITypingIndicators typing, IReadDatabase database)
    : IRequestHandler<JoinConversationQuery, JoinedConversation>
{
    public async Task<JoinedConversation> Handle(JoinConversationQuery query, CancellationToken cancellationToken)
    {
        var joined = await ReadAsync(query, cancellationToken);

        return await joined.WithTypingAsync(query.UserId, typing, database, cancellationToken);
    }

    private async Task<JoinedConversation> ReadAsync(JoinConversationQuery query, CancellationToken cancellationToken)
    {
        var (conversation, at) = await live.JoinAsync(query.UserId, query.ConversationId, cancellationToken)
            ?? throw new DomainException(ConversationErrors.NotFound);
        var withHidden = query is { SinceRevision: not null, SincePersonalRevision: not null };
        if (query.SinceRevision is not { } since)
            return JoinedConversation.From(conversation, recovered: null, changes: null, withHidden, at);

        var known = new KnownConversation(query.ConversationId, since, query.SincePersonalRevision);
        var wanted = WantedChanges.Of(conversation, known, JoinConversationQuery.ChangesMax);
        if (wanted is null)
            return JoinedConversation.From(conversation, recovered: false, changes: null, withHidden, at);

        // Reads the messages after the position, so that they include at least every change up to the returned revision.
        var bytes = budget.Bytes - ConversationSize.WithoutMessages(conversation);
        var reader = new ChangeReader(messages, query.UserId, at, JoinConversationQuery.ChangesMax, bytes);
        var changes = await reader.ReadAsync(wanted, cancellationToken);

        return JoinedConversation.From(conversation, changes is not null, changes, withHidden, at);
    }
}
