using System.Net;
using System.Net.Http.Json;
using CleanMessaging.Domain.Users;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Fault.Tests.Load;

/// <summary>A user of a server under faults. Logs in again when the token is no longer valid.</summary>
internal sealed class Person
{
    /// <summary>The client's time-out: longer than any call may take, so that the journal records a call that hangs.</summary>
    private static readonly TimeSpan _waitLimit = TimeSpan.FromSeconds(10);

    private readonly ApiProcess _api;
    private readonly Lock _lock = new();
    private volatile TestUser _user;
    private Task _loggingIn = Task.CompletedTask;

    private Person(ApiProcess api, TestUser user)
    {
        _api = api;
        _user = user;
        Secrets = [user.AccessToken, user.RefreshToken];
    }

    public TestUser User => _user;

    public Guid Id => User.Id;

    /// <summary>All tokens that this user has received.</summary>
    public List<string> Secrets { get; }

    public static async Task<Person> RegisterAsync(ApiProcess api, string name, UserRole role)
    {
        var body = new { email = $"{name}@example.com", password = ApiServer.Password, displayName = name, role = role.ToString() };

        return new Person(api, SignedIn(api, await PostAsync(api, "/api/auth/register", body)));
    }

    /// <summary>Gets a new token, once for all parallel calls whose token was rejected.</summary>
    public Task LogInAgainAsync(TestUser rejected)
    {
        lock (_lock)
        {
            if (rejected != _user)
                return Task.CompletedTask;

            if (_loggingIn.IsCompleted)
                _loggingIn = LogInAsync(rejected.Email);

            return _loggingIn;
        }
    }

    private async Task LogInAsync(string email)
    {
        var user = SignedIn(_api, await PostAsync(_api, "/api/auth/login", new { email, password = ApiServer.Password }));
        Secrets.AddRange([user.AccessToken, user.RefreshToken]);
        _user = user;
    }

    /// <summary>
    /// Makes a call that prepares a test and returns the response. Retries it, because a server may time out on its first requests.
    /// </summary>
    public static async Task<Answer> RetryAsync(Func<Task<Answer>> call)
    {
        while (true)
        {
            var answer = await call();
            if (answer.Status is HttpStatusCode.OK or HttpStatusCode.Created)
                return answer;

            await Task.Delay(
                answer.Expect(HttpStatusCode.ServiceUnavailable).Headers.RetryAfter!.Delta!.Value, TestContext.Current.CancellationToken);
        }
    }

    private static Task<Answer> PostAsync(ApiProcess api, string path, object body) => RetryAsync(async () =>
    {
        using var client = api.CreateClient();

        return await Answer.OfAsync(await client.PostAsJsonAsync(path, body, TestContext.Current.CancellationToken));
    });

    private static TestUser SignedIn(ApiProcess api, Answer session)
    {
        var client = api.CreateClient();
        client.Timeout = _waitLimit;

        return TestUser.SignedIn(client, session);
    }
}
