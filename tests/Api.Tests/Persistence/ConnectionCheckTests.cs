using CleanMessaging.Infrastructure.Persistence;
using CleanMessaging.Infrastructure.Postgres;
using CleanMessaging.Tests.Support;
using Npgsql;

namespace CleanMessaging.Api.Tests.Persistence;

/// <summary>Tests that a server does not start behind a connection pooler that would break its use of PostgreSQL.</summary>
public sealed class ConnectionCheckTests(TestPostgres postgres)
{
    [Fact]
    public async Task Check_WithoutAPooler_Passes() =>
        await ConnectionCheck.RunAsync(
            new DatabaseConnections(await postgres.CreateDatabaseAsync()), TestContext.Current.CancellationToken);

    [Fact]
    public async Task Check_BehindThePoolerOfTheDocument_Passes()
    {
        Assert.SkipUnless(PgBouncer.IsInstalled, "pgbouncer is not installed");
        var direct = await postgres.CreateDatabaseAsync();
        await using var requests = await PgBouncer.StartAsync(direct, "cleanmessaging");
        await using var sends = await PgBouncer.StartAsync(direct, "cleanmessaging_sends");

        await ConnectionCheck.RunAsync(
            new DatabaseConnections(Pooled(requests, direct), Pooled(sends, direct), direct), TestContext.Current.CancellationToken);
    }

    [Theory]
    [InlineData("without a time limit", "ConnectionStrings:Messaging: statement_timeout is 0, where 1900ms was asked for")]
    [InlineData("with one entry for all", "ConnectionStrings:MessagingSends: lock_timeout is 1500ms, where 25ms was asked for")]
    [InlineData("with prepared statements", "Set Max Auto Prepare=0")]
    [InlineData("with resets", "Set No Reset On Close=true")]
    public async Task Check_BehindAnUnsuitablePooler_SaysWhatToSet(string pooling, string reason)
    {
        Assert.SkipUnless(PgBouncer.IsInstalled, "pgbouncer is not installed");
        var direct = await postgres.CreateDatabaseAsync();
        await using var pooler = await PgBouncer.StartAsync(
            direct,
            "cleanmessaging",
            settings =>
                pooling == "without a time limit"
                    ? settings.Replace("SET statement_timeout=''1900ms'';", "", StringComparison.Ordinal)
                    : settings);
        var connectionString = pooling switch
        {
            "with prepared statements" => pooler.ConnectionStringFor(direct),
            "with resets" => $"{Pooled(pooler, direct)};No Reset On Close=false",
            _ => Pooled(pooler, direct),
        };

        (await FailureOfAsync(new DatabaseConnections(connectionString))).ShouldContain(reason);
    }

    [Fact]
    public async Task Options_OfTheConnectionString_ReplaceOnlyTheirOwn()
    {
        var connections = new DatabaseConnections(
            $"{await postgres.CreateDatabaseAsync()};Options=-c statement_timeout=1s -c work_mem=8MB");

        foreach (var (connectionString, lockTimeout) in new[] { (PersistenceRegistration.ForRequests(connections), "1500ms"), (PersistenceRegistration.ForSends(connections), "25ms") })
        {
            await using var database = NpgsqlDataSource.Create(connectionString);
            foreach (var (option, value) in new[] { ("statement_timeout", "1s"), ("work_mem", "8MB"), ("lock_timeout", lockTimeout), ("idle_in_transaction_session_timeout", "10s") })
            {
                await using var show = database.CreateCommand($"SHOW {option}");
                (await show.ExecuteScalarAsync(TestContext.Current.CancellationToken)).ShouldBe(value, option);
            }
        }
    }

    /// <summary>Without warnings, the server would not receive the notice that no standby has confirmed a commit.</summary>
    [Fact]
    public async Task Check_WhereWarningsAreSwitchedOff_SaysWhatToSet()
    {
        var connectionString = await postgres.CreateDatabaseAsync();
        await using var database = NpgsqlDataSource.Create(connectionString);
        await using var silence = database.CreateCommand(
            $"ALTER DATABASE {new NpgsqlConnectionStringBuilder(connectionString).Database} SET client_min_messages = error");
        await silence.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);

        (await FailureOfAsync(new DatabaseConnections(connectionString)))
            .ShouldContain("ConnectionStrings:Messaging: client_min_messages is error");
    }

    [Fact]
    public async Task Migrate_ThroughAPooler_IsRejectedBeforeAnythingIsLocked()
    {
        Assert.SkipUnless(PgBouncer.IsInstalled, "pgbouncer is not installed");
        var direct = await postgres.CreateDatabaseAsync();
        await using var pooler = await PgBouncer.StartAsync(direct, "cleanmessaging");
        await using var database = NpgsqlDataSource.Create(direct);
        await using var forget = database.CreateCommand(
            """DELETE FROM "__EFMigrationsHistory" WHERE migration_id = (SELECT max(migration_id) FROM "__EFMigrationsHistory")""");
        (await forget.ExecuteNonQueryAsync(TestContext.Current.CancellationToken)).ShouldBe(1);

        var unsuitable = await Should.ThrowAsync<UnsuitableConnectionException>(
            () => DatabaseMigration.RunAsync(Pooled(pooler, direct), TestContext.Current.CancellationToken));

        unsuitable.Message.ShouldContain("ConnectionStrings:MessagingMigration: migrations need a direct connection to PostgreSQL");
        await using var locks = database.CreateCommand("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'");
        (await locks.ExecuteScalarAsync(TestContext.Current.CancellationToken)).ShouldBe(0L);
    }

    private static async Task<string> FailureOfAsync(DatabaseConnections connections) =>
        (await Should.ThrowAsync<UnsuitableConnectionException>(() => ConnectionCheck.RunAsync(connections, TestContext.Current.CancellationToken))).Message;

    private static string Pooled(PgBouncer pooler, string direct) =>
        new NpgsqlConnectionStringBuilder(pooler.ConnectionStringFor(direct)) { MaxAutoPrepare = 0 }.ConnectionString;
}
