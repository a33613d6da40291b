using System.Data.Common;
using CleanMessaging.Application.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace CleanMessaging.Infrastructure.Persistence;

/// <summary>
/// Stops every statement at the <see cref="DatabaseDeadline"/> of its request. Without it, many statements, each within its own limit,
/// could add up to a request that hangs.
/// </summary>
internal sealed class DeadlineInterceptor : DbCommandInterceptor, IDbConnectionInterceptor
{
    public ValueTask<InterceptionResult> ConnectionOpeningAsync(
        DbConnection connection, ConnectionEventData eventData, InterceptionResult result, CancellationToken cancellationToken = default)
    {
        // The time starts with the first connection, before the first statement.
        _ = RemainingTimeOf(eventData.Context);

        return ValueTask.FromResult(result);
    }

    public override ValueTask<InterceptionResult<DbDataReader>> ReaderExecutingAsync(
        DbCommand command,
        CommandEventData eventData,
        InterceptionResult<DbDataReader> result,
        CancellationToken cancellationToken = default)
    {
        Limit(command, eventData);

        return ValueTask.FromResult(result);
    }

    public override ValueTask<InterceptionResult<object>> ScalarExecutingAsync(
        DbCommand command, CommandEventData eventData, InterceptionResult<object> result, CancellationToken cancellationToken = default)
    {
        Limit(command, eventData);

        return ValueTask.FromResult(result);
    }

    public override ValueTask<InterceptionResult<int>> NonQueryExecutingAsync(
        DbCommand command, CommandEventData eventData, InterceptionResult<int> result, CancellationToken cancellationToken = default)
    {
        Limit(command, eventData);

        return ValueTask.FromResult(result);
    }

    private static void Limit(DbCommand command, CommandEventData eventData) =>
        command.CommandTimeout = StatementTimeout.Within(RemainingTimeOf(eventData.Context), command.CommandTimeout);

    private static TimeSpan RemainingTimeOf(DbContext? context) => ((MessagingDbContext)context!).RemainingTime;
}
