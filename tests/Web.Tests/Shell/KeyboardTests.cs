namespace CleanMessaging.Web.Tests.Shell;

public sealed class KeyboardTests(Stage stage) : WebTests(stage)
{
    /// <summary>How many stops there may be before what is looked for.</summary>
    private const int StopsMax = 30;

    /// <summary>Whether it looks otherwise than without the focus, itself or what stands for it: a label of its own, or the form around it.</summary>
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
    public async Task HoldAConversation_WithTheKeyboardAlone_ReachesEverythingAndAlwaysShowsTheFocus()
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
            (await visitor.Page.EvaluateAsync<bool>("document.activeElement === document.body || document.querySelector('dialog[open]').contains(document.activeElement)"))
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

    [Fact]
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

    [Fact]
    public async Task FollowALink_ToAnotherPage_MovesTheFocusToItsHeading()
    {
        var visitor = await VisitAsync(await Server.RegisterInvestorAsync());
        await visitor.GoAsync("/messages");

        foreach (var place in (string[])["People", "Wallet", "Account"])
        {
            await TabToAsync(visitor, visitor.Page.GetByRole(AriaRole.Navigation).GetByRole(AriaRole.Link, new() { Name = place }), "Shift+Tab");
            await visitor.Page.Keyboard.PressAsync("Enter");
            await Expect(visitor.Heading).ToHaveTextAsync(place);
            await Expect(visitor.Heading).ToBeFocusedAsync();
        }
    }

    /// <summary>Goes on with the keyboard until the focus is where it is wanted; everywhere on the way it has to be seen.</summary>
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
                (await focused.EvaluateAsync<bool>(HasVisibleFocus)).ShouldBeTrue(await focused.EvaluateAsync<string>("element => element.outerHTML"));
        }

        throw new ShouldAssertException($"The keyboard does not lead to {wanted}.");
    }
}
