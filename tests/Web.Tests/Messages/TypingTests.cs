using System.Net;
using Microsoft.AspNetCore.SignalR.Client;

namespace CleanMessaging.Web.Tests.Messages;

/// <summary>Tests where the page shows that the other participant is typing.</summary>
public sealed class TypingTests(Stage stage) : WebTests(stage)
{
    [Fact]
    public async Task Typing_InAConversationThatIsNotOpen_ReplacesThePreviewAndIsAnnouncedOnce()
    {
        var (investor, startup, conversationId) = await Server.RegisterPairAsync();
        (await startup.SendAsync(conversationId, "The preview")).Expect(HttpStatusCode.Created);
        var visitor = await VisitAsync(investor);
        await visitor.GoAsync("/messages");
        var row = visitor.ConversationWith(startup);
        await Expect(row).ToContainTextAsync("The preview");
        await visitor.Page.EvaluateAsync(
            """
            () => {
                window.said = [];
                const region = document.querySelector('[aria-live=polite]');
                new MutationObserver(() => window.said.push(region.textContent.trim())).observe(region, { childList: true, subtree: true, characterData: true });
            }
            """);
        await using var typist = await startup.ConnectAsync();

        foreach (var _ in Enumerable.Range(0, 2))
        {
            await TypeAsync(typist, conversationId, isTyping: true);
            await Expect(row).ToContainTextAsync("is typing…");
            await Expect(row).Not.ToContainTextAsync("The preview");
            await TypeAsync(typist, conversationId, isTyping: false);
            await Expect(row).ToContainTextAsync("The preview");
        }

        (await visitor.Page.EvaluateAsync<string[]>("window.said.filter(text => text)")).ShouldBe([$"{startup.DisplayName} is typing."]);
        await TypeAsync(typist, conversationId, isTyping: true);
        await Expect(row).ToContainTextAsync("is typing…");
        (await startup.SendAsync(conversationId, "The next one")).Expect(HttpStatusCode.Created);
        await Expect(row).ToContainTextAsync("The next one");
        await Expect(row).Not.ToContainTextAsync("is typing…");
    }

    [LongFact]
    public async Task ReloadPage_WhileTheOtherTypes_ShowsItAgain()
    {
        var (investor, startup, conversationId) = await Server.RegisterPairAsync();
        (await startup.SendAsync(conversationId, "Before the typing")).Expect(HttpStatusCode.Created);
        var visitor = await VisitAsync(investor);
        await visitor.OpenAsync(conversationId);

        // On a busy machine the page can take longer to start than the 6 seconds of an indicator. Then the user types again.
        await Eventually.TrueAsync(
            async () =>
            {
                await using var typist = await startup.ConnectAsync();
                await TypeAsync(typist, conversationId, isTyping: true);
                await visitor.ReloadAsync();
                await Expect(visitor.Message("Before the typing")).ToBeVisibleAsync();

                return await visitor.TypingLine.GetByText($"{startup.DisplayName} is typing…").IsVisibleAsync();
            },
            "The reloaded page does not show that the other is typing.");
    }

    private static Task TypeAsync(TestConnection connection, Guid conversationId, bool isTyping) =>
        connection.Hub.InvokeAsync("Typing", new { conversationId, isTyping }, TestContext.Current.CancellationToken);
}
