using CleanMessaging.Application.Storage;
using CleanMessaging.Domain.Primitives;
using CleanMessaging.Infrastructure.Encryption;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace CleanMessaging.Infrastructure.Persistence;

/// <summary>
/// Runs the hand-written statements of frequent reads, each in one round trip and within the <see cref="DatabaseDeadline"/> of its request.
/// It uses the connection of the request, so that a read in a transaction sees the transaction's state. The driver prepares repeated
/// statements, and PostgreSQL plans the functions in them once per connection (docs/decisions/0035-cheap-reads.md).
/// </summary>
internal sealed class RequestReader(MessagingDbContext context, MessageEncryption encryption)
{
    public Task<List<T>> ReadAsync<T>(ReadStatement statement, Func<NpgsqlDataReader, T> map, CancellationToken cancellationToken) =>
        ReadAsync(statement, command => command.ReadAllAsync(map, cancellationToken), cancellationToken);

    /// <summary>Executes a statement whose rows have texts of messages.</summary>
    public Task<List<T>> ReadAsync<T>(
        ReadStatement statement, Func<NpgsqlDataReader, MessageTexts, T> map, CancellationToken cancellationToken) =>
        ReadAsync(statement, command => command.ReadAllAsync(encryption, map, cancellationToken), cancellationToken);

    private async Task<List<T>> ReadAsync<T>(
        ReadStatement statement, Func<NpgsqlCommand, Task<List<T>>> read, CancellationToken cancellationToken)
    {
        await context.Database.OpenConnectionAsync(cancellationToken);
        try
        {
            await using var command = statement.CreateCommand((NpgsqlConnection)context.Database.GetDbConnection());
            command.CommandTimeout = StatementTimeout.Within(context.RemainingTime, command.CommandTimeout);

            return await read(command);
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

    /// <summary>
    /// Executes a command whose rows have texts of messages; returns its rows. If the key of a conversation is not in memory, loads it and
    /// executes the command again.
    /// </summary>
    public static async Task<List<T>> ReadAllAsync<T>(
        this NpgsqlCommand command,
        MessageEncryption encryption,
        Func<NpgsqlDataReader, MessageTexts, T> map,
        CancellationToken cancellationToken)
    {
        var texts = new MessageTexts(encryption);
        var rows = await command.ReadAllAsync(row => map(row, texts), cancellationToken);
        while (texts.AreKeysMissing)
        {
            await texts.LoadKeysAsync(command, cancellationToken);
            rows = await command.ReadAllAsync(row => map(row, texts), cancellationToken);
        }

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
