using System.Collections.Concurrent;
using System.Data.Common;
using System.Diagnostics;
using System.Net;
using CleanMessaging.Domain.Users;
using CleanMessaging.Infrastructure.Persistence;
using CleanMessaging.Tests.Support;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace CleanMessaging.Api.Tests.Users;

/// <summary>
/// Tests that a search reads its results and at most 1,000 more users, even with wrong statistics. Here the table was analyzed while it was
/// empty.
/// </summary>
public sealed class UserSearchPlanTests(TestPostgres postgres, UserSearchPlanTests.ManyUsers fixture)
    : IClassFixture<UserSearchPlanTests.ManyUsers>
{
    private const int Users = 20_000;

    [Theory]
    [InlineData("search=zzzzqq", 1_000)]
    [InlineData("search=zz", 1_000)]
    [InlineData("search=%21%21", 1_000)]
    [InlineData("search=%F0%9F%98%80%F0%9F%98%80", 1_000)]
    [InlineData("search=rare%20bird", 1_100)]
    [InlineData("search=ra", 1_100)]
    [InlineData("search=common", 3_200)]
    [InlineData("search=co&limit=100", 3_200)]
    [InlineData("", 200)]
    [InlineData("limit=100", 250)]
    public async Task FindUsers_WithStatisticsOfAnEmptyTable_ReadsFewUsers(string query, int most)
    {
        foreach (var user in new[] { fixture.Investor, fixture.Admin })
        {
            fixture.Recorder.Statements.Clear();
            var page = (await user.GetAsync($"/api/users?{query}")).Expect(HttpStatusCode.OK);
            await ShouldReadAsync(most);

            if (page.NextCursor() is not { } cursor)
                continue;

            fixture.Recorder.Statements.Clear();
            (await user.GetAsync($"/api/users?{query}&cursor={cursor}")).Expect(HttpStatusCode.OK);
            await ShouldReadAsync(most);
        }
    }

    [Fact]
    public async Task FindUsers_ByAnEmailAddress_ReadsFewUsers()
    {
        fixture.Recorder.Statements.Clear();
        (await fixture.Admin.GetAsync("/api/users?search=person15000%40")).Expect(HttpStatusCode.OK).Data.GetArrayLength().ShouldBe(1);

        await ShouldReadAsync(1_100);
    }

    [Fact]
    public async Task FindUsers_PageByPage_FindsEachOfMany()
    {
        foreach (var (search, expected) in new[] { ("common", Users / 10), ("rare bird", Users / 1_000) })
        {
            var seen = new List<string>();
            string? cursor = null;
            do
            {
                var page = (
                    await fixture.Investor.GetAsync($"/api/users?limit=100&search={search}{(cursor is null ? "" : $"&cursor={cursor}")}"))
                    .Expect(HttpStatusCode.OK);
                seen.AddRange(page.Data.EnumerateArray().Select(user => user.GetProperty("displayName").GetString()!));
                cursor = page.NextCursor();
            }
            while (cursor is not null);

            seen.ShouldBeUnique();
            seen.ShouldBe(seen.Order(StringComparer.Ordinal));
            seen.Count.ShouldBe(expected);
        }
    }

    /// <summary>Tests that 40 concurrent searches of one user hardly delay other users' lists and the readiness check.</summary>
    [Fact]
    public async Task FindUsers_FortyAtATimeByOneUser_KeepsOthersFast()
    {
        await using var server = await ApiServer.StartAsync(postgres, connectionString: fixture.Server.ConnectionString);
        var other = await server.RegisterInvestorAsync();
        var attacker = server.As(fixture.Investor);
        using var client = server.CreateClient();
        using var end = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        await MedianAsync(other);
        var before = await MedianAsync(other);
        string[] searches = ["zzzzqq", "co", "common", "%21%21", "person"];
        var attacks = new ConcurrentBag<HttpStatusCode>();
        var attack = Enumerable.Range(0, 40).Select(async number =>
        {
            while (!end.IsCancellationRequested)
                attacks.Add((await attacker.GetAsync($"/api/users?search={searches[number % searches.Length]}")).Status);
        }).ToList();

        var during = await MedianAsync(other);
        (await client.GetAsync("/health/ready", end.Token)).StatusCode.ShouldBe(HttpStatusCode.OK);
        await end.CancelAsync();
        await Task.WhenAll(attack);

        TestContext.Current.SendDiagnosticMessage(
            $"median {before.TotalMilliseconds:0.0} ms before, {during.TotalMilliseconds:0.0} ms during {attacks.Count} searches");
        attacks.Count.ShouldBeGreaterThan(40);
        attacks.ShouldAllBe(status => status == HttpStatusCode.OK || status == HttpStatusCode.TooManyRequests);
        during.ShouldBeLessThan((before * 10) + TimeSpan.FromMilliseconds(100));
    }

    private static async Task<TimeSpan> MedianAsync(TestUser user)
    {
        var times = new List<TimeSpan>();
        for (var request = 0; request < 50; request++)
        {
            var started = Stopwatch.GetTimestamp();
            (await user.GetAsync("/api/users")).Expect(HttpStatusCode.OK);
            times.Add(Stopwatch.GetElapsedTime(started));
        }

        return times.Order().ElementAt(times.Count / 2);
    }

    /// <summary>Runs the recorded statement again; fails when it scans the whole table or reads more rows than expected.</summary>
    private async Task ShouldReadAsync(int most)
    {
        var statement = fixture.Recorder.Statements.ShouldHaveSingleItem();
        await using var connection = new NpgsqlConnection(fixture.Server.ConnectionString);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(TestContext.Current.CancellationToken);
        var before = await CountAsync(connection, transaction);
        await using (var command = new NpgsqlCommand(statement.Sql, connection, transaction))
        {
            foreach (var parameter in statement.Parameters)
                command.Parameters.Add(parameter.Clone());

            await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }

        // The counters also contain earlier transactions that the backend has not reported yet.
        var after = await CountAsync(connection, transaction);
        (after.Scans - before.Scans).ShouldBe(0, statement.Sql);
        (after.Rows - before.Rows).ShouldBeLessThanOrEqualTo(most, statement.Sql);
    }

    private static async Task<(long Scans, long Rows)> CountAsync(NpgsqlConnection connection, NpgsqlTransaction transaction)
    {
        await using var command = new NpgsqlCommand(
            "SELECT coalesce(sum(seq_scan), 0)::bigint, coalesce(sum(idx_tup_fetch), 0)::bigint FROM pg_stat_xact_user_tables WHERE "
                + "relname = 'users'",
            connection,
            transaction);
        await using var reader = await command.ExecuteReaderAsync(TestContext.Current.CancellationToken);
        (await reader.ReadAsync(TestContext.Current.CancellationToken)).ShouldBeTrue();

        return (reader.GetInt64(0), reader.GetInt64(1));
    }

    /// <summary>A server on a database whose users were added after the last ANALYZE.</summary>
    public sealed class ManyUsers(TestPostgres postgres) : IAsyncLifetime
    {
        private ApiServer? _server;
        private TestUser? _investor;
        private TestUser? _admin;

        internal CommandRecorder Recorder { get; } = new();

        public ApiServer Server => _server ?? throw NotStarted();

        public TestUser Investor => _investor ?? throw NotStarted();

        public TestUser Admin => _admin ?? throw NotStarted();

        public async ValueTask InitializeAsync()
        {
            _server = await ApiServer.StartAsync(
                postgres, services: services =>
                    services.ConfigureDbContext<MessagingDbContext>(options => options.AddInterceptors(Recorder)));
            await _server.ExecuteAsync("ALTER TABLE users SET (autovacuum_enabled = off); ANALYZE users");
            await AddUsersAsync();
            _investor = await _server.RegisterInvestorAsync();
            _admin = await _server.CreateAdminAsync();
            (await _server.QueryAsync<float>("SELECT reltuples FROM pg_class WHERE relname = 'users'")).ShouldBe(0f);
        }

        public async ValueTask DisposeAsync()
        {
            if (_server is not null)
                await _server.DisposeAsync();
        }

        /// <summary>
        /// Adds users: nine of ten have unique names that sort first. Of the others, which sort last, one in a hundred has a rare name.
        /// </summary>
        private async Task AddUsersAsync()
        {
            await using var connection = new NpgsqlConnection(Server.ConnectionString);
            await connection.OpenAsync();
            await using var import = await connection.BeginBinaryImportAsync(
                """
                COPY users (id, display_name, role, created_at, user_name, normalized_user_name, email, normalized_email, email_confirmed, search_name, search_email)
                FROM STDIN (FORMAT BINARY)
                """);
            for (var number = 0; number < Users; number++)
            {
                var name = (number % 10) switch
                {
                    0 when number % 1_000 == 0 => $"Zoë Rare Bird {number}",
                    0 => $"Zara Common {number}",
                    _ => $"Person {number}",
                };
                name = number % 1_000 == 0 ? $"{name} Common" : name;
                var email = $"person{number}@example.net";
                await import.StartRowAsync();
                await import.WriteAsync(Guid.CreateVersion7());
                await import.WriteAsync(name);
                await import.WriteAsync("Startup");
                await import.WriteAsync(Server.Clock.GetUtcNow().UtcDateTime);
                await import.WriteAsync(email);
                await import.WriteAsync(email.ToUpperInvariant());
                await import.WriteAsync(email);
                await import.WriteAsync(email.ToUpperInvariant());
                await import.WriteAsync(false);
                await import.WriteAsync(UserSearchText.Of(name));
                await import.WriteAsync(UserSearchText.Of(email));
            }

            await import.CompleteAsync();
        }

        private static InvalidOperationException NotStarted() => new("The server is not started.");
    }

    internal sealed record Statement(string Sql, IReadOnlyList<NpgsqlParameter> Parameters);

    /// <summary>Records every query of users that EF Core runs, with its parameters.</summary>
    internal sealed class CommandRecorder : DbCommandInterceptor
    {
        public ConcurrentQueue<Statement> Statements { get; } = [];

        public override ValueTask<InterceptionResult<DbDataReader>> ReaderExecutingAsync(
            DbCommand command,
            CommandEventData eventData,
            InterceptionResult<DbDataReader> result,
            CancellationToken cancellationToken = default)
        {
            Statements.Enqueue(
                new Statement(command.CommandText, [.. command.Parameters.Cast<NpgsqlParameter>().Select(parameter => parameter.Clone())]));

            return ValueTask.FromResult(result);
        }
    }
}
