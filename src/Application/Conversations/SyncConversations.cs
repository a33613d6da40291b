using CleanMessaging.Application.Messages;
using CleanMessaging.Application.Pipeline;
using CleanMessaging.Application.Quotas;
using CleanMessaging.Application.Storage;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Quotas;
using FluentValidation;
using MediatR;

namespace CleanMessaging.Application.Conversations;

/// <summary>Gets the changes that a client missed in several conversations, all from one snapshot.</summary>
/// <param name="Conversations">1 to 200 conversations, without duplicates.</param>
public sealed record SyncConversationsQuery(UserId UserId, IReadOnlyList<KnownConversation> Conversations) : IQuery<SyncedConversations>
{
    public const int ConversationsMax = 200;

    /// <summary>
    /// The maximum number of changed, deleted, expired and hidden messages in one response. Conversations beyond it, or beyond 1 MB of JSON
    /// in all, are marked as not recovered.
    /// </summary>
    public const int ChangesMax = 5000;

    /// <summary>
    /// The maximum number of revisions that one response reads through. One message can have changed many times, so they can be more than
    /// the changed messages.
    /// </summary>
    public const int RevisionsMax = 50_000;
}

/// <param name="SinceRevision">The last revision that the client has; 0 for none.</param>
/// <param name="SincePersonalRevision">The last personal revision that the client has; null to get no hidden messages.</param>
public sealed record KnownConversation(Guid ConversationId, long SinceRevision, long? SincePersonalRevision);

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
            .WithError(ConversationRequestErrors.SyncOutOfRange);
        RuleFor(query => query.Conversations)
            .Must(known => known.DistinctBy(one => one.ConversationId).Count() == known.Count)
            .WithError(ConversationRequestErrors.SyncRepeated);
        RuleFor(query => query.Conversations)
            .Must(known => known.All(one => one is { SinceRevision: >= 0, SincePersonalRevision: null or >= 0 }))
            .WithError(ConversationRequestErrors.InvalidRevision);
    }
}

internal sealed class SyncConversationsHandler(
    IReadDatabase database,
    IConversationReader conversations,
    IMessageReader messages,
    ResponseBudget budget,
    QuotaPolicy policy,
    ITypingIndicators typing,
    TimeProvider clock)
    : IRequestHandler<SyncConversationsQuery, SyncedConversations>
{
    public async Task<SyncedConversations> Handle(SyncConversationsQuery query, CancellationToken cancellationToken)
    {
        var synced = await database.InSnapshotAsync(() => ReadAsync(query, cancellationToken), cancellationToken);
        var withTyping = new List<JoinedConversation>(synced.Conversations.Count);
        foreach (var conversation in synced.Conversations)
            withTyping.Add(await conversation.WithTypingAsync(query.UserId, typing, database, cancellationToken));

        return synced with { Conversations = withTyping };
    }

    private async Task<SyncedConversations> ReadAsync(SyncConversationsQuery query, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var ids = query.Conversations.Select(known => new ConversationId(known.ConversationId)).ToList();
        var found = (await conversations.ViewAsync([query.UserId], ids, now, cancellationToken))
            .Select(view => view.Conversation)
            .ToDictionary(conversation => conversation.Id);
        var quota = await database.QuotaOfAsync(query.UserId, policy, now, cancellationToken);

        var accessible = query.Conversations.Where(known => found.ContainsKey(known.ConversationId)).ToList();
        var bytes = budget.Bytes - found.Values.Sum(ConversationSize.WithoutMessages);
        var reader = new ChangeReader(messages, query.UserId, now, SyncConversationsQuery.ChangesMax, bytes);
        var changesOf = await reader.ReadAsync(WantedOf(accessible, found), cancellationToken);
        var synced = accessible.ConvertAll(known => JoinedConversation.From(
            found[known.ConversationId],
            changesOf.ContainsKey(known.ConversationId),
            changesOf.GetValueOrDefault(known.ConversationId),
            known.SincePersonalRevision is not null,
            now));

        return new SyncedConversations(synced, [.. ids.Where(id => !found.ContainsKey(id)).Select(id => id.Value)], quota, now);
    }

    /// <summary>Returns the changes of the first conversations, up to the number of revisions that are read through.</summary>
    private static List<WantedChanges> WantedOf(IReadOnlyList<KnownConversation> known, Dictionary<Guid, ConversationResponse> found)
    {
        var wanted = new List<WantedChanges>();
        var revisionsLeft = (long)SyncConversationsQuery.RevisionsMax;
        foreach (var one in known)
        {
            var conversation = found[one.ConversationId];
            var behind = conversation.Revision - one.SinceRevision;
            var changes = WantedChanges.Of(conversation, one, JoinConversationQuery.ChangesMax);
            if (changes is null || behind > revisionsLeft)
                continue;

            revisionsLeft -= behind;
            wanted.Add(changes);
        }

        return wanted;
    }
}
