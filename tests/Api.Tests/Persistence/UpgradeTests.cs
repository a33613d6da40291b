using System.Net;
using CleanMessaging.Api.Tests.Accounts;
using CleanMessaging.Infrastructure.Persistence;
using CleanMessaging.Tests.Support;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql;

namespace CleanMessaging.Api.Tests.Persistence;

/// <summary>Tests that the data of an earlier version's database stays usable after the upgrade.</summary>
public sealed class UpgradeTests(ApiServerFixture fixture) : IClassFixture<ApiServerFixture>
{
    /// <summary>The last migration before accounts were looked up by normalized addresses.</summary>
    private const string BeforeNormalizedEmails = "PlanReadsOnce";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [LongFact]
    public async Task Upgrade_WithEmailsInSeveralForms_FindsEveryAccountAndFailsOnNone()
    {
        await using var old = await OldDatabase.CreateAsync(fixture, BeforeNormalizedEmails);
        await old.AddUserAsync(1, "andre\u0301@example.com");
        await old.AddUserAsync(2, "jose\u0301@example.com");
        await old.AddUserAsync(3, "josé@example.com");
        await old.AddUserAsync(4, "zoe\u0308@example.com");
        await old.AddUserAsync(6, "ada@example.com");

        await using var server = await old.UpgradeAsync();

        await ShouldBeUserAsync(server, 1, "andre\u0301@example.com", "andré@example.com", "ANDRÉ@example.com");
        await ShouldBeUserAsync(server, 2, "jose\u0301@example.com", "JOSE\u0301@example.com");
        await ShouldBeUserAsync(server, 3, "josé@example.com", "JOSÉ@example.com");
        await ShouldBeUserAsync(server, 4, "zoë@example.com", "zoe\u0308@example.com");
        await ShouldBeUserAsync(server, 6, "ada@example.com");
        (await server.QueryAsync<string>("SELECT email FROM users WHERE display_name = 'User 1'")).ShouldBe("andré@example.com");
        foreach (var taken in new[] { "andré@example.com", "jose\u0301@example.com", "josé@example.com" })
        {
            (
                await server.PostAsync(
                    "/api/auth/register", new { email = taken, password = ApiServer.Password, displayName = "Nora", role = "Startup" }))
                .ExpectError(HttpStatusCode.Conflict, "user.email_taken");
        }
    }

    [LongFact]
    public async Task Upgrade_WithUsersWithoutASearchText_FindsThemAfterAWhile()
    {
        await using var old = await OldDatabase.CreateAsync(fixture, BeforeNormalizedEmails);
        await old.AddUserAsync(1, "zoë1@example.com");
        await old.CopyUserAsync(upTo: 450);

        await using var server = await old.UpgradeAsync();

        var admin = await server.CreateAdminAsync();
        await Eventually.TrueAsync(
            async () =>
                (await admin.GetAsync("/api/users?search=zoe450%40")).Expect(HttpStatusCode.OK).Data.GetArrayLength() == 1,
                "The last one is not found.");
        (await admin.GetAsync("/api/users?search=user%20450")).Expect(HttpStatusCode.OK).Data.GetArrayLength().ShouldBe(1);
        (await server.QueryAsync<long>("SELECT count(*) FROM users WHERE search_name IS NULL")).ShouldBe(0);
    }

    private static async Task ShouldBeUserAsync(ApiServer server, int number, params string[] emails)
    {
        foreach (var email in emails)
        {
            var session = (await server.TryLogInAsync(email, ApiServer.Password)).Expect(HttpStatusCode.OK);
            session.Data.GetProperty("user").GetProperty("displayName").GetString().ShouldBe($"User {number}", email);
        }
    }

    /// <summary>A database with the schema and the data of an earlier version.</summary>
    private sealed class OldDatabase : IAsyncDisposable
    {
        private readonly ApiServerFixture _fixture;
        private readonly string _connectionString;
        private readonly string _name;
        private string? _hash;

        private OldDatabase(ApiServerFixture fixture, string name)
        {
            _fixture = fixture;
            _name = name;
            _connectionString =
                new NpgsqlConnectionStringBuilder(fixture.Server.ConnectionString) { Database = name, Pooling = false }.ConnectionString;
        }

        public static async Task<OldDatabase> CreateAsync(ApiServerFixture fixture, string migration)
        {
            var name = $"old_{Guid.CreateVersion7():N}";
            await fixture.Server.ExecuteAsync($"CREATE DATABASE {name}");
            var database = new OldDatabase(fixture, name);
            var options = new DbContextOptionsBuilder<MessagingDbContext>()
                .UseNpgsql(database._connectionString)
                .UseSnakeCaseNamingConvention().Options;
            await using var context = new MessagingDbContext(options);
            await context.GetService<IMigrator>().MigrateAsync(migration, Token);

            return database;
        }

        /// <summary>Adds a user with the default test password and an address that is only converted to upper case.</summary>
        public async Task AddUserAsync(int number, string email)
        {
            _hash ??= await _fixture.Server.QueryAsync<string>(
                $"SELECT password_hash FROM users WHERE id = '{(await _fixture.Server.RegisterStartupAsync()).Id}'");
            await ExecuteAsync(
                $"""
                INSERT INTO users (id, display_name, role, created_at, user_name, normalized_user_name, email, normalized_email, email_confirmed, password_hash, security_stamp, concurrency_stamp)
                VALUES ('00000000-0000-7000-8000-{number:x12}', 'User {number}', 'Investor', now(), '{email}', '{email.ToUpperInvariant()}', '{email}', '{email.ToUpperInvariant()}', false, '{_hash}', 'stamp', 'stamp');
                INSERT INTO wallets (user_id, balance, last_number) VALUES ('00000000-0000-7000-8000-{number:x12}', 0, 0);
                INSERT INTO message_quotas (user_id, messages_sent_today, quota_date) VALUES ('00000000-0000-7000-8000-{number:x12}', 0, '-infinity')
                """);
        }

        /// <summary>Adds users 2 to n, copies of user 1 with their own numbers.</summary>
        public Task CopyUserAsync(int upTo) => ExecuteAsync(
            $"""
            INSERT INTO users (id, display_name, role, created_at, user_name, normalized_user_name, email, normalized_email, email_confirmed, password_hash, security_stamp, concurrency_stamp)
            SELECT ('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'User ' || n, role, created_at, replace(user_name, '1', n::text), replace(normalized_user_name, '1', n::text),
                replace(email, '1', n::text), replace(normalized_email, '1', n::text), email_confirmed, password_hash, security_stamp, concurrency_stamp
            FROM users, generate_series(2, {upTo}) AS n;
            INSERT INTO wallets (user_id, balance, last_number) SELECT id, 0, 0 FROM users WHERE display_name <> 'User 1';
            INSERT INTO message_quotas (user_id, messages_sent_today, quota_date) SELECT id, 0, '-infinity' FROM users WHERE display_name <> 'User 1'
            """);

        /// <summary>Starts a server of the current version on this database.</summary>
        public async Task<ApiServer> UpgradeAsync() =>
            await _fixture.StartAnotherAsync(new Dictionary<string, string?>(), connectionString: _connectionString);

        public async ValueTask DisposeAsync() => await _fixture.Server.ExecuteAsync($"DROP DATABASE IF EXISTS {_name} WITH (FORCE)");

        private async Task ExecuteAsync(string sql)
        {
            await using var connection = new NpgsqlConnection(_connectionString);
            await connection.OpenAsync(Token);
            await using var command = new NpgsqlCommand(sql, connection);
            await command.ExecuteNonQueryAsync(Token);
        }
    }
}
