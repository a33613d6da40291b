using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace CleanMessaging.Infrastructure.Persistence;

/// <summary>Begins the transaction of a unit of work with its first statement.</summary>
internal sealed class TransactionInterceptor : DbCommandInterceptor, IDbConnectionInterceptor
{
    /// <summary>Opens the connection of an attempt, no later than its time before the commit allows.</summary>
    public async ValueTask<InterceptionResult> ConnectionOpeningAsync(
        DbConnection connection, ConnectionEventData eventData, InterceptionResult result, CancellationToken cancellationToken = default)
    {
        if (eventData.Context is not MessagingDbContext { Attempt: { } attempt })
            return result;

        await connection.OpenAsync(attempt.UntilCommit);

        return InterceptionResult.Suppress();
    }

    public override async ValueTask<InterceptionResult<DbDataReader>> ReaderExecutingAsync(
        DbCommand command,
        CommandEventData eventData,
        InterceptionResult<DbDataReader> result,
        CancellationToken cancellationToken = default)
    {
        await EnsureTransactionAsync(eventData.Context);

        return result;
    }

    public override async ValueTask<InterceptionResult<object>> ScalarExecutingAsync(
        DbCommand command, CommandEventData eventData, InterceptionResult<object> result, CancellationToken cancellationToken = default)
    {
        await EnsureTransactionAsync(eventData.Context);

        return result;
    }

    public override async ValueTask<InterceptionResult<int>> NonQueryExecutingAsync(
        DbCommand command, CommandEventData eventData, InterceptionResult<int> result, CancellationToken cancellationToken = default)
    {
        await EnsureTransactionAsync(eventData.Context);

        return result;
    }

    private static ValueTask EnsureTransactionAsync(DbContext? context) =>
        context is MessagingDbContext messaging ? messaging.EnsureTransactionAsync() : ValueTask.CompletedTask;
}
