using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using CleanMessaging.Domain.Users;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Fault.Tests.ManyServers;

/// <summary>Two servers on one database and one Redis.</summary>
internal sealed class ServerPair : IAsyncDisposable
{
    /// <summary>The reason why a test that needs Redis is skipped.</summary>
    public const string NoRedis = "There is no redis-server on this machine (Debian: apt-get install redis-server).";

    private static int _users;

    private ServerPair(string connectionString, RedisServer redis, ApiProcess one, ApiProcess other)
    {
        ConnectionString = connectionString;
        Redis = redis;
        One = one;
        Other = other;
    }

    public string ConnectionString { get; }

    public RedisServer Redis { get; }

    public ApiProcess One { get; }

    public ApiProcess Other { get; }

    /// <param name="redis">The Redis server, running or not; it is disposed with the pair.</param>
    /// <param name="oneSettings">Configuration of the first server in addition to that of both.</param>
    /// <param name="otherSettings">Configuration of the other server in addition to that of both.</param>
    public static async Task<ServerPair> StartAsync(
        FaultPostgres postgres,
        RedisServer redis,
        string drain = "00:00:05",
        IReadOnlyDictionary<string, string?>? oneSettings = null,
        IReadOnlyDictionary<string, string?>? otherSettings = null)
    {
        var connectionString = await postgres.CreateDatabaseAsync();
        var settings = new Dictionary<string, string?>
        {
            ["ConnectionStrings:Redis"] = redis.ConnectionString,
            ["Quota:DailyFreeLimit"] = "1000000",
            ["Limits:UserBurst"] = "1000000",
            ["Shutdown:Drain"] = drain,
        };
        ApiProcess? one = null;
        try
        {
            one = await ApiProcess.StartAsync(connectionString, With(oneSettings));

            return new ServerPair(connectionString, redis, one, await ApiProcess.StartAsync(connectionString, With(otherSettings)));
        }
        catch
        {
            if (one is not null)
                await one.DisposeAsync();

            await redis.DisposeAsync();
            throw;
        }

        Dictionary<string, string?> With(IReadOnlyDictionary<string, string?>? further) =>
            new(settings.Concat(further ?? new Dictionary<string, string?>()));
    }

    /// <summary>Registers an Investor on one server and a Startup on the other, and starts their conversation.</summary>
    public async Task<(TestUser Investor, TestUser Startup, Guid ConversationId)> RegisterPairAsync()
    {
        var investor = await RegisterAsync(One, UserRole.Investor);
        var startup = await RegisterAsync(Other, UserRole.Startup);

        await UntilServedAsync(() => investor.PostAsync("/api/conversations/create", new { receiverId = startup.Id }));
        var created = await UntilServedAsync(() => startup.PostAsync("/api/conversations/create", new { receiverId = investor.Id }));
        var conversationId = created.Expect(HttpStatusCode.OK).Data.GetProperty("id").GetGuid();
        await UntilServedAsync(() => investor.MarkReadAsync(conversationId));
        await UntilServedAsync(() => startup.MarkReadAsync(conversationId));

        return (investor, startup, conversationId);
    }

    /// <summary>Registers a user on a server.</summary>
    public static async Task<TestUser> RegisterAsync(ApiProcess api, UserRole role)
    {
        var email = $"server-user{Interlocked.Increment(ref _users)}@example.com";
        var client = api.CreateClient();
        var body = new { email, password = ApiServer.Password, displayName = $"{role}", role = role.ToString() };
        var answer = await UntilServedAsync(async () =>
            await Answer.OfAsync(await client.PostAsJsonAsync("/api/auth/register", body, TestContext.Current.CancellationToken)));
        var session = answer.Expect(HttpStatusCode.Created).Data;
        var token = session.GetProperty("accessToken").GetString()!;
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);

        return new TestUser(
            client,
            session.GetProperty("user").GetProperty("id").GetGuid(),
            email,
            $"{role}",
            role,
            token,
            session.GetProperty("refreshToken").GetString()!);
    }

    /// <summary>Returns the same user with a client of another server.</summary>
    public static TestUser At(ApiProcess api, TestUser user)
    {
        var client = api.CreateClient();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", user.AccessToken);

        return new TestUser(client, user.Id, user.Email, user.DisplayName, user.Role, user.AccessToken, user.RefreshToken);
    }

    /// <summary>Opens a connection that has joined the conversation.</summary>
    public static async Task<TestConnection> JoinedAsync(TestUser user, Guid conversationId)
    {
        var connection = await user.ConnectAsync();
        await connection.JoinAsync(conversationId);

        return connection;
    }

    /// <summary>Returns the status and the report of the readiness check, with the state of each check.</summary>
    public static async Task<(HttpStatusCode Status, JsonElement Report)> ReadinessOfAsync(ApiProcess api)
    {
        using var client = api.CreateClient();
        using var answer = await client.GetAsync("/health/ready", TestContext.Current.CancellationToken);

        return (answer.StatusCode, await answer.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken));
    }

    /// <summary>Waits until events of each server reach the other.</summary>
    public async Task BeConnectedAsync()
    {
        foreach (var api in new[] { One, Other })
        {
            await Eventually.TrueAsync(
                async () => StateOfRedis((await ReadinessOfAsync(api)).Report) == "Healthy", "The servers do not reach each other.");
        }
    }

    public static string? StateOfRedis(JsonElement report) => report.GetProperty("checks").GetProperty("redis").GetString();

    public async ValueTask DisposeAsync()
    {
        await One.DisposeAsync();
        await Other.DisposeAsync();
        await Redis.DisposeAsync();
    }

    /// <summary>Retries a call, because on a busy machine the first calls of a process may exceed their time-out.</summary>
    private static async Task<Answer> UntilServedAsync(Func<Task<Answer>> call)
    {
        while (true)
        {
            var answer = await call();
            if (answer.Status != HttpStatusCode.ServiceUnavailable)
                return answer;
        }
    }
}
