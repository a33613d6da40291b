using System.Net;
using CleanMessaging.Domain.Users;

namespace CleanMessaging.Web.Tests.Quotas;

public sealed class PaymentTests(Stage stage) : WebTests(stage)
{
    private const string UsedUp = "Your free messages are used up";
    private const string NotEnough = "You do not have enough points";

    [Fact]
    public async Task SendMessage_TwentyFirstOfTheDay_AsksOnceAndCostsTenPointsFromThenOn()
    {
        var (investor, startup, conversationId) = await Server.RegisterPairAsync();
        await CreditAsync(investor, 500);
        for (var number = 1; number <= 18; number++)
            (await investor.SendAsync(conversationId, $"Free {number}")).Expect(HttpStatusCode.Created);
        var scene = await MeetAsync((investor, startup, conversationId));
        var (sender, other) = (scene.Investor, scene.Startup);
        sender.Allow("status of 402");
        var dialog = sender.Dialog(UsedUp);

        await Expect(sender.QuotaNotice).ToContainTextAsync("2 of 20 free messages left today");
        await Expect(sender.QuotaNotice).ToContainTextAsync("Then 10 points each");
        await sender.SendAsync("Free 19");
        await Expect(sender.QuotaNotice).ToContainTextAsync("1 of 20 free messages left today");
        await sender.SendAsync("Free 20");
        await Expect(sender.QuotaNotice).ToContainTextAsync("Each message costs 10 points");
        await Expect(sender.QuotaNotice).ToContainTextAsync("Free again tomorrow at 00:00");
        await Expect(dialog).ToBeHiddenAsync();
        (await investor.BalanceAsync()).ShouldBe(500);

        await sender.SendAsync("Paid 21");
        await Expect(dialog)
            .ToContainTextAsync("From now on each message costs 10 points. You have 500 points. Free messages return tomorrow at 00:00.");
        await Expect(other.Message("Paid 21")).ToHaveCountAsync(0);
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Pay 10 points each" }).ClickAsync();
        await Expect(other.Message("Paid 21")).ToBeVisibleAsync();
        await Expect(sender.QuotaNotice).ToContainTextAsync("490 points");

        await sender.SendAsync("Paid 22");
        await Expect(other.Message("Paid 22")).ToBeVisibleAsync();
        await sender.ReloadAsync();
        await sender.SendAsync("Paid 23");
        await Expect(other.Message("Paid 23")).ToBeVisibleAsync();

        await Expect(dialog).ToBeHiddenAsync();
        await Expect(sender.QuotaNotice).ToContainTextAsync("470 points");
        (await investor.BalanceAsync()).ShouldBe(470);
    }

    [LongFact]
    public async Task SendMessage_WithoutAgreeingToThePrice_StaysUnsentUntilRetriedOrDiscarded()
    {
        var (investor, _, conversationId) = await Server.RegisterPairAsync();
        await CreditAsync(investor, 500);
        await SetQuotaAsync(investor, dailyFreeLimit: 0, pointsPerMessage: 10);
        var visitor = await VisitAsync(investor);
        visitor.Allow("status of 402");
        await visitor.OpenAsync(conversationId);
        var dialog = visitor.Dialog(UsedUp);

        await visitor.SendAsync("To be retried");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Do not send" }).ClickAsync();
        await Expect(visitor.Message("To be retried")).ToContainTextAsync("Not sent");
        await Expect(visitor.Message("To be retried"))
            .ToContainTextAsync("Your free messages are used up. This one costs 10 points, and you have not agreed to pay.");
        await visitor.SendAsync("To be discarded");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Do not send" }).ClickAsync();
        await visitor.ReloadAsync();
        await Expect(visitor.Message("To be discarded")).ToContainTextAsync("Not sent");
        await Expect(dialog).ToBeHiddenAsync();
        (await StoredAsync(conversationId)).ShouldBe(0);

        await visitor.Message("To be discarded").GetByRole(AriaRole.Button, new() { Name = "Discard" }).ClickAsync();
        await Expect(visitor.Message("To be discarded")).ToHaveCountAsync(0);
        await visitor.Message("To be retried").GetByRole(AriaRole.Button, new() { Name = "Retry" }).ClickAsync();
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Pay 10 points each" }).ClickAsync();

        await Expect(visitor.Message("To be retried").GetByText("Sent", new() { Exact = true })).ToBeAttachedAsync();
        await Expect(visitor.Message("To be retried")).Not.ToContainTextAsync("Not sent");
        (await StoredAsync(conversationId)).ShouldBe(1);
        (await investor.BalanceAsync()).ShouldBe(490);
    }

