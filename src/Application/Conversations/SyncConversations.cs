using AutoMapper;
using CleanMessaging.Application.Messages;
using CleanMessaging.Application.Pipeline;
using CleanMessaging.Application.Quotas;
using CleanMessaging.Application.Storage;
using CleanMessaging.Domain.Conversations;
using CleanMessaging.Domain.Quotas;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace CleanMessaging.Application.Conversations;

/// <summary>Gets the changes that a client missed in several conversations, all from one snapshot.</summary>
/// <param name="Conversations">1 to 200 conversations, without duplicates.</param>
public sealed record SyncConversationsQuery(Guid UserId, IReadOnlyList<KnownConversation> Conversations) : IQuery<SyncedConversations>
{
    public const int ConversationsMax = 200;

    /// <summary>The maximum number of changes in one response. Conversations beyond it, or beyond 1 MB of JSON in all, are marked as not recovered.</summary>
    public const int ChangesMax = 5000;
}

/// <param name="SinceRevision">The last revision that the client has; 0 for none.</param>
public sealed record KnownConversation(Guid ConversationId, long SinceRevision);

/// <param name="Conversations">The requested conversations in the requested order, each in the form of the response to a join.</param>
/// <param name="Inaccessible">The requested conversations that do not exist or that the user does not participate in.</param>
/// <param name="Quota">Free messages, price and balance.</param>
/// <param name="ServerTime">The server's current time, for countdowns on clients with a wrong clock.</param>
public sealed record SyncedConversations(
    IReadOnlyList<JoinedConversation> Conversations,
    IReadOnlyList<Guid> Inaccessible,
    QuotaResponse Quota,
    DateTimeOffset ServerTime);

internal sealed class SyncConversationsValidator : AbstractValidator<SyncConversationsQuery>
{
    public SyncConversationsValidator()
    {
        RuleFor(query => query.Conversations)
            .Must(known => known.Count is > 0 and <= SyncConversationsQuery.ConversationsMax)
            .WithError(ConversationErrors.SyncOutOfRange);
        RuleFor(query => query.Conversations)
            .Must(known => known.DistinctBy(one => one.ConversationId).Count() == known.Count)
            .WithError(ConversationErrors.SyncRepeated);
        RuleFor(query => query.Conversations)
            .Must(known => known.All(one => one.SinceRevision >= 0))
            .WithError(ConversationErrors.InvalidRevision);
    }
}

internal sealed class SyncConversationsHandler(IReadDatabase database, ResponseBudget budget, QuotaPolicy policy, TimeProvider clock, IMapper mapper)
    : IRequestHandler<SyncConversationsQuery, SyncedConversations>
{
    public Task<SyncedConversations> Handle(SyncConversationsQuery query, CancellationToken cancellationToken) =>
        database.InSnapshotAsync(() => ReadAsync(query, cancellationToken), cancellationToken);

    private async Task<SyncedConversations> ReadAsync(SyncConversationsQuery query, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var ids = query.Conversations.Select(known => known.ConversationId).ToList();
        var views = await database.ConversationsOf(query.UserId, now)
            .Where(view => ids.Contains(view.Conversation.Id))
            .ToDictionaryAsync(view => view.Conversation.Id, cancellationToken);
        var quota = await database.QuotaOfAsync(query.UserId, policy, now, cancellationToken);

        var accessible = query.Conversations.Where(known => views.ContainsKey(known.ConversationId)).ToList();
        var changesOf = await ReadChangesAsync(accessible, views, now, cancellationToken);
        var conversations = accessible.ConvertAll(known => JoinedConversation.From(
            views[known.ConversationId],
            changesOf.ContainsKey(known.ConversationId),
            mapper.Map<IReadOnlyList<MessageResponse>>(changesOf.GetValueOrDefault(known.ConversationId, [])),
            now));

        return new SyncedConversations(conversations, [.. ids.Where(id => !views.ContainsKey(id))], quota, now);
    }

    /// <summary>Reads the changes of the recovered conversations: the first ones, up to both limits.</summary>
    private async Task<IReadOnlyDictionary<Guid, List<MessageWithReceipt>>> ReadChangesAsync(
        IReadOnlyList<KnownConversation> known, Dictionary<Guid, ConversationView> views, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var reader = new ChangeReader(database, now, budget.Bytes - views.Values.Sum(ConversationSize.WithoutMessages));
        var wanted = new List<WantedChanges>();
        var changesLeft = (long)SyncConversationsQuery.ChangesMax;
        foreach (var (conversationId, since) in known)
        {
            var behind = views[conversationId].Conversation.Revision - since;
            if (behind is < 0 or > JoinConversationQuery.ChangesMax || behind > changesLeft)
                continue;

            changesLeft -= behind;
            wanted.Add(new WantedChanges(conversationId, since, behind));
        }

        return await reader.ReadAsync(wanted, cancellationToken);
    }
}
