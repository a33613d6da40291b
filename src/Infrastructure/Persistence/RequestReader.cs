using CleanMessaging.Application.Storage;
using CleanMessaging.Domain.Primitives;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace CleanMessaging.Infrastructure.Persistence;

/// <summary>
/// Runs the hand-written statements of frequent reads, each in one round trip and within the <see cref="DatabaseDeadline"/> of its request.
/// It uses the connection of the request, so that a read in a transaction sees the transaction's state. The driver prepares repeated
/// statements, and PostgreSQL plans the functions in them once per connection (docs/decisions/0035-cheap-reads.md).
/// </summary>
internal sealed class RequestReader(MessagingDbContext context)
{
    public async Task<List<T>> ReadAsync<T>(ReadStatement statement, Func<NpgsqlDataReader, T> map, CancellationToken cancellationToken)
    {
        await context.Database.OpenConnectionAsync(cancellationToken);
        try
        {
            await using var command = statement.CreateCommand((NpgsqlConnection)context.Database.GetDbConnection());
            command.CommandTimeout = StatementTimeout.Within(context.RemainingTime, command.CommandTimeout);

            return await command.ReadAllAsync(map, cancellationToken);
        }
        finally
        {
            await context.Database.CloseConnectionAsync();
        }
    }
}

/// <summary>A statement with positional parameters.</summary>
internal sealed record ReadStatement(string Sql, params NpgsqlParameter[] Parameters)
{
    public NpgsqlCommand CreateCommand(NpgsqlConnection connection)
    {
        var command = new NpgsqlCommand(Sql, connection);
        command.Parameters.AddRange(Parameters);

        return command;
    }

    public NpgsqlBatchCommand CreateBatchCommand()
    {
        var command = new NpgsqlBatchCommand(Sql);
        foreach (var parameter in Parameters)
            command.Parameters.Add(parameter);

        return command;
    }
}

internal static class CommandRows
{
    /// <summary>Executes a command; returns its rows.</summary>
    public static async Task<List<T>> ReadAllAsync<T>(
        this NpgsqlCommand command, Func<NpgsqlDataReader, T> map, CancellationToken cancellationToken)
    {
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var rows = new List<T>();
        while (await reader.ReadAsync(cancellationToken))
            rows.Add(map(reader));

        return rows;
    }
}

/// <summary>Creates the parameters of hand-written statements.</summary>
internal static class Parameter
{
    public static NpgsqlParameter Of<T>(T value) => new NpgsqlParameter<T> { TypedValue = value };

    /// <summary>Creates a parameter from an instant, in the resolution of stored times.</summary>
    public static NpgsqlParameter Of(DateTimeOffset time) => new NpgsqlParameter<DateTime> { TypedValue = time.ToStored().UtcDateTime };

    /// <summary>Creates a parameter that is NULL without a value.</summary>
    public static NpgsqlParameter OfNullable<T>(T? value)
        where T : struct =>
        new NpgsqlParameter<T?> { TypedValue = value };
}
