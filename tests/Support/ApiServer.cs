using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using CleanMessaging.Application.Accounts;
using CleanMessaging.Application.Storage;
using CleanMessaging.Domain.Users;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace CleanMessaging.Tests.Support;

/// <summary>
/// Runs the real application in this process, on loopback, with its own database. Only three things differ from
/// production: the clock can be moved, passwords are hashed with fewer iterations, and attachments are in memory unless the settings state
/// a storage.
/// </summary>
public sealed class ApiServer : IAsyncDisposable
{
    public const string SigningKey = "test-signing-key-0123456789-abcdefghijklmnopqrstuvwxyz";
    public const string Password = "correct horse battery";

    private static int _users;

    private readonly SecretScan _scan = new();
    private readonly ConcurrentBag<string> _secrets = [SigningKey, Password];
    private readonly TestPostgres _postgres;
    private readonly WebApplicationFactory<Program> _factory;

    private ApiServer(
        TestPostgres postgres, string connectionString, IReadOnlyDictionary<string, string?> settings, Action<IServiceCollection> services)
    {
        _postgres = postgres;
        ConnectionString = connectionString;
        _factory = new WebApplicationFactory<Program>().WithWebHostBuilder(host =>
        {
            host.UseEnvironment("Testing");

            // The application may bind before the factory has set the address. This setting then prevents binding to the fixed default
            // port.
            host.UseSetting(WebHostDefaults.ServerUrlsKey, "http://127.0.0.1:0");
            foreach (var (key, value) in postgres.ConnectionSettings(connectionString))
                host.UseSetting(key, value);

            host.UseSetting("Jwt:SigningKey", SigningKey);
            host.UseSetting("Logging:LogLevel:Default", "Warning");
            host.UseSetting("Logging:LogLevel:LuckyPennySoftware.AutoMapper.License", "Error");
            foreach (var (key, value) in EncryptedRun.SettingsFor(settings).Concat(settings))
                host.UseSetting(key, value);

            host.ConfigureTestServices(collection =>
            {
                collection.AddSingleton<TimeProvider>(Clock);
                collection.Configure<PasswordHasherOptions>(options => options.IterationCount = 1000);
                _scan.AddTo(collection);
                if (!settings.Keys.Any(key => key.StartsWith("Attachments:Folder", StringComparison.Ordinal) || key.StartsWith("Attachments:S3", StringComparison.Ordinal)))
                    Attachments.AddTo(collection);

                services(collection);
            });
        });
        foreach (var (key, value) in settings)
        {
            if ((key.StartsWith("Encryption:Keys:", StringComparison.Ordinal) && key.EndsWith(":Value", StringComparison.Ordinal))
                || key == "Attachments:S3:SecretKey")
            {
                _secrets.Add(value!);
            }
        }

        _factory.UseKestrel(0);
        _factory.StartServer();
        Address = _factory.ClientOptions.BaseAddress;
    }

    public TestClock Clock { get; } = new();

    /// <summary>The attachments in memory.</summary>
    public MemoryAttachments Attachments { get; } = new();

    public Uri Address { get; }

    public string ConnectionString { get; }

    public IServiceProvider Services => _factory.Services;

    /// <summary>Starts a server.</summary>
    /// <param name="postgres">The PostgreSQL in which its database is created.</param>
    /// <param name="settings">Configuration in addition to the connection string and the signing key.</param>
    /// <param name="connectionString">An existing database to use; it is not dropped.</param>
    /// <param name="services">Changes to the service registrations, applied last.</param>
    public static async Task<ApiServer> StartAsync(
        TestPostgres postgres,
        IReadOnlyDictionary<string, string?>? settings = null,
        string? connectionString = null,
        Action<IServiceCollection>? services = null) =>
        new(
            postgres,
            connectionString ?? await postgres.CreateDatabaseAsync(),
            settings ?? new Dictionary<string, string?>(),
            services ?? (_ => { }))
        {
            OwnsDatabase = connectionString is null,
        };

    private bool OwnsDatabase { get; init; }

    /// <summary>Adds a secret that the log must not contain.</summary>
    public void AddSecret(string secret) => _secrets.Add(secret);

    /// <summary>Creates a client without a token.</summary>
    public HttpClient CreateClient() => new() { BaseAddress = Address };

    public async Task<Answer> PostAsync(string path, object body)
    {
        using var client = CreateClient();

        return await Answer.OfAsync(await client.PostAsJsonAsync(path, body));
    }

    public Task<TestUser> RegisterInvestorAsync() => RegisterAsync(UserRole.Investor);

    public Task<TestUser> RegisterStartupAsync() => RegisterAsync(UserRole.Startup);

    /// <summary>Registers an Investor and a Startup, and starts their conversation.</summary>
    public async Task<(TestUser Investor, TestUser Startup, Guid ConversationId)> RegisterPairAsync()
    {
        var investor = await RegisterInvestorAsync();
        var startup = await RegisterStartupAsync();

        return (investor, startup, await investor.ConversationWithAsync(startup));
    }

    public async Task<TestUser> RegisterAsync(UserRole role)
    {
        var number = Interlocked.Increment(ref _users);
        var answer = await PostAsync(
            "/api/auth/register",
            new { email = $"user{number}@example.com", password = Password, displayName = $"{role} {number}", role = role.ToString() });

        return SignedIn(answer.Expect(HttpStatusCode.Created));
    }

