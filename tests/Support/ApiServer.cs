using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
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
/// The real application in this process, listening on loopback, with a database of its own. Only two things differ from
/// production: the clock can be moved, and passwords are hashed in fewer rounds.
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

    private ApiServer(TestPostgres postgres, string connectionString, IReadOnlyDictionary<string, string?> settings, Action<IServiceCollection> services)
    {
        _postgres = postgres;
        ConnectionString = connectionString;
        _factory = new WebApplicationFactory<Program>().WithWebHostBuilder(host =>
        {
            host.UseEnvironment("Testing");

            // The application may bind before the factory has told it where; then this holds, and not the one default port.
            host.UseSetting(WebHostDefaults.ServerUrlsKey, "http://127.0.0.1:0");
            foreach (var (key, value) in postgres.ConnectionSettings(connectionString))
                host.UseSetting(key, value);

            host.UseSetting("Jwt:SigningKey", SigningKey);
            host.UseSetting("Logging:LogLevel:Default", "Warning");
            host.UseSetting("Logging:LogLevel:LuckyPennySoftware.AutoMapper.License", "Error");
            foreach (var (key, value) in settings)
                host.UseSetting(key, value);

            host.ConfigureTestServices(collection =>
            {
                collection.AddSingleton<TimeProvider>(Clock);
                collection.Configure<PasswordHasherOptions>(options => options.IterationCount = 1000);
                _scan.AddTo(collection);
                services(collection);
            });
        });
        _factory.UseKestrel(0);
        _factory.StartServer();
        Address = _factory.ClientOptions.BaseAddress;
    }

    public TestClock Clock { get; } = new();

    public Uri Address { get; }

    public string ConnectionString { get; }

    public IServiceProvider Services => _factory.Services;

    /// <summary>Starts a server.</summary>
    /// <param name="postgres">Where its database is made.</param>
    /// <param name="settings">Configuration beyond the connection string and the signing key.</param>
    /// <param name="connectionString">A database that is there already; it is not dropped.</param>
    /// <param name="services">Last changes to what is injected.</param>
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

    /// <summary>A client without a token.</summary>
    public HttpClient CreateClient() => new() { BaseAddress = Address };

    public async Task<Answer> PostAsync(string path, object body)
    {
        using var client = CreateClient();

        return await Answer.OfAsync(await client.PostAsJsonAsync(path, body));
    }

    public Task<TestUser> RegisterInvestorAsync() => RegisterAsync(UserRole.Investor);

    public Task<TestUser> RegisterStartupAsync() => RegisterAsync(UserRole.Startup);

    /// <summary>An Investor, a Startup and their conversation.</summary>
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

    /// <summary>An Admin. No request can make one, so this goes in behind the API.</summary>
    public async Task<TestUser> CreateAdminAsync()
    {
        var email = $"admin{Interlocked.Increment(ref _users)}@example.com";
        await CreateAccountAsync(email, UserRole.Admin, points: 0);

        return await LogInAsync(email);
    }

    /// <summary>A user with points from the start.</summary>
    public async Task<TestUser> CreateWithPointsAsync(UserRole role, long points)
    {
        var email = $"rich{Interlocked.Increment(ref _users)}@example.com";
        await CreateAccountAsync(email, role, points);

        return await LogInAsync(email);
    }

    public async Task<TestUser> LogInAsync(string email) =>
        SignedIn((await PostAsync("/api/auth/login", new { email, password = Password })).Expect(HttpStatusCode.OK));

    /// <summary>A user as an answer of register, log-in or refresh describes them.</summary>
    public TestUser SignedIn(Answer session)
    {
        var user = TestUser.SignedIn(CreateClient(), session);
        _secrets.Add(user.RefreshToken);

        return user;
    }

    /// <summary>A user of another server on the same database, talking to this one.</summary>
    public TestUser As(TestUser user)
    {
        var client = CreateClient();
        client.DefaultRequestHeaders.Authorization = user.Client.DefaultRequestHeaders.Authorization;

        return new TestUser(client, user.Id, user.Email, user.DisplayName, user.Role, user.AccessToken, user.RefreshToken);
    }

    /// <summary>One value straight from the database.</summary>
    public async Task<T> QueryAsync<T>(string sql)
    {
        await using var connection = new NpgsqlConnection(ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);

        return (T)(await command.ExecuteScalarAsync())!;
    }

    /// <summary>A statement straight on the database; returns the rows affected.</summary>
    public async Task<int> ExecuteAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);

        return await command.ExecuteNonQueryAsync();
    }

    /// <summary>Fails the test unless the ledger, the balances, the charges and the sequences agree.</summary>
    public async Task ShouldAddUpAsync()
    {
        var admin = await CreateAdminAsync();
        var verification = (await admin.GetAsync("/api/admin/wallets/verify")).Expect(HttpStatusCode.OK);
        verification.Data.GetProperty("consistent").GetBoolean().ShouldBeTrue(verification.Text);

        var holes = await QueryAsync<long>(
            """
            SELECT count(*) FROM conversations
            LEFT JOIN (SELECT conversation_id, count(*) AS n, max(sequence) AS last FROM messages GROUP BY 1) AS m ON m.conversation_id = id
            WHERE last_sequence <> coalesce(n, 0) OR last_sequence <> coalesce(last, 0)
            """);
        holes.ShouldBe(0, "conversations whose sequences have holes");
    }

    /// <summary>Fails the test when a transaction was left open: when one stays idle for longer than an ending request needs.</summary>
    public async Task ShouldHoldNoTransactionAsync()
    {
        const string Idle = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%'";
        var started = Stopwatch.GetTimestamp();
        while (await QueryAsync<long>(Idle) is var open and > 0)
            Stopwatch.GetElapsedTime(started).ShouldBeLessThan(TimeSpan.FromSeconds(3), $"{open} transactions are idle");
    }

    /// <summary>Ends the server, and fails the test when its log tells a token, a password or the text of a message.</summary>
    public async ValueTask DisposeAsync()
    {
        var texts = OwnsDatabase ? await TextsAsync() : [];
        await _factory.DisposeAsync();
        NpgsqlConnection.ClearAllPools();
        if (OwnsDatabase)
            await _postgres.DropDatabaseAsync(ConnectionString);

        _scan.ShouldHaveSeenNone(_secrets, texts);
    }

    /// <summary>Texts of messages that are of some words, and so to be found nowhere else.</summary>
    private Task<string[]> TextsAsync() =>
        QueryAsync<string[]>(
            "SELECT coalesce(array_agg(content), '{}') FROM (SELECT DISTINCT left(content, 100) AS content FROM messages WHERE length(content) > 10 AND content LIKE '% %' LIMIT 300) AS texts");

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
