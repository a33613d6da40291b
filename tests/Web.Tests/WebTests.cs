using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace CleanMessaging.Web.Tests;

/// <summary>Base class of tests with several browsers. After each test, no browser may have recorded an error.</summary>
public abstract class WebTests(Stage stage) : IAsyncLifetime
{
    private readonly List<Visitor> _visitors = [];
    private readonly List<IAsyncDisposable> _servers = [];
    private TestUser? _admin;

    /// <summary>The server that all tests share. Each test creates its own users and does not change the clock.</summary>
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

    /// <summary>Starts a server that only this test uses and that stops with it.</summary>
    protected async Task<ApiServer> StartServerAsync(params (string Key, string Value)[] settings) =>
        Keep(await stage.StartServerAsync(settings));

    /// <summary>Starts a server as a separate process, which can be killed and restarted.</summary>
    /// <returns>The server and the connection string of its database.</returns>
    protected async Task<(ApiProcess Process, string Database)> StartProcessAsync()
    {
        var database = await stage.CreateDatabaseAsync();

        return (Keep(await ApiProcess.StartAsync(database)), database);
    }

    /// <summary>Opens a browser for a user who is not signed in.</summary>
    private protected Task<Visitor> VisitAsync(Device? device = null) => VisitAsync(Server, device);

    private protected Task<Visitor> VisitAsync(ApiServer server, Device? device = null) => ArriveAsync(server.Address, null, device);

    /// <summary>Opens a browser for a user who is not signed in, at the given address of a server.</summary>
    private protected Task<Visitor> VisitAsync(Uri address) => ArriveAsync(address, null, null);

    /// <summary>Opens a browser for a user who has signed in before, with its own session.</summary>
    private protected Task<Visitor> VisitAsync(TestUser user, Device? device = null) => VisitAsync(user, user.Client.BaseAddress!, device);

    /// <inheritdoc cref="VisitAsync(TestUser, Device?)"/>
    /// <param name="address">The address of the server, or of a proxy in front of it.</param>
    private protected async Task<Visitor> VisitAsync(TestUser user, Uri address, Device? device = null)
    {
        var credentials = new { email = user.Email, password = ApiServer.Password };
        var session = await Answer.OfAsync(await user.Client.PostAsJsonAsync("/api/auth/login", credentials));

        return await ArriveAsync(address, session.Expect(HttpStatusCode.OK).Data, device);
    }

    /// <summary>Opens the conversation of an Investor and a Startup in a browser for each.</summary>
    private protected async Task<Scene> MeetAsync() => await MeetAsync(await Server.RegisterPairAsync());

    /// <param name="pair">An Investor, a Startup and their conversation.</param>
    private protected async Task<Scene> MeetAsync((TestUser Investor, TestUser Startup, Guid ConversationId) pair)
    {
        var visitors = await Task.WhenAll(VisitAsync(pair.Investor), VisitAsync(pair.Startup));
        await Task.WhenAll(visitors.Select(visitor => visitor.OpenAsync(pair.ConversationId)));

        return new Scene(visitors[0], visitors[1], pair.Investor, pair.Startup, pair.ConversationId);
    }

    /// <summary>Opens the conversation of an Investor and a Startup in a browser for the Investor only.</summary>
    private protected async Task<Scene> OpenAsInvestorAsync()
    {
        var (investor, startup, conversationId) = await Server.RegisterPairAsync();
        var visitor = await VisitAsync(investor);
        await visitor.OpenAsync(conversationId);

        return new Scene(visitor, BrowserOfStartup: null, investor, startup, conversationId);
    }

    /// <summary>
    /// Advances the clocks of a server and of browsers with installed clocks, one after the other. In between, the server may reject a
    /// token that the page still treats as valid; the page then exchanges it.
    /// </summary>
    private protected static async Task PassAsync(TimeSpan time, ApiServer server, params Visitor[] visitors)
    {
        foreach (var visitor in visitors)
            visitor.Allow("status of 401|/hubs/messaging");

        server.Clock.Shift(time);
        await Task.WhenAll(visitors.Select(visitor => visitor.Context.Clock.FastForwardAsync((long)time.TotalMilliseconds)));
    }

    /// <summary>Sets a user's individual limits, as an Admin does.</summary>
    private protected async Task SetQuotaAsync(TestUser user, int? dailyFreeLimit, int? pointsPerMessage) =>
        await SetQuotaAsync(await AdminAsync(), user, dailyFreeLimit, pointsPerMessage);

    private protected static async Task SetQuotaAsync(TestUser admin, TestUser user, int? dailyFreeLimit, int? pointsPerMessage) =>
        (await admin.PutAsync($"/api/admin/users/{user.Id}/quota", new { dailyFreeLimit, pointsPerMessage })).Expect(HttpStatusCode.OK);

    private protected async Task CreditAsync(TestUser user, long amount, string reason = "A gift") =>
        await CreditAsync(await AdminAsync(), user, amount, reason);

    private protected static async Task CreditAsync(TestUser admin, TestUser user, long amount, string reason)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/api/admin/wallets/{user.Id}/credit")
        {
            Content = JsonContent.Create(new { amount, reason }),
        };
        request.Headers.Add("Idempotency-Key", Guid.CreateVersion7().ToString());
        (await Answer.OfAsync(await admin.Client.SendAsync(request))).Expect(HttpStatusCode.Created);
    }

    /// <summary>Returns an Admin of the shared server.</summary>
    private async Task<TestUser> AdminAsync() => _admin ??= await Server.CreateAdminAsync();

    private async Task<Visitor> ArriveAsync(Uri server, JsonElement? session, Device? device)
    {
        var visitor = await Visitor.ArriveAsync(stage.Browser, server, session, device ?? Device.Desktop);
        _visitors.Add(visitor);

        return visitor;
    }

    /// <summary>Disposes an object at the end of the test, after the browsers were closed.</summary>
    private protected T Keep<T>(T server)
        where T : IAsyncDisposable
    {
        _servers.Add(server);

        return server;
    }
}
