namespace CleanMessaging.Web.Tests.Shell;

public sealed class KeyboardTests(Stage stage) : WebTests(stage)
{
    /// <summary>The maximum number of tab stops before the searched element.</summary>
    private const int StopsMax = 30;

    /// <summary>Script that returns whether the focus is visible on the element, its label, or the form around it.</summary>
    private const string HasVisibleFocus =
        """
        element => {
            const looks = () => [element, element.nextElementSibling, element.closest('form')].filter(Boolean)
                .map(one => getComputedStyle(one))
                .map(style => [style.outline, style.boxShadow, style.borderColor].join())
                .join();
            const focused = looks();
            element.blur();
            const blurred = looks();
            element.focus();
            return focused !== blurred;
        }
        """;

    [Fact]
    public async Task HaveAConversation_WithTheKeyboardOnly_ReachesEverythingAndAlwaysShowsTheFocus()
    {
        var (investor, startup, _) = await Server.RegisterPairAsync();
        await CreditAsync(investor, 100);
        await SetQuotaAsync(investor, dailyFreeLimit: 1, pointsPerMessage: 10);
        var visitor = await VisitAsync();
        visitor.Allow("status of 402");
        var keyboard = visitor.Page.Keyboard;
        await visitor.GoAsync("/");

        await TabToAsync(visitor, visitor.Field("E-mail"));
        await keyboard.TypeAsync(investor.Email);
        await TabToAsync(visitor, visitor.PasswordField("Password"));
        await keyboard.TypeAsync(ApiServer.Password);
        await keyboard.PressAsync("Enter");
        await Expect(visitor.Heading).ToHaveTextAsync("Messages");

        await TabToAsync(visitor, visitor.ConversationWith(startup));
        await keyboard.PressAsync("Enter");
        await Expect(visitor.Heading).ToHaveTextAsync(startup.DisplayName);
        await visitor.ShouldBeLoadedAsync();
        await TabToAsync(visitor, visitor.MessageField);
        await keyboard.TypeAsync("Two");
        await keyboard.PressAsync("Shift+Enter");
        await keyboard.TypeAsync("lines");
        await keyboard.PressAsync("Enter");
        await Expect(visitor.Message("Two\nlines").GetByText("Sent", new() { Exact = true })).ToBeAttachedAsync();
        await Expect(visitor.MessageField).ToBeFocusedAsync();

        await keyboard.TypeAsync("Paid");
        await keyboard.PressAsync("Enter");
        var dialog = visitor.Dialog("Your free messages are used up");
        await Expect(dialog).ToBeVisibleAsync();
        await keyboard.PressAsync("Enter");
        await Expect(dialog).ToBeVisibleAsync();
        for (var stop = 0; stop < 6; stop++)
        {
            await keyboard.PressAsync("Tab");
            (
                await visitor.Page.EvaluateAsync<bool>(
                    "document.activeElement === document.body || document.querySelector('dialog[open]').contains(document.activeElement)"))
                .ShouldBeTrue("The focus has left the dialog.");
        }

        await keyboard.PressAsync("Escape");
        await Expect(dialog).ToBeHiddenAsync();
        await Expect(visitor.MessageField).ToBeFocusedAsync();
        await Expect(visitor.Message("Paid")).ToContainTextAsync("Not sent");
        (await investor.BalanceAsync()).ShouldBe(100);

        await TabToAsync(visitor, visitor.Button("Retry"), "Shift+Tab");
        await keyboard.PressAsync("Enter");
        await Expect(dialog).ToBeVisibleAsync();
        await TabToAsync(visitor, visitor.Button("Pay 10 points each"));
        await keyboard.PressAsync("Enter");
        await Expect(visitor.Message("Paid").GetByText("Sent", new() { Exact = true })).ToBeAttachedAsync();
        (await investor.BalanceAsync()).ShouldBe(90);
    }

    [LongFact]
    public async Task PressTab_OnAnyPage_BeginsWithSkippingToTheContent()
    {
        var visitor = await VisitAsync(await Server.RegisterInvestorAsync());
        await visitor.GoAsync("/wallet");

        await visitor.Page.Keyboard.PressAsync("Tab");
        await Expect(visitor.Button("Skip to content")).ToBeFocusedAsync();
        await Expect(visitor.Button("Skip to content")).ToBeInViewportAsync();
        await visitor.Page.Keyboard.PressAsync("Enter");

        await Expect(visitor.Page.GetByRole(AriaRole.Main)).ToBeFocusedAsync();
    }

