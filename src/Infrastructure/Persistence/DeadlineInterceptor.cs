using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace CleanMessaging.Infrastructure.Persistence;

/// <summary>
/// Lets no statement run past the time that its unit of work or query has in all, <see cref="UntilCommit"/>: many statements, each within
/// its own limit, would add up to a call that hangs.
/// </summary>
internal sealed class DeadlineInterceptor : DbCommandInterceptor, IDbConnectionInterceptor
{
    /// <summary>
    /// All that comes before a commit, from the first waiting on: for a turn, a connection, locks, answers; the last statement that begins within
    /// it has a second at least. With the commit itself (2 s, and half a second to cancel it) a call stays within 6 s.
    /// </summary>
    public static readonly TimeSpan UntilCommit = TimeSpan.FromSeconds(3.5);

    public ValueTask<InterceptionResult> ConnectionOpeningAsync(
        DbConnection connection, ConnectionEventData eventData, InterceptionResult result, CancellationToken cancellationToken = default)
    {
        _ = RemainingOf(eventData.Context);

        return ValueTask.FromResult(result);
    }

    public override ValueTask<InterceptionResult<DbDataReader>> ReaderExecutingAsync(
        DbCommand command, CommandEventData eventData, InterceptionResult<DbDataReader> result, CancellationToken cancellationToken = default)
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

    private static void Limit(DbCommand command, CommandEventData eventData)
    {
        var remaining = RemainingOf(eventData.Context);
        if (remaining <= TimeSpan.Zero)
            throw new TimeoutException("There is no time left for another statement.");

        // A command's limit counts in whole seconds; 0 would be none.
        command.CommandTimeout = Math.Clamp((int)remaining.TotalSeconds, 1, command.CommandTimeout);
    }

    private static TimeSpan RemainingOf(DbContext? context) =>
        context is MessagingDbContext messaging ? UntilCommit - messaging.Elapsed : UntilCommit;
}