    [LongFact]
    public async Task SendMessage_AfterThePriceWasRaised_AsksAgain()
    {
        var (investor, _, conversationId) = await Server.RegisterPairAsync();
        await CreditAsync(investor, 500);
        await SetQuotaAsync(investor, dailyFreeLimit: 0, pointsPerMessage: 10);
        var visitor = await VisitAsync(investor);
        visitor.Allow("status of 402");
        await visitor.OpenAsync(conversationId);
        var dialog = visitor.Dialog(UsedUp);
        await visitor.SendAsync("For ten");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Pay 10 points each" }).ClickAsync();
        await Expect(visitor.Message("For ten").GetByText("Sent", new() { Exact = true })).ToBeAttachedAsync();

        await SetQuotaAsync(investor, dailyFreeLimit: 0, pointsPerMessage: 25);
        await visitor.SendAsync("For more");

        await Expect(dialog).ToContainTextAsync("From now on each message costs 25 points. You have 490 points.");
        (await investor.BalanceAsync()).ShouldBe(490);
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Pay 25 points each" }).ClickAsync();
        await Expect(visitor.Message("For more").GetByText("Sent", new() { Exact = true })).ToBeAttachedAsync();
        (await investor.BalanceAsync()).ShouldBe(465);
    }

    [Fact]
    public async Task SendMessage_WithoutEnoughPoints_IsRejectedInWordsAndSaysWhenMessagesAreFreeAgain()
    {
        var (investor, _, conversationId) = await Server.RegisterPairAsync();
        await CreditAsync(investor, 3);
        await SetQuotaAsync(investor, dailyFreeLimit: 0, pointsPerMessage: 10);
        var visitor = await VisitAsync(investor);
        visitor.Allow("status of 402");
        await visitor.OpenAsync(conversationId);
        var dialog = visitor.Dialog(NotEnough);

        await visitor.SendAsync("Too dear");

        await Expect(dialog)
            .ToContainTextAsync("A message costs 10 points, and you have 3 points. Free messages return tomorrow at 00:00.");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Close" }).ClickAsync();
        await Expect(visitor.Message("Too dear")).ToContainTextAsync("Not sent");
        await Expect(visitor.Message("Too dear"))
            .ToContainTextAsync("This costs 10 points, and you have 3 points. Free messages return tomorrow at 00:00.");
        (await StoredAsync(conversationId)).ShouldBe(0);
        (await investor.BalanceAsync()).ShouldBe(3);
    }

    [LongFact]
    public async Task SendMessage_OnAnotherDay_IsFreeAgainAndAsksAgainWhenItCosts()
    {
        var server = await StartServerAsync(("Quota:DailyFreeLimit", "1"));
        var investor = await server.CreateWithPointsAsync(UserRole.Investor, 100);
        var conversationId = await investor.ConversationWithAsync(await server.RegisterStartupAsync());
        var visitor = await VisitAsync(investor);
        visitor.Allow("status of 402");
        await visitor.Context.Clock.InstallAsync();
        await visitor.OpenAsync(conversationId);
        await SendForPointsAsync("today");

        await PassAsync(TimeSpan.FromDays(1), server, visitor);

        await Expect(visitor.QuotaNotice).ToContainTextAsync("1 of 1 free messages left today");
        await SendForPointsAsync("tomorrow");
        await Expect(visitor.QuotaNotice).ToContainTextAsync("80 points");

        async Task SendForPointsAsync(string when)
        {
            await visitor.SendAsync($"Free {when}");
            await Expect(visitor.Message($"Free {when}").GetByText("Sent", new() { Exact = true })).ToBeAttachedAsync();
            await visitor.SendAsync($"Paid {when}");
            await visitor.Dialog(UsedUp).GetByRole(AriaRole.Button, new() { Name = "Pay 10 points each" }).ClickAsync();
            await Expect(visitor.Message($"Paid {when}").GetByText("Sent", new() { Exact = true })).ToBeAttachedAsync();
        }
    }

    [LongFact]
    public async Task RetryMessage_AfterPointsWereCredited_AsksWithThemAndIsSent()
    {
        var (investor, _, conversationId) = await Server.RegisterPairAsync();
        await SetQuotaAsync(investor, dailyFreeLimit: 0, pointsPerMessage: 10);
        var visitor = await VisitAsync(investor);
        visitor.Allow("status of 402");
        await visitor.OpenAsync(conversationId);
        await visitor.SendAsync("For points to come");
        await visitor.Dialog(NotEnough).GetByRole(AriaRole.Button, new() { Name = "Close" }).ClickAsync();
        await Expect(visitor.Message("For points to come")).ToContainTextAsync("Not sent");

        await CreditAsync(investor, 25);
        await visitor.Message("For points to come").GetByRole(AriaRole.Button, new() { Name = "Retry" }).ClickAsync();

        await Expect(visitor.Dialog(UsedUp)).ToContainTextAsync("From now on each message costs 10 points. You have 25 points.");
        await visitor.Dialog(UsedUp).GetByRole(AriaRole.Button, new() { Name = "Pay 10 points each" }).ClickAsync();
        await Expect(visitor.SentMark("For points to come")).ToBeAttachedAsync();
        (await StoredAsync(conversationId)).ShouldBe(1);
        (await investor.BalanceAsync()).ShouldBe(15);
    }

