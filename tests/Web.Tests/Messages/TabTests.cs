using System.Collections.Concurrent;

namespace CleanMessaging.Web.Tests.Messages;

/// <summary>Tests several tabs of one browser, which share the send queue.</summary>
public sealed class TabTests(Stage stage) : WebTests(stage)
{
    private const string Send = "**/api/messages/send";

    [LongFact]
    public async Task CloseTab_WithWhatWasWrittenOffline_SendsItFromTheOtherOnceThereIsANetwork()
    {
        var (here, there, conversationId) = await OpenTwoTabsAsync();
        here.Allow("ERR_INTERNET_DISCONNECTED|/hubs/messaging");

        await here.Context.SetOfflineAsync(true);
        await there.SendAsync("Written offline 1");
        await there.SendAsync("Written offline 2");
        await Expect(there.Message("Written offline 2")).ToContainTextAsync("Waiting for a connection");
        await there.Page.CloseAsync();
        await here.TurnToAsync();
        await here.SendAsync("Written offline 3");
        await here.Context.SetOfflineAsync(false);

        for (var number = 1; number <= 3; number++)
            await Expect(here.SentMark($"Written offline {number}")).ToBeAttachedAsync();
        await Expect(here.Log.GetByRole(AriaRole.Listitem)).ToHaveCountAsync(3);
        (await CountAsync(conversationId)).ShouldBe(3);
    }

    [LongFact]
    public async Task CloseTab_WithWhatItCouldNotSend_SendsItFromTheOtherInTheOrderOfItsWriting()
    {
        var (here, there, conversationId) = await OpenTwoTabsAsync();
        here.Allow("ERR_CONNECTION_REFUSED");
        await here.Context.RouteAsync(Send, route => route.AbortAsync(RequestAbortErrorCode.ConnectionRefused));

        await there.SendAsync("Written first");
        await Expect(there.Message("Written first")).ToBeVisibleAsync();
        await there.Page.CloseAsync();
        await here.TurnToAsync();
        await here.SendAsync("Written second");
        await Expect(here.Message("Written first")).ToBeVisibleAsync();
        await here.Context.UnrouteAsync(Send);

        await Expect(here.SentMark("Written first")).ToBeAttachedAsync();
        await Expect(here.SentMark("Written second")).ToBeAttachedAsync();
        (await here.Log.GetByText("Written").AllInnerTextsAsync()).ShouldBe(["Written first", "Written second"]);
        (await CountAsync(conversationId)).ShouldBe(2);
    }

    [LongFact]
    public async Task SendMessage_ThatAnotherTabTakesOver_IsShownInBothOnceAndStoredOnce()
    {
        var (here, there, conversationId) = await OpenTwoTabsAsync();
        var (asked, answer) = (new ConcurrentQueue<IRequest>(), new TaskCompletionSource());
        await here.Context.RouteAsync(Send, async route =>
        {
            asked.Enqueue(route.Request);
            await answer.Task;
            await route.ContinueAsync();
        });

        await there.SendAsync("Sent by both");
        await Expect(there.Message("Sent by both")).ToBeVisibleAsync();
        await here.Page.EvaluateAsync("dispatchEvent(new Event('online'))");
        await Expect(here.Message("Sent by both")).ToBeVisibleAsync();
        await Eventually.TrueAsync(() => asked.Count == 2, "The two tabs do not both send the message.");
        answer.SetResult();

        foreach (var tab in (Visitor[])[here, there])
        {
            await Expect(tab.SentMark("Sent by both")).ToBeAttachedAsync();
            await Expect(tab.Log.GetByRole(AriaRole.Listitem)).ToHaveCountAsync(1);
            await Expect(tab.QuotaNotice).ToContainTextAsync("19 of 20 free messages left today");
        }

        (await CountAsync(conversationId)).ShouldBe(1);
    }

    [LongFact]
    public async Task DiscardMessage_ThatWasRejectedInAnotherTab_DiscardsItInBoth()
    {
        var (here, there, conversationId) = await OpenTwoTabsAsync(dailyFreeLimit: 0);
        here.Allow("status of 402");

        await there.SendAsync("Rejected there");
        await there.Button("Close").ClickAsync();
        await Expect(here.Message("Rejected there")).ToContainTextAsync("Not sent");
        await Expect(here.Page.GetByRole(AriaRole.Dialog)).ToHaveCountAsync(0);
        await here.TurnToAsync();
        await here.Message("Rejected there").GetByRole(AriaRole.Button, new() { Name = "Discard" }).ClickAsync();

        foreach (var tab in (Visitor[])[here, there])
            await Expect(tab.Message("Rejected there")).ToHaveCountAsync(0);
        (await CountAsync(conversationId)).ShouldBe(0);
    }

    /// <summary>Opens a user's conversation in two tabs.</summary>
    private async Task<(Visitor Here, Visitor There, Guid ConversationId)> OpenTwoTabsAsync(int? dailyFreeLimit = null)
    {
        var (investor, _, conversationId) = await Server.RegisterPairAsync();
        if (dailyFreeLimit is not null)
            await SetQuotaAsync(investor, dailyFreeLimit, pointsPerMessage: null);
        var here = await VisitAsync(investor);
        await here.OpenAsync(conversationId);
        var there = await here.OpenTabAsync();
        await there.OpenAsync(conversationId);

        return (here, there, conversationId);
    }

    private Task<long> CountAsync(Guid conversationId) =>
        Server.QueryAsync<long>($"SELECT count(*) FROM messages WHERE conversation_id = '{conversationId}'");
}