    /// <summary>Creates an Admin directly in the database, because no request can create one.</summary>
    public async Task<TestUser> CreateAdminAsync()
    {
        var email = $"admin{Interlocked.Increment(ref _users)}@example.com";
        await CreateAccountAsync(email, UserRole.Admin, points: 0);

        return await LogInAsync(email);
    }

    /// <summary>Creates a user with an initial balance of points.</summary>
    public async Task<TestUser> CreateWithPointsAsync(UserRole role, long points)
    {
        var email = $"rich{Interlocked.Increment(ref _users)}@example.com";
        await CreateAccountAsync(email, role, points);

        return await LogInAsync(email);
    }

    public async Task<TestUser> LogInAsync(string email) =>
        SignedIn((await PostAsync("/api/auth/login", new { email, password = Password })).Expect(HttpStatusCode.OK));

    /// <summary>Creates a user from the response to a registration, log-in or refresh.</summary>
    public TestUser SignedIn(Answer session)
    {
        var user = TestUser.SignedIn(CreateClient(), session);
        _secrets.Add(user.RefreshToken);

        return user;
    }

    /// <summary>Returns a user of another server on the same database, with a client of this server.</summary>
    public TestUser As(TestUser user)
    {
        var client = CreateClient();
        client.DefaultRequestHeaders.Authorization = user.Client.DefaultRequestHeaders.Authorization;

        return new TestUser(client, user.Id, user.Email, user.DisplayName, user.Role, user.AccessToken, user.RefreshToken);
    }

    /// <summary>Returns one value of an SQL query.</summary>
    public async Task<T> QueryAsync<T>(string sql)
    {
        await using var connection = new NpgsqlConnection(ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);

        return (T)(await command.ExecuteScalarAsync())!;
    }

    /// <summary>Executes an SQL statement; returns the number of affected rows.</summary>
    public async Task<int> ExecuteAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);

        return await command.ExecuteNonQueryAsync();
    }

    /// <summary>Verifies that the ledger, the balances, the charges and the sequences agree.</summary>
    public async Task ShouldAddUpAsync()
    {
        var admin = await CreateAdminAsync();
        Answer verification;
        var query = "";
        do
        {
            // On a busy machine a verification takes several steps.
            verification = (await admin.GetAsync($"/api/admin/wallets/verify{query}")).Expect(HttpStatusCode.OK);
            query = $"?cursor={verification.Body.GetProperty("page").GetProperty("nextCursor").GetString()}";
        }
        while (verification.Data.GetProperty("consistent").ValueKind == JsonValueKind.Null);

        verification.Data.GetProperty("consistent").GetBoolean().ShouldBeTrue(verification.Text);

        var gaps = await QueryAsync<long>(
            """
            SELECT count(*) FROM conversations
            LEFT JOIN (SELECT conversation_id, count(*) AS n, max(sequence) AS last FROM messages GROUP BY 1) AS m ON m.conversation_id = id
            WHERE last_sequence <> coalesce(n, 0) OR last_sequence <> coalesce(last, 0)
            """);
        gaps.ShouldBe(0, "conversations whose sequences have gaps");
    }

    /// <summary>
    /// Verifies that no transaction was left open. A transaction counts as left open when it stays idle longer than a request needs to end.
    /// </summary>
    public async Task ShouldHoldNoTransactionAsync()
    {
        const string Idle = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in "
            + "transaction%'";
        var started = Stopwatch.GetTimestamp();
        while (await QueryAsync<long>(Idle) is var open and > 0)
            Stopwatch.GetElapsedTime(started).ShouldBeLessThan(TimeSpan.FromSeconds(3), $"{open} transactions are idle");
    }

    /// <summary>Stops the server, and fails the test when its log contains a token, a password, a key or the text of a message.</summary>
    public async ValueTask DisposeAsync()
    {
        var texts = OwnsDatabase ? await TextsAsync() : [];
        await _factory.DisposeAsync();
        NpgsqlConnection.ClearAllPools();
        if (OwnsDatabase)
            await _postgres.DropDatabaseAsync(ConnectionString);

        _scan.ShouldHaveSeenNone(_secrets, texts);
    }

    /// <summary>Returns message texts, and names and descriptions of attachments, of several words, which do not occur elsewhere by chance.</summary>
    private Task<string[]> TextsAsync() =>
        QueryAsync<string[]>(
            """
            SELECT coalesce(array_agg(content), '{}') FROM (
                SELECT DISTINCT left(content, 100) AS content FROM (
                    SELECT content FROM messages UNION ALL SELECT name FROM attachments UNION ALL SELECT description FROM attachments) AS written
                WHERE length(content) > 10 AND content LIKE '% %' LIMIT 300) AS texts
            """);

    private async Task CreateAccountAsync(string email, UserRole role, long points)
    {
        await using var scope = Services.CreateAsyncScope();
        var accounts = scope.ServiceProvider.GetRequiredService<IAccountStore>();
        var hash = await accounts.HashPasswordAsync(Password, IPAddress.Loopback, CancellationToken.None);
        await scope.ServiceProvider.GetRequiredService<IUnitOfWork>().ExecuteAsync(
            async cancellationToken =>
            {
                var now = Clock.GetUtcNow();
                var user = new User(Guid.CreateVersion7(now), email, $"{role} {email}", role);
                await accounts.CreateAsync(user, hash, points, now, cancellationToken);

                return user.Id;
            },
            new UnitOfWorkOptions(IsIdempotent: false),
            CancellationToken.None);
    }
}
