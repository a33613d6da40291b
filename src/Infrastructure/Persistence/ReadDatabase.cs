using System.Data;
using CleanMessaging.Application.Storage;
using CleanMessaging.Domain.Conversations;
using CleanMessaging.Domain.Messages;
using CleanMessaging.Domain.Quotas;
using CleanMessaging.Domain.Users;
using CleanMessaging.Domain.Wallets;
using Microsoft.EntityFrameworkCore;

namespace CleanMessaging.Infrastructure.Persistence;

internal sealed class ReadDatabase(MessagingDbContext context) : IReadDatabase
{
    public IQueryable<User> Users => context.Users.AsNoTracking();

    public IQueryable<Conversation> Conversations => context.Conversations.AsNoTracking();

    public IQueryable<Participant> Participants => context.Participants.AsNoTracking();

    public IQueryable<ReadMark> ReadMarks => context.ReadMarks.AsNoTracking();

    public IQueryable<MessageAnchor> MessageAnchors => context.MessageAnchors.AsNoTracking();

    public IQueryable<MessageQuota> Quotas => context.Quotas.AsNoTracking();

    public IQueryable<Wallet> Wallets => context.Wallets.AsNoTracking();

    public IQueryable<WalletTransaction> WalletTransactions => context.WalletTransactions.AsNoTracking();

    public async Task<TResult> InSnapshotAsync<TResult>(Func<Task<TResult>> read, CancellationToken cancellationToken)
    {
        await using var snapshot = await context.Database.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);

        return await read();
    }

    public async Task<IReadOnlyList<long>> SizesOfChangesAsync(
        IReadOnlyList<Guid> conversationIds, IReadOnlyList<long> sinceRevisions, DateTimeOffset now, int bytesPerMessage, CancellationToken cancellationToken)
    {
        var (ids, revisions) = (conversationIds.ToArray(), sinceRevisions.ToArray());

        // The condition on expires_at is the same as Message.VisibleAt. PostgreSQL knows the length of a text without reading it.
        return await context.Database
            .SqlQuery<long>(
                $"""
                SELECT (
                    SELECT coalesce(sum(octet_length(message.content) + {bytesPerMessage}), 0)::bigint
                    FROM messages AS message
                    WHERE message.conversation_id = known.id AND message.revision > known.revision
                        AND (message.expires_at IS NULL OR message.expires_at > {now})) AS "Value"
                FROM unnest({ids}, {revisions}) WITH ORDINALITY AS known (id, revision, place)
                ORDER BY known.place
                """)
            .ToListAsync(cancellationToken);
    }

    public IQueryable<Message> VisibleMessages(DateTimeOffset now) => context.Messages.AsNoTracking().Where(Message.VisibleAt(now));

    public IQueryable<Message> NearestVisible(Guid conversationId, DateTimeOffset now, PageAnchor place, int atMost)
    {
        var anchorId = place.AnchorId;
        var own = place.WithAnchor ? 1 : 0;
        var below = place.Sequence is { } last && last < long.MaxValue ? last + own : place.Sequence;
        var beyond = place.Sequence - own;
        var nearest = place.Direction == PageDirection.Older
            ? context.Messages.FromSql(
                $"""
                SELECT * FROM newest_visible(
                    {conversationId}, {now}, 0,
                    coalesce({below}, (SELECT CASE WHEN conversation_id = {conversationId} THEN sequence + {own} END FROM messages WHERE id = {anchorId}), {long.MaxValue}), {atMost})
                """)
            : context.Messages.FromSql(
                $"""
                SELECT * FROM oldest_visible(
                    {conversationId}, {now},
                    coalesce({beyond}, (SELECT CASE WHEN conversation_id = {conversationId} THEN sequence - {own} END FROM messages WHERE id = {anchorId}), 0), {long.MaxValue}, {atMost})
                """);

        return nearest.AsNoTracking().Where(Message.VisibleAt(now));
    }
}
