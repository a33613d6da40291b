using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.RegularExpressions;
using CleanMessaging.Domain.Users;
using Npgsql;

namespace CleanMessaging.Web.Tests.Shell;

public sealed class ConnectionTests(Stage stage) : WebTests(stage)
{
    /// <summary>The browser's errors for requests to an unavailable server.</summary>
    private const string ServerAway = "ERR_CONNECTION_(REFUSED|RESET|CLOSED)|ERR_EMPTY_RESPONSE|ERR_SOCKET_NOT_CONNECTED|WebSocket connection to 'ws://127[.]0[.]0[.]1:[0-9]+/hubs/messaging";

    // Runs with no other test: a new server compiles code during its first requests, and rejects a request when that takes too long.
    [LongFact(DisableParallelization = true)]
    public async Task KillServer_WhileBothAreWriting_LosesNothingAndSendsEverythingOnceAndInOrder()
    {
        var (server, database) = await StartProcessAsync();
        var (investor, startup) = (await RegisterAsync(server, UserRole.Investor), await RegisterAsync(server, UserRole.Startup));
        var scene = await MeetAsync((investor, startup, await investor.ConversationWithAsync(startup)));
        Visitor[] both = [scene.Investor, scene.Startup];
        foreach (var visitor in both)
            visitor.Allow(ServerAway);
        await scene.Investor.SendAsync("Before 1");
        await Expect(scene.Startup.Message("Before 1")).ToBeVisibleAsync();

        await server.KillAsync();
        foreach (var visitor in both)
            await Expect(BannerOf(visitor)).ToBeVisibleAsync();
        foreach (var text in (string[])["Away 1", "Away 2", "Away 3"])
            await scene.Investor.SendAsync(text);
        await scene.Startup.SendAsync("Away too 1");
        await scene.Startup.SendAsync("Away too 2");
        await Expect(scene.Investor.Message("Away 3")).ToContainTextAsync("Waiting for a connection");
        await scene.Investor.MessageField.FillAsync("Not finished");
        await server.StartAgainAsync();

        foreach (var visitor in both)
        {
            await Expect(BannerOf(visitor)).ToBeHiddenAsync();
            await Expect(visitor.Log.GetByRole(AriaRole.Listitem)).ToHaveCountAsync(6);
            await Expect(visitor.Log).Not.ToContainTextAsync("Waiting for a connection");
        }

        await Expect(scene.Investor.MessageField).ToHaveValueAsync("Not finished");
        string[] stored = [.. await ContentsAsync(database)];
        stored.Where(text => text.StartsWith("Away too", StringComparison.Ordinal)).ShouldBe(["Away too 1", "Away too 2"]);
        stored.Where(text => !text.StartsWith("Away too", StringComparison.Ordinal)).ShouldBe(["Before 1", "Away 1", "Away 2", "Away 3"]);
        foreach (var visitor in both)
        {
            var shown = await visitor.Log.GetByText(new Regex("^(Before|Away)")).AllInnerTextsAsync();
            shown.ShouldBe(stored);
        }
    }

    // Runs with no other test, because it measures time.
    [LongFact(DisableParallelization = true)]
    public async Task StartServerAgain_AfterAnOutage_IsNoticedWithinSecondsAndAtOnceWhenAskedFor()
    {
        var (server, _) = await StartProcessAsync();
        var (investor, startup) = (await RegisterAsync(server, UserRole.Investor), await RegisterAsync(server, UserRole.Startup));
        var scene = await MeetAsync((investor, startup, await investor.ConversationWithAsync(startup)));
        Visitor[] both = [scene.Investor, scene.Startup];
        foreach (var visitor in both)
            visitor.Allow(ServerAway);

        // Long enough for the retry delays of a hidden page to grow far beyond 5 seconds.
        await server.KillAsync();
        foreach (var visitor in both)
            await Expect(BannerOf(visitor)).ToContainTextAsync(new Regex("Next attempt in [1-4] seconds?"));
        await Task.Delay(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        await server.StartAgainAsync();
        var started = Stopwatch.GetTimestamp();
        await scene.Startup.Button("Retry now").ClickAsync();

        await Expect(BannerOf(scene.Startup)).ToBeHiddenAsync();
        await Expect(BannerOf(scene.Investor)).ToBeHiddenAsync();
        Stopwatch.GetElapsedTime(started).ShouldBeLessThan(TimeSpan.FromSeconds(5));
    }

    [LongFact]
    public async Task LoseTheNetwork_ForAWhile_SaysSoAndGoesOnAtOnceWhenItIsBack()
    {
        var scene = await MeetAsync();
        scene.Investor.Allow("ERR_INTERNET_DISCONNECTED|/hubs/messaging");

        await scene.Investor.Context.SetOfflineAsync(true);
        await Expect(BannerOf(scene.Investor)).ToContainTextAsync("You are offline. Messages are sent when you are back.");
        await scene.Investor.SendAsync("Written offline");
        await scene.Startup.SendAsync("Sent meanwhile");
        await Expect(scene.Investor.Message("Written offline")).ToContainTextAsync("Waiting for a connection");
        await scene.Investor.Context.SetOfflineAsync(false);

        await Expect(BannerOf(scene.Investor)).ToBeHiddenAsync();
        foreach (var visitor in (Visitor[])[scene.Investor, scene.Startup])
        {
            await Expect(visitor.Message("Written offline")).ToBeVisibleAsync();
            await Expect(visitor.Message("Sent meanwhile")).ToBeVisibleAsync();
            await Expect(visitor.Log.GetByRole(AriaRole.Listitem)).ToHaveCountAsync(2);
        }
    }

    private static ILocator BannerOf(Visitor visitor) =>
        visitor.Page.GetByRole(AriaRole.Status).Filter(new() { Has = visitor.Button("Retry now") });

    /// <summary>
    /// Retries the first requests of a server, because on a busy machine the just-in-time compiler can make them time out.
    /// </summary>
    private static async Task<TestUser> RegisterAsync(ApiProcess server, UserRole role)
    {
        var client = server.CreateClient();
        var account =
            new { email = $"{role}@example.com", password = ApiServer.Password, displayName = $"One {role}", role = role.ToString() };
        Answer answer;
        do
            answer = await Answer.OfAsync(await client.PostAsJsonAsync("/api/auth/register", account));
        while (answer.Status == HttpStatusCode.ServiceUnavailable);

        return TestUser.SignedIn(client, answer.Expect(HttpStatusCode.Created));
    }

    /// <summary>Returns the texts of all messages in the order of their sequences.</summary>
    private static async Task<IReadOnlyList<string>> ContentsAsync(string database)
    {
        await using var source = NpgsqlDataSource.Create(database);
        await using var command = source.CreateCommand("SELECT array_agg(content ORDER BY sequence) FROM messages");

        return (string[])(await command.ExecuteScalarAsync())!;
    }
}
