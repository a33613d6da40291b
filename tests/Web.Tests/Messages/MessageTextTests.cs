using System.Net;

namespace CleanMessaging.Web.Tests.Messages;

public sealed class MessageTextTests(Stage stage) : WebTests(stage)
{
    [Fact]
    public async Task SendMessage_WithAnAddress_ShowsItAsALinkThatTellsTheOtherPageNothing()
    {
        var scene = await MeetAsync();
        const string Address = "https://example.com/deal?id=7&part=2";
        await scene.Startup.Context.RouteAsync("https://example.com/**", route => route.FulfillAsync(new() { Body = "There" }));
        scene.Startup.Allow("foreign: GET https://example.com/");

        await scene.Investor.SendAsync($"See {Address}, and answer (http://127.0.0.1/x).");
        var link = scene.Startup.Log.GetByRole(AriaRole.Link, new() { Name = Address, Exact = true });

        await Expect(link).ToHaveAttributeAsync("href", Address);
        await Expect(scene.Startup.Log.GetByRole(AriaRole.Link, new() { Name = "http://127.0.0.1/x", Exact = true })).ToBeVisibleAsync();
        await Expect(scene.Startup.Message("See ")).ToContainTextAsync($"See {Address}, and answer (http://127.0.0.1/x).");
        var opened = await scene.Startup.Context.RunAndWaitForPageAsync(() => link.ClickAsync());
        await Expect(opened.GetByText("There")).ToBeVisibleAsync();
        (await opened.EvaluateAsync<bool>("opener === null")).ShouldBeTrue();
        (await opened.EvaluateAsync<string>("document.referrer")).ShouldBeEmpty();
    }

    [Fact]
    public async Task SendMessage_WithMarkup_StaysTextThatDoesNothing()
    {
        string[] texts =
        [
            "<script>window.hacked = true</script>",
            "<img src=x onerror=\"window.hacked = true\">",
            "javascript:window.hacked=true",
            "https://\"onmouseover=\"window.hacked=true",
            "<a href='javascript:window.hacked=true'>Click</a> &lt;b&gt; @(1+1) {{ 7*7 }}",
        ];
        var (investor, startup, conversationId) = await Server.RegisterPairAsync();
        var visitor = await VisitAsync(startup);
        await visitor.OpenAsync(conversationId);

        foreach (var text in texts)
        {
            (await investor.SendAsync(conversationId, text)).Expect(HttpStatusCode.Created);
            await Expect(visitor.Log.GetByText(text, new() { Exact = true })).ToBeVisibleAsync();
            await Expect(visitor.ConversationWith(investor)).ToContainTextAsync(text);
        }

        await visitor.ReloadAsync();
        await Expect(visitor.Log.GetByRole(AriaRole.Listitem)).ToHaveCountAsync(texts.Length);
        await Expect(visitor.Log.Locator("a, img, script, b")).ToHaveCountAsync(0);
        (await visitor.Page.EvaluateAsync<bool>("'hacked' in window")).ShouldBeFalse();
    }
}
