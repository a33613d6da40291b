using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using CleanMessaging.Domain.Users;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Api.Tests.Limits;

/// <summary>Starts a server with low limits that trusts a proxy on loopback, so that a test can send requests from any address.</summary>
public abstract class LimitedServerFixture(TestPostgres postgres, params (string Key, string Value)[] settings) : IAsyncLifetime
{
    private static int _addresses;
    private static int _users;
    private ApiServer? _server;

    public ApiServer Server => _server ?? throw new InvalidOperationException("The server is not started.");

    /// <summary>The password hasher of this server.</summary>
    internal CountingHasher Hasher { get; } = new();

    /// <summary>Returns a client address that no request has used yet.</summary>
    public static string NewAddress()
    {
        var number = Interlocked.Increment(ref _addresses);

        return $"203.0.{number / 250}.{(number % 250) + 1}";
    }

    public async ValueTask InitializeAsync()
    {
        var all = settings.ToDictionary(setting => setting.Key, string? (setting) => setting.Value);
        all["Proxies:Known:0"] = "127.0.0.1";
        _server = await ApiServer.StartAsync(postgres, all, services: Hasher.AddTo);
    }

    /// <summary>Creates a client whose requests come from an address.</summary>
    public HttpClient From(string address, string? token = null)
    {
        var client = Server.CreateClient();
        client.DefaultRequestHeaders.Add("X-Forwarded-For", address);
        if (token is not null)
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);

        return client;
    }

    /// <summary>Registers a user from a new address.</summary>
    public async Task<TestUser> RegisterAsync(UserRole role)
    {
        var number = Interlocked.Increment(ref _users);
        using var client = From(NewAddress());
        var answer = await Answer.OfAsync(await client.PostAsJsonAsync(
            "/api/auth/register",
            new { email = $"limited{number}@example.com", password = ApiServer.Password, displayName = $"{role} {number}", role = role.ToString() }));

        return Server.SignedIn(answer.Expect(HttpStatusCode.Created));
    }

    /// <summary>Registers an Investor and a Startup, and starts their conversation.</summary>
    public async Task<(TestUser Investor, TestUser Startup, Guid ConversationId)> RegisterPairAsync()
    {
        var investor = await RegisterAsync(UserRole.Investor);
        var startup = await RegisterAsync(UserRole.Startup);

        return (investor, startup, await investor.ConversationWithAsync(startup));
    }

    /// <summary>Returns the response to a log-in from an address.</summary>
    public async Task<Answer> LogInAsync(string address, string email, string password = ApiServer.Password)
    {
        using var client = From(address);

        return await Answer.OfAsync(await client.PostAsJsonAsync("/api/auth/login", new { email, password }));
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (_server is null)
            return;

        await _server.ShouldHoldNoTransactionAsync();
        await _server.DisposeAsync();
        Hasher.Dispose();
    }
}

internal static class LimitAnswers
{
    /// <summary>
    /// Verifies that the response rejects the request temporarily and states the wait in the <c>Retry-After</c> header and in the body, and
    /// returns it.
    /// </summary>
    public static Answer ExpectLater(this Answer answer, HttpStatusCode status, string code)
    {
        answer.ExpectError(status, code);
        answer.Body.GetProperty("retryable").GetBoolean().ShouldBeTrue(answer.Text);
        var seconds = answer.Headers.RetryAfter.ShouldNotBeNull().Delta.ShouldNotBeNull().TotalSeconds;
        seconds.ShouldBeGreaterThanOrEqualTo(1);
        answer.Body.GetProperty("retryAfter").GetInt32().ShouldBe((int)seconds);

        return answer;
    }
}
