using CleanMessaging.Application.Wallets;
using CleanMessaging.Domain.Primitives;
using CleanMessaging.Domain.Wallets;
using Microsoft.EntityFrameworkCore;

namespace CleanMessaging.Infrastructure.Persistence.Wallets;

internal sealed class WalletRepository(MessagingDbContext context) : IWallets
{
    private static readonly TimeSpan _verificationLimit = TimeSpan.FromSeconds(60);

    public async Task<Wallet> LoadAsync(Guid userId, CancellationToken cancellationToken) =>
        await context.Wallets
            .FromSql($"SELECT * FROM wallets WHERE user_id = {userId} FOR NO KEY UPDATE")
            .SingleOrDefaultAsync(cancellationToken)
        ?? throw new DomainException(WalletErrors.NotFound);

    public Task<WalletTransaction?> FindTransactionAsync(Guid transactionId, CancellationToken cancellationToken) =>
        context.WalletTransactions.AsNoTracking().SingleOrDefaultAsync(line => line.Id == transactionId, cancellationToken);

    public Task<WalletTransaction?> FindByIdempotencyKeyAsync(string idempotencyKey, CancellationToken cancellationToken) =>
        context.WalletTransactions.AsNoTracking().SingleOrDefaultAsync(line => line.IdempotencyKey == idempotencyKey, cancellationToken);

    public Task<bool> IsReversedAsync(Guid transactionId, CancellationToken cancellationToken) =>
        context.WalletTransactions.AnyAsync(line => line.ReversesId == transactionId, cancellationToken);

    public async Task<LedgerVerification> VerifyAsync(CancellationToken cancellationToken)
    {
        // A whole ledger takes longer to read than a request may otherwise keep the database busy.
        context.Database.SetCommandTimeout(_verificationLimit);
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        await context.Database.ExecuteSqlAsync($"SET LOCAL statement_timeout = '60s'", cancellationToken);

        // One statement, so that totals and differences are of one snapshot.
        var rows = await context.Database.SqlQuery<VerificationRow>(
            $"""
            WITH lines AS (
                SELECT id, user_id, number, type, amount, balance_after, message_id, reverses_id,
                       lag(number, 1, 0::bigint) OVER wallet + 1 AS expected_number,
                       lag(balance_after, 1, 0::bigint) OVER wallet + amount AS expected_balance
                FROM wallet_transactions
                WINDOW wallet AS (PARTITION BY user_id ORDER BY number)),
            sums AS (
                SELECT user_id, sum(amount)::bigint AS total, max(number) AS last_number FROM lines GROUP BY user_id),
            paid AS (
                SELECT message_id, -sum(amount)::bigint AS points FROM lines WHERE type = 'SPEND' AND message_id IS NOT NULL GROUP BY message_id),
            differences AS (
                SELECT 'balance' AS kind, wallets.user_id AS subject_id, coalesce(total, 0) AS expected, balance AS actual
                FROM wallets LEFT JOIN sums USING (user_id)
                WHERE balance <> coalesce(total, 0) OR wallets.last_number <> coalesce(sums.last_number, 0)
                UNION ALL
                SELECT 'chain', id, expected_balance, balance_after FROM lines
                WHERE number <> expected_number OR balance_after <> expected_balance
                UNION ALL
                SELECT 'message', coalesce(messages.id, paid.message_id), coalesce(points_charged, 0), coalesce(points, 0)
                FROM (SELECT id, points_charged FROM messages WHERE points_charged > 0) AS messages
                FULL JOIN paid ON paid.message_id = messages.id
                WHERE coalesce(points_charged, 0) <> coalesce(points, 0)
                UNION ALL
                SELECT 'reversal', reversal.id, -original.amount, reversal.amount
                FROM lines AS reversal JOIN lines AS original ON original.id = reversal.reverses_id
                WHERE reversal.amount <> -original.amount OR reversal.user_id <> original.user_id)
            SELECT '' AS kind, NULL::uuid AS subject_id, (SELECT count(*) FROM wallets) AS expected, (SELECT count(*) FROM lines) AS actual,
                   (SELECT coalesce(sum(balance), 0)::bigint FROM wallets) AS total
            UNION ALL
            (SELECT kind, subject_id, expected, actual, 0 FROM differences LIMIT 100)
            """).ToListAsync(cancellationToken);

        var totals = rows.Single(row => row.SubjectId is null);
        var differences = rows
            .Where(row => row.SubjectId is not null)
            .Select(row => new LedgerDifference(row.Kind, row.SubjectId.GetValueOrDefault(), row.Expected, row.Actual))
            .ToList();

        return new LedgerVerification(differences.Count == 0, totals.Expected, totals.Actual, totals.Total, differences);
    }

    public void Add(Wallet wallet) => context.Wallets.Add(wallet);

    /// <summary>A difference; or, without a subject, the counts of wallets and lines and the total of all balances.</summary>
    private sealed record VerificationRow(string Kind, Guid? SubjectId, long Expected, long Actual, long Total);
}