    [LongFact]
    public async Task FollowALink_ToAnotherPage_MovesTheFocusToItsHeading()
    {
        var visitor = await VisitAsync(await Server.RegisterInvestorAsync());
        await visitor.GoAsync("/messages");

        foreach (var place in (string[])["People", "Wallet", "Account"])
        {
            await TabToAsync(
                visitor, visitor.Page.GetByRole(AriaRole.Navigation).GetByRole(AriaRole.Link, new() { Name = place }), "Shift+Tab");
            await visitor.Page.Keyboard.PressAsync("Enter");
            await Expect(visitor.Heading).ToHaveTextAsync(place);
            await Expect(visitor.Heading).ToBeFocusedAsync();
        }
    }

    [LongFact]
    public async Task GoToTheNewestMessage_WithTheKeyboard_MovesTheFocusToTheMessages()
    {
        var visitor = await OpenFilledAsync(100);
        await visitor.Log.HoverAsync();
        await visitor.Page.Mouse.WheelAsync(0, -700);
        var button = visitor.Button("Go to the newest message");
        await button.FocusAsync();

        await visitor.Page.Keyboard.PressAsync("Enter");

        await Expect(button).ToHaveCountAsync(0);
        await Expect(visitor.Log).ToBeFocusedAsync();
    }

    [LongFact]
    public async Task PressTab_IntoAConversationWithALongHistory_StaysAtWhatIsOnTheScreen()
    {
        var (investor, _, conversationId) = await Server.RegisterPairAsync();
        await Server.FillAsync(conversationId, investor.Id, 300);
        await Server.ExecuteAsync($"UPDATE messages SET content = content || ' https://example.com/' || sequence WHERE conversation_id = '{conversationId}' AND sequence % 5 = 0");
        var visitor = await VisitAsync(investor);
        await visitor.OpenAsync(conversationId);
        await Expect(visitor.Log.GetByText("Filled 299", new() { Exact = true })).ToBeInViewportAsync();
        await visitor.Log.HoverAsync();
        for (var turn = 0; turn < 3; turn++)
        {
            await visitor.Page.Mouse.WheelAsync(0, -900);
            await visitor.Page.EvaluateAsync("() => new Promise(done => setTimeout(done, 300))");
        }

        var before = await visitor.Log.EvaluateAsync<double>("log => log.scrollTop");
        await visitor.Button("New conversation")
            .Or(visitor.Page.GetByRole(AriaRole.Link, new() { Name = "New conversation" }))
            .FocusAsync();
        var stopsInside = 0;
        for (
            var stop = 0; stop < StopsMax
                && !await visitor.MessageField.EvaluateAsync<bool>("field => field === document.activeElement"); stop++)
        {
            await visitor.Page.Keyboard.PressAsync("Tab");
            if (!await visitor.Log.EvaluateAsync<bool>("log => log.contains(document.activeElement) && log !== document.activeElement"))
                continue;

            stopsInside++;
            await Expect(visitor.Page.Locator("*:focus")).ToBeInViewportAsync();
            (await visitor.Log.EvaluateAsync<double>("log => log.scrollTop")).ShouldBe(before, tolerance: 60);
        }

        stopsInside.ShouldBeGreaterThan(1);
        await Expect(visitor.MessageField).ToBeFocusedAsync();
        await visitor.Page.Keyboard.PressAsync("Shift+Tab");
        await visitor.Page.Keyboard.PressAsync("Shift+Tab");
        (await visitor.Log.EvaluateAsync<double>("log => log.scrollTop")).ShouldBe(before, tolerance: 60);
    }

    [LongFact]
    public async Task PressArrows_OnAMessage_LeadsFromOneToTheNextAndScrollsWithThem()
    {
        var visitor = await OpenFilledAsync(300);
        await Expect(visitor.Log.GetByText("Filled 300", new() { Exact = true })).ToBeInViewportAsync();
        await visitor.Log.FocusAsync();
        await visitor.Page.Keyboard.PressAsync("Tab");
        var focused = visitor.Log.Locator(".message:focus");
        await Expect(focused).ToContainTextAsync("Filled 300");

        for (var number = 299; number >= 240; number--)
        {
            // Earlier messages are loaded while the user moves up.
            await Expect(visitor.Log.GetByText($"Filled {number}", new() { Exact = true })).ToBeAttachedAsync();
            await visitor.Page.Keyboard.PressAsync("ArrowUp");
            await Expect(focused).ToContainTextAsync($"Filled {number}");
        }

        await Expect(focused).ToBeInViewportAsync(new() { Ratio = 1 });
        await visitor.Page.Keyboard.PressAsync("ArrowDown");
        await Expect(focused).ToContainTextAsync("Filled 241");
        await Expect(visitor.Log.GetByText("Filled 300", new() { Exact = true })).Not.ToBeInViewportAsync();
    }

