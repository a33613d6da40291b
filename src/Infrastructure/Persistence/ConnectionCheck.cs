using System.Data;
using System.Text.RegularExpressions;
using CleanMessaging.Infrastructure.Postgres;
using Npgsql;

namespace CleanMessaging.Infrastructure.Persistence;

/// <summary>
/// Checks at startup that database connections behave as the application requires. A connection pooler may silently drop a session's
/// options, so that statements have no time limit and use other plans. It may also distribute the statements of one session over several
/// backends, of which only one knows a prepared statement.
/// </summary>
public static partial class ConnectionCheck
{
    private const int BackendsMax = 10;
    private const string Documentation = "See docs/deployment.md, Connection poolers.";

    /// <exception cref="UnsuitableConnectionException">Connections do not behave as needed; the message says what to change.</exception>
    /// <exception cref="NpgsqlException">The database cannot be reached.</exception>
    public static async Task RunAsync(DatabaseConnections connections, CancellationToken cancellationToken)
    {
        await CheckAsync(PersistenceRegistration.ForRequests(connections), DatabaseConnections.MessagingName, cancellationToken);
        await CheckAsync(PersistenceRegistration.ForSends(connections), DatabaseConnections.SendsName, cancellationToken);
    }

    /// <summary>
    /// Checks that a connection for migrations goes to PostgreSQL directly: behind a pooler, the session's advisory lock would stay with a
    /// backend.
    /// </summary>
    /// <exception cref="UnsuitableConnectionException">The connection goes to a connection pooler.</exception>
    internal static async Task EnsureDirectAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        if (await IsPooledAsync(connection, cancellationToken))
        {
            throw Unsuitable(
                DatabaseConnections.MigrationName,
                "migrations need a direct connection to PostgreSQL, but this one goes through a connection pooler.");
        }
    }

    private static async Task CheckAsync(string connectionString, string name, CancellationToken cancellationToken)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false };
        await using var connection = new NpgsqlConnection(settings.ConnectionString);
        await connection.OpenAsync(cancellationToken);
        await CheckOptionsAsync(connection, settings.Options ?? "", name, cancellationToken);
        if (await SettingOfAsync(connection, "client_min_messages", cancellationToken) == "error")
        {
            throw Unsuitable(name, "client_min_messages is error, which suppresses PostgreSQL's warning about a commit that no standby "
                + "has confirmed. Set it to warning.");
        }

        if (!await IsPooledAsync(connection, cancellationToken))
            return;

        if (!settings.NoResetOnClose)
        {
            throw Unsuitable(name, "the connection goes through a connection pooler, and connections are reset when they are closed. Set "
                + "No Reset On Close=true.");
        }

        if (settings.MaxAutoPrepare > 0 && !await KeepsPreparedStatementsAsync(connection, settings, cancellationToken))
        {
            throw Unsuitable(name, "the connection goes through a connection pooler that loses prepared statements. Set Max Auto "
                + "Prepare=0, or use PgBouncer 1.21 or newer.");
        }
    }

    /// <summary>Compares the options in force with the requested ones, both in PostgreSQL's own notation.</summary>
    private static async Task CheckOptionsAsync(
        NpgsqlConnection connection, string options, string name, CancellationToken cancellationToken)
    {
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.ReadCommitted, cancellationToken);
        foreach (var (option, value) in Asked(options))
        {
            await using var compare = new NpgsqlCommand("SELECT current_setting($1), set_config($1, $2, true)", connection, transaction)
            {
                Parameters = { new NpgsqlParameter { Value = option }, new NpgsqlParameter { Value = value } },
            };
            await using var reader = await compare.ExecuteReaderAsync(cancellationToken);
            await reader.ReadAsync(cancellationToken);
            var (inForce, asked) = (reader.GetString(0), reader.GetString(1));
            if (inForce != asked)
            {
                throw Unsuitable(
                    name, $"{option} is {inForce}, where {asked} was asked for. A connection pooler has dropped the session's options: set them there.");
            }
        }
    }

    private static async Task<string> SettingOfAsync(NpgsqlConnection connection, string name, CancellationToken cancellationToken)
    {
        await using var command =
            new NpgsqlCommand("SELECT current_setting($1)", connection) { Parameters = { new NpgsqlParameter { Value = name } } };

        return (string)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>Returns the requested options. If an option occurs twice, the last value counts.</summary>
    private static Dictionary<string, string> Asked(string options)
    {
        var asked = new Dictionary<string, string>();
        foreach (Match option in Option().Matches(options))
            asked[option.Groups["name"].Value] = option.Groups["value"].Value;

        return asked;
    }

    /// <summary>Detects a pooler by its process id: the id that it reports when a connection begins is not that of a backend.</summary>
    private static async Task<bool> IsPooledAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        await BackendOfAsync(connection, cancellationToken) != connection.ProcessID;

    /// <summary>
    /// Returns whether prepared statements survive: prepares one, occupies its backend with other connections, and runs it again on another
    /// backend.
    /// </summary>
    private static async Task<bool> KeepsPreparedStatementsAsync(
        NpgsqlConnection connection, NpgsqlConnectionStringBuilder settings, CancellationToken cancellationToken)
    {
        await using var statement = new NpgsqlCommand("SELECT pg_backend_pid()", connection);
        await statement.PrepareAsync(cancellationToken);
        var backend = (int)(await statement.ExecuteScalarAsync(cancellationToken))!;
        var others = new Stack<NpgsqlConnection>();
        try
        {
            var isOccupied = false;
            while (!isOccupied && others.Count < BackendsMax)
            {
                var other = new NpgsqlConnection(settings.ConnectionString);
                others.Push(other);
                await other.OpenAsync(cancellationToken);
                await other.BeginTransactionAsync(cancellationToken);
                isOccupied = await BackendOfAsync(other, cancellationToken) == backend;
            }

            await statement.ExecuteScalarAsync(cancellationToken);

            return true;
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.InvalidSqlStatementName)
        {
            return false;
        }
        finally
        {
            foreach (var other in others)
                await other.DisposeAsync();
        }
    }

    private static async Task<int> BackendOfAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var ask = new NpgsqlCommand("SELECT pg_backend_pid()", connection);

        return (int)(await ask.ExecuteScalarAsync(cancellationToken))!;
    }

    private static UnsuitableConnectionException Unsuitable(string name, string reason) =>
        new($"ConnectionStrings:{name}: {reason} {Documentation}");

    [GeneratedRegex(@"-c\s+(?<name>\w+)=(?<value>\S+)")]
    private static partial Regex Option();
}

/// <summary>A database connection does not behave as the application requires; the message says what to change.</summary>
public sealed class UnsuitableConnectionException(string message) : Exception(message);
