using System.Text.RegularExpressions;

namespace CleanMessaging.Web.Tests.Network;

/// <summary>Tests the page, the hub and Swagger behind a real nginx under a base path, with both documented configurations.</summary>
public sealed class BasePathTests(Stage stage) : WebTests(stage)
{
    private const string Strips = "# nginx takes /chat away.";
    private const string PassesOn = "# nginx passes /chat on.";

    [LongTheory]
    [InlineData(Strips, "")]
    [InlineData(PassesOn, "/chat")]
    public async Task UsePage_UnderAPathOfNginx_SignsInTalksLiveAndSurvivesAReload(string configuration, string basePath)
    {
        var site = await OpenAsync(configuration, basePath);
        var (investor, startup, conversationId) = await site.Server.RegisterPairAsync();
        var visitor = await VisitAsync(site.Address);
        var sockets = new List<string>();

        // Requests that are in progress at the sign-out.
        visitor.Allow("status of 401");
        visitor.Page.WebSocket += (_, socket) => sockets.Add(socket.Url);

        // Without the trailing slash.
        await visitor.GoAsync(site.Address.AbsoluteUri.TrimEnd('/'));
        await Expect(visitor.Heading).ToHaveTextAsync("Sign in");
        await visitor.SignInAsync(investor.Email, ApiServer.Password);
        await Expect(visitor.Page).ToHaveURLAsync(new Uri(site.Address, "messages").ToString());
        await visitor.ConversationWith(startup).ClickAsync();
        await visitor.ShouldBeLoadedAsync();
        await Expect(visitor.Page).ToHaveURLAsync(new Uri(site.Address, $"messages/{conversationId}").ToString());

        (await startup.SendAsync(conversationId, "Through nginx")).Expect(System.Net.HttpStatusCode.Created);
        await Expect(visitor.Message("Through nginx")).ToBeVisibleAsync();
        await visitor.SendAsync("And back");
        await Expect(visitor.SentMark("And back")).ToBeAttachedAsync();
        (await startup.ReadPageAsync(conversationId)).ShouldBe(["Through nginx", "And back"]);
        sockets.ShouldAllBe(url => url.StartsWith($"ws://{site.Address.Authority}/chat/hubs/messaging"));
        sockets.ShouldNotBeEmpty();

        await visitor.ReloadAsync();
        await Expect(visitor.Message("And back")).ToBeVisibleAsync();
        foreach (var place in (string[])["Wallet", "People", "Account"])
        {
            await visitor.FollowAsync(place);
            await Expect(visitor.Heading).ToHaveTextAsync(place);
            await Expect(visitor.Page).ToHaveURLAsync(new Uri(site.Address, place.ToLowerInvariant()).ToString());
        }

        await visitor.GoAsync(new Uri(site.Address, $"messages/{conversationId}").ToString());
        await Expect(visitor.Message("Through nginx")).ToBeVisibleAsync();
        await visitor.Page.GoBackAsync();
        await Expect(visitor.Heading).ToHaveTextAsync("Account");
        await visitor.SignOutAsync();
        await Expect(visitor.Heading).ToHaveTextAsync("Sign in");

        // From the requested page to the sign-in and back.
        await visitor.GoAsync(new Uri(site.Address, $"messages/{conversationId}").ToString());
        await Expect(visitor.Heading).ToHaveTextAsync("Sign in");
        await visitor.SignInAsync(investor.Email, ApiServer.Password);
        await Expect(visitor.Message("Through nginx")).ToBeVisibleAsync();
    }

    [LongTheory]
    [InlineData(Strips, "")]
    [InlineData(PassesOn, "/chat")]
    public async Task TryOut_InSwaggerUnderAPathOfNginx_CallsTheServer(string configuration, string basePath)
    {
        var site = await OpenAsync(configuration, basePath);
        var visitor = await VisitAsync(site.Address);

        // Swagger UI's script adds an inline style. The content security policy blocks it, without visible effect.
        visitor.Allow("inline style|style-src-elem");

        await visitor.Page.GotoAsync(new Uri(site.Address, "swagger/").ToString());
        await visitor.Page.Locator("#operations-Auth-registerAccount").GetByRole(AriaRole.Button).First.ClickAsync();
        await visitor.Page.GetByRole(AriaRole.Button, new() { Name = "Execute" }).ClickAsync();

        var answer = visitor.Page.Locator("#operations-Auth-registerAccount .live-responses-table");
        await Expect(answer.Locator(".response-col_status").Filter(new() { HasTextRegex = new Regex("^201") })).ToBeVisibleAsync();
        await Expect(visitor.Page.Locator("#operations-Auth-registerAccount .request-url"))
            .ToContainTextAsync(new Uri(site.Address, "api/auth/register").ToString());
        (await site.Server.QueryAsync<long>("SELECT count(*) FROM users WHERE email = 'nora@example.com'")).ShouldBe(1);
    }

    /// <summary>Tests two applications on one origin: each has its own stored data.</summary>
    [LongFact]
    public async Task UsePage_NextToAnotherOneOfTheSameOrigin_SharesNoSignInWithIt()
    {
        var server = await StartServerAsync(("Proxies:BasePath", "/chat"));
        var investor = await server.RegisterInvestorAsync();
        var visitor = await VisitAsync(server);

        await visitor.GoAsync("/chat/");
        await visitor.SignInAsync(investor.Email, ApiServer.Password);
        await Expect(visitor.Heading).ToHaveTextAsync("Messages");
        await visitor.GoAsync("/");

        await Expect(visitor.Heading).ToHaveTextAsync("Sign in");
        await visitor.GoAsync("/chat/");
        await Expect(visitor.Heading).ToHaveTextAsync("Messages");
    }

    private async Task<Site> OpenAsync(string configuration, string basePath)
    {
        Nginx.SkipUnlessInstalled();
        var nginx = Keep(Nginx.Reserve());
        var server = await StartServerAsync(("Proxies:Known:0", "127.0.0.1"), ("Proxies:BasePath", basePath), ("OpenApi:Enabled", "true"));
        await nginx.StartAsync(configuration, server.Address);

        return new Site(server, nginx.AddressOf("/chat/"));
    }

    private sealed record Site(ApiServer Server, Uri Address);
}
