using System.Net;

namespace CleanMessaging.Web.Tests.Shell;

public sealed class LayoutTests(Stage stage) : WebTests(stage)
{
    /// <summary>Script that returns the containers whose content is wider than they are and that must not scroll horizontally.</summary>
    private const string TooWide =
        """
        () => [document.documentElement, ...document.querySelectorAll('body, main, [role=log], dialog[open]')]
            .filter(element => element.scrollWidth > element.clientWidth + 1)
            .map(element => `${element.tagName} ${element.className}: ${element.scrollWidth} in ${element.clientWidth}`)
        """;

    /// <summary>Script that returns whether an element is completely on the screen and not covered.</summary>
    private const string IsFree =
        """
        element => {
            const { left, top, right, bottom } = element.getBoundingClientRect();
            return [0.25, 0.5, 0.75].every(x => [0.2, 0.5, 0.8].every(y =>
                element.contains(document.elementFromPoint(left + (right - left) * x, top + (bottom - top) * y))));
        }
        """;

    [LongFact]
    public async Task ShowPages_On320Pixels_NeverScrollSideways()
    {
        var (investor, startup, conversationId) = await Server.RegisterPairAsync();
        await CreditAsync(investor, 1_000_000_000, new string('w', 200));
        (await startup.SendAsync(conversationId, $"https://example.com/{new string('a', 300)} {new string('w', 300)}")).Expect(HttpStatusCode.Created);
        (await investor.SendExpiringAsync(conversationId, $"{new string('ẅ', 200)}", 8_760)).Expect(HttpStatusCode.Created);
        await SetQuotaAsync(investor, dailyFreeLimit: 0, pointsPerMessage: 1_000_000);
        var visitor = await VisitAsync(investor, Device.Narrow);
        visitor.Allow("status of 402");
        var faults = new List<string>();

        await visitor.GoAsync("/messages");
        await Expect(visitor.Conversations).ToHaveCountAsync(1);
        await LookAsync("messages");
        await visitor.ConversationWith(startup).ClickAsync();
        await visitor.ShouldBeLoadedAsync();
        await LookAsync("chat");
        await visitor.SendAsync("For points");
        await Expect(visitor.Dialog("Your free messages are used up")).ToBeVisibleAsync();
        await LookAsync("chat, dialog open");
        await visitor.Button("Do not send").ClickAsync();
        await Expect(visitor.Message("For points")).ToContainTextAsync("Not sent");
        await LookAsync("chat, not sent");
        await visitor.Page.GetByRole(AriaRole.Link, new() { Name = "Back to conversations" }).ClickAsync();
        foreach (var place in (string[])["People", "Wallet", "Account"])
        {
            await visitor.FollowAsync(place);
            await Expect(visitor.Heading).ToHaveTextAsync(place);
            await LookAsync(place);
        }

        var signedOut = await VisitAsync(Device.Narrow);
        foreach (var address in (string[])["/sign-in", "/register"])
        {
            await signedOut.GoAsync(address);
            faults.AddRange((await signedOut.Page.EvaluateAsync<string[]>(TooWide)).Select(fault => $"{address}: {fault}"));
        }

        var admin = await VisitAsync(await Server.CreateAdminAsync(), Device.Narrow);
        await admin.GoAsync("/admin");
        await admin.Page.GetByRole(AriaRole.Searchbox).FillAsync(investor.Email);
        await admin.Button($"Choose {investor.DisplayName}").ClickAsync();
        await Expect(admin.Button("Deactivate")).ToBeVisibleAsync();
        faults.AddRange((await admin.Page.EvaluateAsync<string[]>(TooWide)).Select(fault => $"admin: {fault}"));

        faults.ShouldBeEmpty();

        async Task LookAsync(string what) =>
            faults.AddRange((await visitor.Page.EvaluateAsync<string[]>(TooWide)).Select(fault => $"{what}: {fault}"));
    }

    [LongFact]
    public async Task ShowWarning_InAConversation_CoversNothingThatOneWritesWith()
    {
        var (investor, _, conversationId) = await Server.RegisterPairAsync();
        await Server.FillAsync(conversationId, investor.Id, 60);
        foreach (var device in (Device[])[Device.Phone, Device.Desktop, Device.Narrow])
        {
            var visitor = await VisitAsync(investor, device);
            await visitor.OpenAsync(conversationId);

            await visitor.BeWarnedAsync();

            await Expect(visitor.Button("Dismiss")).ToBeInViewportAsync(new() { Ratio = 1 });
            foreach (var needed in (ILocator[])[visitor.MessageField, visitor.SendButton, visitor.Heading])
                (await needed.EvaluateAsync<bool>(IsFree)).ShouldBeTrue($"{needed} on {device}");
            (await visitor.Page.EvaluateAsync<string[]>(TooWide)).ShouldBeEmpty();
        }
    }

    [LongFact]
    public async Task ShowMessages_OnAPhone_ShowsTheListOrTheConversationAndGoesBack()
    {
        var (investor, startup, conversationId) = await Server.RegisterPairAsync();
        (await startup.SendAsync(conversationId, "On the go")).Expect(HttpStatusCode.Created);
        var visitor = await VisitAsync(investor, Device.Phone);

        await visitor.GoAsync("/messages");
        await Expect(visitor.ConversationWith(startup)).ToBeVisibleAsync();
        await Expect(visitor.MessageField).ToHaveCountAsync(0);
        await visitor.ConversationWith(startup).TapAsync();

        await Expect(visitor.Message("On the go")).ToBeVisibleAsync();
        await Expect(visitor.Conversations).ToHaveCountAsync(0);
        await Expect(visitor.MessageField).ToBeInViewportAsync(new() { Ratio = 1 });
        await Expect(visitor.SendButton).ToBeInViewportAsync(new() { Ratio = 1 });
        await visitor.MessageField.TapAsync();
        await visitor.Page.Keyboard.TypeAsync("One");
        await visitor.Page.Keyboard.PressAsync("Enter");
        await visitor.Page.Keyboard.TypeAsync("Two");
        await Expect(visitor.MessageField).ToHaveValueAsync("One\nTwo");
        await visitor.SendButton.TapAsync();
        await Expect(visitor.Message("Two")).ToBeVisibleAsync();

        await visitor.Page.GetByRole(AriaRole.Link, new() { Name = "Back to conversations" }).TapAsync();
        await Expect(visitor.ConversationWith(startup)).ToBeVisibleAsync();
        await Expect(visitor.Log).ToHaveCountAsync(0);
    }
}
