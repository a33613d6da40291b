using System.Collections.Concurrent;
using System.Data.Common;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Npgsql;

namespace CleanMessaging.Api.Tests.Persistence;

/// <summary>An executed statement and the request that caused it.</summary>
internal sealed record RecordedStatement(string Request, string Sql, IReadOnlyList<NpgsqlParameter> Parameters);

/// <summary>Records every command that EF Core runs, with its parameters and the request that caused it.</summary>
internal sealed class CommandRecorder : DbCommandInterceptor
{
    private volatile string _request = "preparation";

    public ConcurrentQueue<RecordedStatement> Statements { get; } = [];

    /// <summary>Sets the name of the next request; the first call discards earlier records.</summary>
    public void Start(string request)
    {
        if (_request == "preparation")
            Statements.Clear();

        _request = request;
    }

    public override ValueTask<InterceptionResult<DbDataReader>> ReaderExecutingAsync(
        DbCommand command,
        CommandEventData eventData,
        InterceptionResult<DbDataReader> result,
        CancellationToken cancellationToken = default)
    {
        Record(command);

        return ValueTask.FromResult(result);
    }

    public override ValueTask<InterceptionResult<int>> NonQueryExecutingAsync(
        DbCommand command, CommandEventData eventData, InterceptionResult<int> result, CancellationToken cancellationToken = default)
    {
        Record(command);

        return ValueTask.FromResult(result);
    }

    private void Record(DbCommand command) => Statements.Enqueue(
        new RecordedStatement(
            _request, command.CommandText, [.. command.Parameters.Cast<NpgsqlParameter>().Select(parameter => parameter.Clone())]));
}