    [LongFact]
    public async Task LoadEarlierMessages_UpToTheFirst_MovesTheFocusToTheMessages()
    {
        var visitor = await OpenFilledAsync(60);
        await visitor.Button("Load earlier messages").FocusAsync();

        await visitor.Page.Keyboard.PressAsync("Enter");

        await Expect(visitor.Log.GetByText("This is the beginning of your conversation")).ToBeAttachedAsync();
        await Expect(visitor.Log).ToBeFocusedAsync();
    }

    [LongFact]
    public async Task ComeBackOnline_WithTheFocusOnRetryNow_MovesTheFocusToTheHeading()
    {
        var visitor = await OpenFilledAsync(1);
        visitor.Allow("ERR_INTERNET_DISCONNECTED|/hubs/messaging");
        await visitor.Context.SetOfflineAsync(true);
        await visitor.Button("Retry now").FocusAsync();

        await visitor.Context.SetOfflineAsync(false);

        await Expect(visitor.Button("Retry now")).ToHaveCountAsync(0);
        await Expect(visitor.Heading).ToBeFocusedAsync();
    }

    [LongFact]
    public async Task DismissWarning_WithTheKeyboard_MovesTheFocusToTheHeading()
    {
        var visitor = await OpenFilledAsync(60);
        await visitor.BeWarnedAsync();
        await visitor.Button("Dismiss").FocusAsync();

        await visitor.Page.Keyboard.PressAsync("Enter");

        await Expect(visitor.Button("Dismiss")).ToHaveCountAsync(0);
        await Expect(visitor.Heading).ToBeFocusedAsync();
    }

    [LongFact]
    public async Task DeactivateUser_WithTheKeyboard_LeavesTheFocusOnTheOppositeOfIt()
    {
        var investor = await Server.RegisterInvestorAsync();
        var visitor = await VisitAsync(await Server.CreateAdminAsync());
        await visitor.GoAsync("/admin");
        await visitor.Page.GetByRole(AriaRole.Searchbox).FillAsync(investor.Email);
        await visitor.Button($"Choose {investor.DisplayName}").ClickAsync();
        await visitor.Button("Deactivate").FocusAsync();
        await visitor.Page.Keyboard.PressAsync("Enter");
        var confirmation = visitor.Dialog($"Deactivate {investor.DisplayName}?").GetByRole(AriaRole.Button, new() { Name = "Deactivate" });
        await TabToAsync(visitor, confirmation);

        await visitor.Page.Keyboard.PressAsync("Enter");

        await Expect(visitor.Button("Reactivate")).ToBeFocusedAsync();
        await visitor.Page.Keyboard.PressAsync("Enter");
        await TabToAsync(
            visitor, visitor.Dialog($"Reactivate {investor.DisplayName}?").GetByRole(AriaRole.Button, new() { Name = "Reactivate" }));
        await visitor.Page.Keyboard.PressAsync("Enter");
        await Expect(visitor.Button("Deactivate")).ToBeFocusedAsync();
    }

    /// <summary>Opens a conversation that contains the given number of messages.</summary>
    private async Task<Visitor> OpenFilledAsync(int messages)
    {
        var (investor, _, conversationId) = await Server.RegisterPairAsync();
        await Server.FillAsync(conversationId, investor.Id, messages);
        var visitor = await VisitAsync(investor);
        await visitor.OpenAsync(conversationId);

        return visitor;
    }

    /// <summary>Presses Tab until an element has the focus; verifies at each stop that the focus is visible.</summary>
    private static async Task TabToAsync(Visitor visitor, ILocator wanted, string key = "Tab")
    {
        await Expect(wanted).ToHaveCountAsync(1);
        for (var stop = 0; stop < StopsMax; stop++)
        {
            if (await wanted.EvaluateAsync<bool>("element => element === document.activeElement"))
                return;

            await visitor.Page.Keyboard.PressAsync(key);
            var focused = visitor.Page.Locator("*:focus");
            if (await focused.CountAsync() == 1)
            {
                (await focused.EvaluateAsync<bool>(HasVisibleFocus))
                    .ShouldBeTrue(await focused.EvaluateAsync<string>("element => element.outerHTML"));
            }
        }

        throw new ShouldAssertException($"The keyboard does not lead to {wanted}.");
    }
}
