using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace CleanMessaging.Infrastructure.Persistence;

/// <summary>Creates batches that lock rows for the rest of a unit of work.</summary>
internal static class LockingBatch
{
    /// <summary>
    /// Creates a batch in the transaction of the current attempt, within the time that remains for it. The transaction begins if it has not
    /// begun.
    /// </summary>
    /// <exception cref="InvalidOperationException">There is no unit of work, so nothing would keep the rows locked.</exception>
    public static async Task<NpgsqlBatch> CreateLockingBatchAsync(this MessagingDbContext context, IEnumerable<ReadStatement> statements)
    {
        await context.EnsureTransactionAsync();
        if (context.Database.CurrentTransaction is null)
            throw new InvalidOperationException("Only a unit of work can keep rows locked.");

        var batch = new NpgsqlBatch((NpgsqlConnection)context.Database.GetDbConnection());
        batch.Timeout = StatementTimeout.Within(context.RemainingTime, batch.Timeout);
        foreach (var statement in statements)
            batch.BatchCommands.Add(statement.CreateBatchCommand());

        return batch;
    }
}
