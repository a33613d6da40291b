namespace CleanMessaging.Web.Tests.Messages;

public sealed class ComposerTests(Stage stage) : WebTests(stage)
{
    [Fact]
    public async Task SendMessage_LongerThanAllowed_IsRejectedInWordsAndKeptUntilShortened()
    {
        var (investor, _, conversationId) = await Server.RegisterPairAsync();
        var visitor = await VisitAsync(investor);
        await visitor.OpenAsync(conversationId);

        // Each character has four bytes and two UTF-16 code units; the limit counts code points.
        var longest = string.Concat(Enumerable.Repeat("🚀", 5_000));
        await visitor.SendAsync(longest + "!");
        await Expect(visitor.Alert.Filter(new() { HasText = "A message has at most 5,000 characters." })).ToBeVisibleAsync();
        await Expect(visitor.MessageField).ToHaveAccessibleDescriptionAsync("1 character too many");
        await Expect(visitor.MessageField).ToHaveValueAsync(longest + "!");
        await Expect(visitor.Log.GetByRole(AriaRole.Listitem)).ToHaveCountAsync(0);

        await visitor.MessageField.FillAsync(longest);
        await Expect(visitor.MessageField).ToHaveAccessibleDescriptionAsync("0 characters left");
        await visitor.SendButton.ClickAsync();
        await Expect(visitor.Message("🚀").GetByText("Sent", new() { Exact = true })).ToBeAttachedAsync();
        (await Server.QueryAsync<string>($"SELECT content FROM messages WHERE conversation_id = '{conversationId}'")).ShouldBe(longest);
    }

    [LongFact]
    public async Task SendMessage_OfWhiteSpaceOnly_SendsNothing()
    {
        var (investor, _, conversationId) = await Server.RegisterPairAsync();
        var visitor = await VisitAsync(investor);
        await visitor.OpenAsync(conversationId);

        await visitor.SendAsync(" \n ");
        await visitor.SendAsync("Something");

        await Expect(visitor.Message("Something").GetByText("Sent", new() { Exact = true })).ToBeAttachedAsync();
        await Expect(visitor.Log.GetByRole(AriaRole.Listitem)).ToHaveCountAsync(1);
    }

    [LongFact]
    public async Task SendMessage_OnItsWay_SaysSoUntilTheServerHasItAlsoOverAReload()
    {
        var (investor, _, conversationId) = await Server.RegisterPairAsync();
        var visitor = await VisitAsync(investor);
        visitor.Allow("/api/messages/send.*ERR_CONNECTION_REFUSED|ERR_CONNECTION_REFUSED.*/api/messages/send");
        await visitor.OpenAsync(conversationId);
        const string Send = "**/api/messages/send";

        await visitor.Page.RouteAsync(Send, route => route.AbortAsync(RequestAbortErrorCode.ConnectionRefused));
        await visitor.SendAsync("On its way");
        await Expect(visitor.Message("On its way").GetByText("Sending", new() { Exact = true })).ToBeAttachedAsync();
        await visitor.ReloadAsync();
        await Expect(visitor.Message("On its way").GetByText("Sending", new() { Exact = true })).ToBeAttachedAsync();
        await visitor.Page.UnrouteAsync(Send);

        await Expect(visitor.Message("On its way").GetByText("Sent", new() { Exact = true })).ToBeAttachedAsync();
        await Expect(visitor.Log.GetByRole(AriaRole.Listitem)).ToHaveCountAsync(1);
        (await Server.QueryAsync<long>($"SELECT count(*) FROM messages WHERE conversation_id = '{conversationId}'")).ShouldBe(1);
    }

    [LongFact]
    public async Task SendMessage_WithAClockThatIsAheadAndWithoutANetwork_StandsUnderTodayUntilItIsSent()
    {
        var (investor, _, conversationId) = await Server.RegisterPairAsync();
        var visitor = await VisitAsync(investor);
        visitor.Allow("ERR_INTERNET_DISCONNECTED|/hubs/messaging");
        await visitor.Context.Clock.InstallAsync(new() { TimeDate = TimeProvider.System.GetUtcNow().AddDays(2).UtcDateTime });
        await visitor.OpenAsync(conversationId);
        await visitor.Context.SetOfflineAsync(true);
        await Expect(visitor.Button("Retry now")).ToBeVisibleAsync();

        await visitor.SendAsync("Not yet");

        await Expect(visitor.Message("Not yet")).ToContainTextAsync("Waiting for a connection");
        await Expect(visitor.Log.GetByRole(AriaRole.Heading)).ToHaveTextAsync("Today");
    }

    [LongFact]
    public async Task OpenConversation_WithADraftThatCannotBeRead_BeginsWithAnEmptyField()
    {
        var (investor, startup, conversationId) = await Server.RegisterPairAsync();
        var visitor = await VisitAsync(investor);
        await visitor.GoAsync("/account");
        await visitor.Page.EvaluateAsync("key => localStorage.setItem(key, '{}')", $"cleanmessaging:{investor.Id}:draft:{conversationId}");

        await visitor.FollowAsync("Messages");
        await visitor.ConversationWith(startup).ClickAsync();

        await Expect(visitor.MessageField).ToHaveValueAsync("");
        await visitor.SendAsync("Anew");
        await Expect(visitor.Message("Anew").GetByText("Sent", new() { Exact = true })).ToBeAttachedAsync();
    }

    [LongFact]
    public async Task SendMessage_WithHoursOfOnesOwn_IsRejectedInWordsUntilTheyAreWithinTheLimitsAndDisappearsThen()
    {
        var (investor, _, conversationId) = await Server.RegisterPairAsync();
        var visitor = await VisitAsync(investor);
        await visitor.OpenAsync(conversationId);
        await visitor.Page.GetByLabel("Disappears", new() { Exact = true }).SelectOptionAsync("Disappears after…");
        var hours = visitor.Page.GetByRole(AriaRole.Spinbutton, new() { Name = "Hours until it disappears, 1 to 8,760" });
        await Expect(hours).ToHaveValueAsync("1");

        foreach (var bad in (string[])["0", "8761", "-1", "1.5", ""])
        {
            await hours.FillAsync(bad);
            await Expect(hours).ToHaveAccessibleDescriptionAsync("A message disappears after 1 to 8,760 hours.");
            await visitor.SendAsync("Some day");
            await Expect(visitor.Alert.Filter(new() { HasText = "8,760" }).First)
                .ToHaveTextAsync("A message disappears after 1 to 8,760 hours.");
            await Expect(visitor.MessageField).ToHaveValueAsync("Some day");
        }

        await Expect(visitor.Log.GetByRole(AriaRole.Listitem)).ToHaveCountAsync(0);
        foreach (var good in (string[])["1", "36", "8760"])
        {
            await hours.FillAsync(good);
            await Expect(hours).ToHaveAccessibleDescriptionAsync("");
            await visitor.SendAsync($"In {good} hours");
            await Expect(visitor.Message($"In {good} hours").GetByText("Sent", new() { Exact = true })).ToBeAttachedAsync();
        }

        (await Server.QueryAsync<string>(
            $"SELECT string_agg(round(extract(epoch FROM expires_at - created_at) / 3600)::text, ' ' ORDER BY sequence) FROM messages WHERE conversation_id = '{conversationId}'"))
            .ShouldBe("1 36 8760");
    }
}
