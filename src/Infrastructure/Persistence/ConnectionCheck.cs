using System.Data;
using System.Text.RegularExpressions;
using Npgsql;

namespace CleanMessaging.Infrastructure.Persistence;

/// <summary>
/// Checks at the start that connections behave as the product relies on. A connection pooler may drop the options of a session without a word, and then statements have no time limit
/// and other plans; or it may hand the statements of one session to several backends, of which only one knows a prepared statement.
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

    /// <summary>Checks that a connection for migrations leads to PostgreSQL itself: behind a pooler the lock of its session would stay with a backend.</summary>
    /// <exception cref="UnsuitableConnectionException">It leads to a connection pooler.</exception>
    internal static async Task EnsureDirectAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        if (await IsPooledAsync(connection, cancellationToken))
            throw Unsuitable(DatabaseConnections.MigrationName, "migrations need a connection to PostgreSQL itself, and a connection pooler stands before it.");
    }

    private static async Task CheckAsync(string connectionString, string name, CancellationToken cancellationToken)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false };
        await using var connection = new NpgsqlConnection(settings.ConnectionString);
        await connection.OpenAsync(cancellationToken);
        await CheckOptionsAsync(connection, settings.Options ?? "", name, cancellationToken);
        if (await SettingOfAsync(connection, "client_min_messages", cancellationToken) == "error")
            throw Unsuitable(name, "client_min_messages is error, so that PostgreSQL's warning about a commit which no standby has confirmed would not arrive. Set it to warning.");

        if (!await IsPooledAsync(connection, cancellationToken))
            return;

        if (!settings.NoResetOnClose)
            throw Unsuitable(name, "a connection pooler stands before PostgreSQL, and connections are reset when they are closed. Set No Reset On Close=true.");

        if (settings.MaxAutoPrepare > 0 && !await KeepsPreparedStatementsAsync(connection, settings, cancellationToken))
            throw Unsuitable(name, "a connection pooler stands before PostgreSQL that loses prepared statements. Set Max Auto Prepare=0, or use PgBouncer 1.21 or newer.");
    }

    /// <summary>Compares the options in force with those asked for, as PostgreSQL reads both.</summary>
    private static async Task CheckOptionsAsync(NpgsqlConnection connection, string options, string name, CancellationToken cancellationToken)
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
        await using var command = new NpgsqlCommand("SELECT current_setting($1)", connection) { Parameters = { new NpgsqlParameter { Value = name } } };

        return (string)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>What the options ask for; of an option that is there twice, the last one counts.</summary>
    private static Dictionary<string, string> Asked(string options)
    {
        var asked = new Dictionary<string, string>();
        foreach (Match option in Option().Matches(options))
            asked[option.Groups["name"].Value] = option.Groups["value"].Value;

        return asked;
    }

    /// <summary>A pooler makes up the process id that it reports when a connection begins.</summary>
    private static async Task<bool> IsPooledAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        await BackendOfAsync(connection, cancellationToken) != connection.ProcessID;

    /// <summary>Prepares a statement on one connection, lets others occupy the backend that knows it, and runs it again, which another backend does now.</summary>
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

    private static UnsuitableConnectionException Unsuitable(string name, string reason) => new($"ConnectionStrings:{name}: {reason} {Documentation}");

    [GeneratedRegex(@"-c\s+(?<name>\w+)=(?<value>\S+)")]
    private static partial Regex Option();
}

/// <summary>A connection to the database does not behave as the product relies on; the message says what to change.</summary>
public sealed class UnsuitableConnectionException(string message) : Exception(message);