    [LongFact]
    public async Task RetryMessage_OnTheNextDay_IsSentForNothing()
    {
        var server = await StartServerAsync(("Quota:DailyFreeLimit", "1"));
        var (investor, _, conversationId) = await server.RegisterPairAsync();
        var visitor = await VisitAsync(investor);
        visitor.Allow("status of 402");
        await visitor.Context.Clock.InstallAsync();
        await visitor.OpenAsync(conversationId);
        await visitor.SendAsync("Free today");
        await Expect(visitor.SentMark("Free today")).ToBeAttachedAsync();
        await visitor.SendAsync("Free tomorrow");
        await visitor.Dialog(NotEnough).GetByRole(AriaRole.Button, new() { Name = "Close" }).ClickAsync();

        await PassAsync(TimeSpan.FromDays(1), server, visitor);
        await Expect(visitor.QuotaNotice).ToContainTextAsync("1 of 1 free messages left today");
        await visitor.Message("Free tomorrow").GetByRole(AriaRole.Button, new() { Name = "Retry" }).ClickAsync();

        await Expect(visitor.SentMark("Free tomorrow")).ToBeAttachedAsync();
        await Expect(visitor.Page.GetByRole(AriaRole.Dialog)).ToHaveCountAsync(0);
        await Expect(visitor.QuotaNotice).ToContainTextAsync("Each message costs 10 points");
    }

    [LongTheory]
    [InlineData("Pay 10 points each", 1, 490)]
    [InlineData("Do not send", 0, 500)]
    public async Task AnswerPrice_OfAMessageThatTwoTabsSend_IsAskedForInNeitherOnceItIsSentOrDiscarded(
        string answer, long stored, long balance)
    {
        var (investor, _, conversationId) = await Server.RegisterPairAsync();
        await CreditAsync(investor, 500);
        await SetQuotaAsync(investor, dailyFreeLimit: 0, pointsPerMessage: 10);
        var first = await VisitAsync(investor);
        first.Allow("status of 402");
        var held = new TaskCompletionSource();
        await first.Context.RouteAsync("**/api/messages/send", async route =>
        {
            await held.Task;
            await route.ContinueAsync();
        });
        await first.OpenAsync(conversationId);
        await first.SendAsync("From both");
        await Expect(first.Message("From both")).ToBeVisibleAsync();
        var second = await first.OpenTabAsync();
        await second.OpenAsync(conversationId);
        await Expect(second.Message("From both")).ToBeVisibleAsync();
        held.SetResult();
        await Expect(first.Dialog(UsedUp)).ToBeVisibleAsync();
        await Expect(second.Dialog(UsedUp)).ToBeVisibleAsync();

        await first.TurnToAsync();
        await first.Dialog(UsedUp).GetByRole(AriaRole.Button, new() { Name = answer }).ClickAsync();
        if (stored == 0)
            await first.Message("From both").GetByRole(AriaRole.Button, new() { Name = "Discard" }).ClickAsync();

        foreach (var tab in (Visitor[])[first, second])
        {
            await Expect(tab.Page.GetByRole(AriaRole.Dialog)).ToHaveCountAsync(0);
            await Expect(tab.SentMark("From both")).ToHaveCountAsync((int)stored);
            await Expect(tab.Log.GetByRole(AriaRole.Listitem)).ToHaveCountAsync((int)stored);
        }

        (await StoredAsync(conversationId)).ShouldBe(stored);
        (await investor.BalanceAsync()).ShouldBe(balance);
    }

    [LongFact]
    public async Task AgreeToPrice_WhileADearerMessageIsRejected_PaysNoMoreThanWasShownAndAsksAgain()
    {
        var (investor, _, conversationId) = await Server.RegisterPairAsync();
        await CreditAsync(investor, 500);
        await SetQuotaAsync(investor, dailyFreeLimit: 0, pointsPerMessage: 10);
        var visitor = await VisitAsync(investor);
        visitor.Allow("status of 402");
        await visitor.OpenAsync(conversationId);
        var dialog = visitor.Dialog(UsedUp);
        var (first, second) = (new TaskCompletionSource(), new TaskCompletionSource());
        await visitor.Page.RouteAsync("**/api/messages/send", async route =>
        {
            await (route.Request.PostData!.Contains("For ten", StringComparison.Ordinal) ? first : second).Task;
            await route.ContinueAsync();
        });
        await visitor.SendAsync("For ten");
        await visitor.SendAsync("For more");
        first.SetResult();
        await Expect(dialog).ToContainTextAsync("each message costs 10 points");

        await SetQuotaAsync(investor, dailyFreeLimit: 0, pointsPerMessage: 25);
        second.SetResult();
        await Expect(visitor.Message("For more")).ToContainTextAsync("Not sent");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Pay 10 points each" }).ClickAsync();

        await Expect(dialog).ToContainTextAsync("From now on each message costs 25 points. You have 500 points.");
        (await investor.BalanceAsync()).ShouldBe(500);
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Pay 25 points each" }).ClickAsync();
        await Expect(visitor.SentMark("For ten")).ToBeAttachedAsync();
        await Expect(visitor.SentMark("For more")).ToBeAttachedAsync();
        (await investor.BalanceAsync()).ShouldBe(450);
    }

    private Task<long> StoredAsync(Guid conversationId) =>
        Server.QueryAsync<long>($"SELECT count(*) FROM messages WHERE conversation_id = '{conversationId}'");
}
