using System.Net;

namespace CleanMessaging.Web.Tests;

/// <summary>Tests in which people sit at browsers side by side. After each one nothing may have gone wrong in any of them.</summary>
public abstract class WebTests(Stage stage) : IAsyncLifetime
{
    private readonly List<Visitor> _visitors = [];

    protected ApiServer Server => stage.Server;

    protected Stage Stage => stage;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        foreach (var visitor in _visitors)
            await visitor.LeaveAsync();
    }

    /// <summary>Somebody who is not signed in.</summary>
    private protected Task<Visitor> VisitAsync(ApiServer? server = null, Device? device = null, ColorScheme theme = ColorScheme.Light) =>
        ArriveAsync(server ?? Server, null, device, theme);

    /// <summary>Somebody who has signed in before, with a session of its own.</summary>
    private protected Task<Visitor> VisitAsync(TestUser user, ApiServer? server = null, Device? device = null, ColorScheme theme = ColorScheme.Light) =>
        ArriveAsync(server ?? Server, user, device, theme);

    /// <summary>An Investor and a Startup, each with their conversation open.</summary>
    private protected async Task<Scene> MeetAsync(ApiServer? server = null)
    {
        var (investor, startup, conversationId) = await (server ?? Server).RegisterPairAsync();
        var visitors = await Task.WhenAll(VisitAsync(investor, server), VisitAsync(startup, server));
        await Task.WhenAll(visitors.Select(visitor => visitor.OpenAsync(conversationId)));

        return new Scene(visitors[0], visitors[1], investor, startup, conversationId);
    }

    private async Task<Visitor> ArriveAsync(ApiServer server, TestUser? user, Device? device, ColorScheme theme)
    {
        var session = user is null
            ? null
            : (await server.PostAsync("/api/auth/login", new { email = user.Email, password = ApiServer.Password })).Expect(HttpStatusCode.OK);
        var visitor = await Visitor.ArriveAsync(stage.Browser, server.Address, session?.Data, device ?? Device.Desktop, theme);
        _visitors.Add(visitor);

        return visitor;
    }
}
