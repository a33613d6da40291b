using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace CleanMessaging.Web.Tests;

/// <summary>Tests in which people sit at browsers side by side. After each one nothing may have gone wrong in any of them.</summary>
public abstract class WebTests(Stage stage) : IAsyncLifetime
{
    private readonly List<Visitor> _visitors = [];
    private readonly List<IAsyncDisposable> _servers = [];
    private TestUser? _admin;

    /// <summary>Shared by all tests, each of which makes users of its own and leaves the clock alone.</summary>
    protected ApiServer Server => stage.Server;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        try
        {
            foreach (var visitor in _visitors)
                await visitor.Context.CloseAsync();
        }
        finally
        {
            foreach (var server in _servers)
                await server.DisposeAsync();
        }

        foreach (var visitor in _visitors)
            visitor.ShouldHaveSeenNothingWrong();
    }

    /// <summary>A server for this test alone, which ends with it.</summary>
    protected async Task<ApiServer> StartServerAsync(params (string Key, string Value)[] settings) => Keep(await stage.StartServerAsync(settings));

    /// <summary>The same as a process of its own, which can be killed and started again.</summary>
    /// <returns>Also the connection string of its database.</returns>
    protected async Task<(ApiProcess Process, string Database)> StartProcessAsync()
    {
        var database = await stage.CreateDatabaseAsync();

        return (Keep(await ApiProcess.StartAsync(database)), database);
    }

    /// <summary>Somebody who is not signed in.</summary>
    private protected Task<Visitor> VisitAsync(Device? device = null) => VisitAsync(Server, device);

    private protected Task<Visitor> VisitAsync(ApiServer server, Device? device = null) => ArriveAsync(server.Address, null, device);

    /// <summary>Somebody who is not signed in, at an address that leads to a server.</summary>
    private protected Task<Visitor> VisitAsync(Uri address) => ArriveAsync(address, null, null);

    /// <summary>Somebody who has signed in before, with a session of its own.</summary>
    private protected async Task<Visitor> VisitAsync(TestUser user, Device? device = null)
    {
        var credentials = new { email = user.Email, password = ApiServer.Password };
        var session = await Answer.OfAsync(await user.Client.PostAsJsonAsync("/api/auth/login", credentials));

        return await ArriveAsync(user.Client.BaseAddress!, session.Expect(HttpStatusCode.OK).Data, device);
    }

    /// <summary>An Investor and a Startup, each with their conversation open.</summary>
    private protected async Task<Scene> MeetAsync() => await MeetAsync(await Server.RegisterPairAsync());

    /// <param name="pair">Somebody, whom they talk to, and their conversation.</param>
    private protected async Task<Scene> MeetAsync((TestUser Investor, TestUser Startup, Guid ConversationId) pair)
    {
        var visitors = await Task.WhenAll(VisitAsync(pair.Investor), VisitAsync(pair.Startup));
        await Task.WhenAll(visitors.Select(visitor => visitor.OpenAsync(pair.ConversationId)));

        return new Scene(visitors[0], visitors[1], pair.Investor, pair.Startup, pair.ConversationId);
    }

    /// <summary>
    /// Lets time pass for a server and for browsers whose clocks are installed. They are moved one after the other: between them the server
    /// rejects a token that the page takes for good, and exchanges then.
    /// </summary>
    private protected static async Task PassAsync(TimeSpan time, ApiServer server, params Visitor[] visitors)
    {
        foreach (var visitor in visitors)
            visitor.Allow("status of 401|/hubs/messaging");

        server.Clock.Shift(time);
        await Task.WhenAll(visitors.Select(visitor => visitor.Context.Clock.FastForwardAsync((long)time.TotalMilliseconds)));
    }

    /// <summary>Gives a user limits of their own, as an Admin does.</summary>
    private protected async Task SetQuotaAsync(TestUser user, int? dailyFreeLimit, int? pointsPerMessage) =>
        await SetQuotaAsync(await AdminAsync(), user, dailyFreeLimit, pointsPerMessage);

    private protected static async Task SetQuotaAsync(TestUser admin, TestUser user, int? dailyFreeLimit, int? pointsPerMessage) =>
        (await admin.PutAsync($"/api/admin/users/{user.Id}/quota", new { dailyFreeLimit, pointsPerMessage })).Expect(HttpStatusCode.OK);

    private protected async Task CreditAsync(TestUser user, long amount, string reason = "A gift") => await CreditAsync(await AdminAsync(), user, amount, reason);

    private protected static async Task CreditAsync(TestUser admin, TestUser user, long amount, string reason)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/api/admin/wallets/{user.Id}/credit")
        {
            Content = JsonContent.Create(new { amount, reason }),
        };
        request.Headers.Add("Idempotency-Key", Guid.CreateVersion7().ToString());
        (await Answer.OfAsync(await admin.Client.SendAsync(request))).Expect(HttpStatusCode.Created);
    }

    /// <summary>Of the shared server.</summary>
    private async Task<TestUser> AdminAsync() => _admin ??= await Server.CreateAdminAsync();

    private async Task<Visitor> ArriveAsync(Uri server, JsonElement? session, Device? device)
    {
        var visitor = await Visitor.ArriveAsync(stage.Browser, server, session, device ?? Device.Desktop);
        _visitors.Add(visitor);

        return visitor;
    }

    /// <summary>Ends with the test, after the browsers have left.</summary>
    private protected T Keep<T>(T server)
        where T : IAsyncDisposable
    {
        _servers.Add(server);

        return server;
    }
}
