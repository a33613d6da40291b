using System.Net;

namespace CleanMessaging.Web.Tests.Messages;

public sealed class MessageTextTests(Stage stage) : WebTests(stage)
{
    /// <summary>Script that returns whether every character of an element is drawn to the right of the one before it.</summary>
    private const string IsDrawnFromLeftToRight =
        """
        element => {
            const range = document.createRange();
            const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
            const places = [];
            while (walker.nextNode()) {
                for (let place = 0; place < walker.currentNode.length; place++) {
                    range.setStart(walker.currentNode, place);
                    range.setEnd(walker.currentNode, place + 1);
                    const box = range.getBoundingClientRect();
                    if (box.width > 0) {
                        places.push(box.left);
                    }
                }
            }
            return places.length > 1 && places.every((left, place) => place === 0 || left > places[place - 1]);
        }
        """;

    /// <summary>Text that ends the bidirectional isolation around it, and then reverses the following text.</summary>
    private const string Reversing = "\u2069\u202E";

    [LongFact]
    public async Task SendMessage_WithAnAddress_ShowsItAsALinkThatSendsNothingToTheOtherPage()
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

    [LongFact]
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
        await Expect(visitor.Log.Locator(".message")).ToHaveCountAsync(texts.Length);
        await Expect(visitor.Log.Locator("a, img, script, b")).ToHaveCountAsync(0);
        (await visitor.Page.EvaluateAsync<bool>("'hacked' in window")).ShouldBeFalse();
    }

    [LongFact]
    public async Task ReceiveMessage_WithAReversedLink_LinksNothingAndDrawsOtherLinksAsTheyLead()
    {
        var (investor, startup, conversationId) = await Server.RegisterPairAsync();
        var visitor = await VisitAsync(investor);
        await visitor.OpenAsync(conversationId);
        string[] texts =
        [
            "please sign in at \u202Ehttps://evil.example/moc.knab.www//:sptth",
            "\u202Eapart from https://example.com/read-me?a=1 and more",
            "\u05D0\u05D1\u05D2 https://example.com/(\u05D0\u05D1)/\u05D2\u05D3 \u05D4\u05D5",
            "pay at https://b\u0430nk.com/login now",
        ];
        foreach (var text in texts)
            (await startup.SendAsync(conversationId, text)).Expect(HttpStatusCode.Created);

        var links = visitor.Log.GetByRole(AriaRole.Link);
        await Expect(links).ToHaveTextAsync(["https://example.com/read-me?a=1", "https://example.com/(\u05D0\u05D1)/\u05D2\u05D3", "https://xn--bnk-6cd.com/login"]);
        await Expect(visitor.Message("please sign in at").GetByRole(AriaRole.Link)).ToHaveCountAsync(0);
        foreach (var link in await links.AllAsync())
        {
            var leadsTo = new Uri((await link.GetAttributeAsync("href"))!);
            (await link.InnerTextAsync()).ShouldStartWith($"{leadsTo.Scheme}://{leadsTo.Host}/");
            (await link.EvaluateAsync<string>("link => new URL(link.href).host")).ShouldBe(leadsTo.Host);
            (await link.GetAttributeAsync("rel"))
                .ShouldNotBeNull()
                .Split(' ')
                .ShouldBe(["noopener", "noreferrer", "nofollow"], ignoreOrder: true);
        }

        // A reversal around the text would change the order of its letters.
        (await links.First.EvaluateAsync<bool>(IsDrawnFromLeftToRight)).ShouldBeTrue();
        (await links.Last.EvaluateAsync<bool>(IsDrawnFromLeftToRight)).ShouldBeTrue();
        (await links.Nth(1).EvaluateAsync<double[]>("link => [...link.querySelectorAll('bdi')].map(piece => piece.getBoundingClientRect().left)")).ShouldBeInOrder();
    }

    [LongFact]
    public async Task ShowNamesAndPreviews_ThatReverseText_DrawsTheTextAroundThemAsItIs()
    {
        var (investor, startup, conversationId) = await Server.RegisterPairAsync();
        await Server.ExecuteAsync($"UPDATE users SET display_name = '{Reversing}Startup' WHERE id = '{startup.Id}'");
        (await investor.SendAsync(conversationId, $"{Reversing}abcdef")).Expect(HttpStatusCode.Created);
        var visitor = await VisitAsync(investor);
        var other = await VisitAsync(startup);
        await visitor.OpenAsync(conversationId);
        await other.OpenAsync(conversationId);

        await ShouldBeDrawnAsItIsAsync(visitor.Log.GetByText("This is the beginning of your conversation"));
        await ShouldBeDrawnAsItIsAsync(visitor.Conversations.First.GetByText("abcdef"));
        await other.MessageField.PressSequentiallyAsync("Typing");
        await ShouldBeDrawnAsItIsAsync(visitor.TypingLine.GetByText(" is typing…"));

        (await visitor.Page.TitleAsync()).ShouldBe("Startup – CleanMessaging");

        static async Task ShouldBeDrawnAsItIsAsync(ILocator text)
        {
            await Expect(text).ToBeVisibleAsync();
            (await text.EvaluateAsync<bool>(IsDrawnFromLeftToRight)).ShouldBeTrue(await text.InnerTextAsync());
        }
    }
}
