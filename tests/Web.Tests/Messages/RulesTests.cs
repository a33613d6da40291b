namespace CleanMessaging.Web.Tests.Messages;

/// <summary>Tests that the page offers only what the settings of its server allow.</summary>
public sealed class RulesTests(Stage stage) : WebTests(stage)
{
    [Fact]
    public async Task MessageMenu_OfAServerWithSettings_OffersOnlyWhatItAllows()
    {
        var server = await StartServerAsync(
            ("Messages:EditsMax", "1"),
            ("Messages:EditHistory", "Nobody"),
            ("Messages:DeleteWindow", "00:00:00"),
            ("Reactions:Allowed:0", "👍"),
            ("Reactions:Allowed:1", "🦄"));
        var scene = await MeetAsync(await server.RegisterPairAsync());
        await scene.Investor.SendAsync("Once");
        await ShouldBeSentAsync(scene, "Once");

        await OpenMenuAsync(scene.Investor, "Once");
        await Expect(scene.Investor.Page.GetByRole(AriaRole.Menuitemradio)).ToHaveTextAsync(["👍", "🦄"]);
        await Expect(Item(scene.Investor, "More reactions")).ToHaveCountAsync(0);
        await Expect(Item(scene.Investor, "Delete for everyone…")).ToHaveCountAsync(0);
        await Item(scene.Investor, "Edit").ClickAsync();
        await Expect(scene.Investor.Page.GetByText("The other participant sees that it was edited.", new() { Exact = true })).ToBeVisibleAsync();
        await scene.Investor.MessageField.FillAsync("Twice");
        await scene.Investor.Button("Save").ClickAsync();

        foreach (var visitor in new[] { scene.Investor, scene.Startup })
        {
            await Expect(visitor.Message("Twice")).ToContainTextAsync("edited");
            await OpenMenuAsync(visitor, "Twice");
            await Expect(Item(visitor, "Edit")).ToHaveCountAsync(0);
            await Expect(Item(visitor, "Show earlier versions")).ToHaveCountAsync(0);
            await Expect(Item(visitor, "Hide for me…")).ToBeVisibleAsync();
        }
    }

    [LongFact]
    public async Task MessageMenu_OfAServerWithoutEdits_OffersNone()
    {
        var server = await StartServerAsync(("Messages:EditWindow", "00:00:00"));
        var scene = await MeetAsync(await server.RegisterPairAsync());
        await scene.Investor.SendAsync("Final");
        await ShouldBeSentAsync(scene, "Final");

        await OpenMenuAsync(scene.Investor, "Final");
        await Expect(Item(scene.Investor, "Delete for everyone…")).ToBeVisibleAsync();
        await Expect(Item(scene.Investor, "Edit")).ToHaveCountAsync(0);
    }

    /// <summary>Waits until the server has accepted a message: the menu of an unsent one offers less.</summary>
    private static async Task ShouldBeSentAsync(Scene scene, string text)
    {
        await Expect(scene.Startup.Message(text)).ToBeVisibleAsync();
        await Expect(scene.Investor.SentMark(text).Or(scene.Investor.Message(text).GetByText("Read", new() { Exact = true }))).ToBeAttachedAsync();
    }

    private static ILocator Item(Visitor visitor, string name) =>
        visitor.Page.GetByRole(AriaRole.Menuitem, new() { Name = name, Exact = true });

    private static async Task OpenMenuAsync(Visitor visitor, string text)
    {
        await visitor.Message(text).Locator(".message-text").ClickAsync(new() { Button = MouseButton.Right });
        await Expect(Item(visitor, "Copy text")).ToBeVisibleAsync();
    }
}
