namespace CleanMessaging.Web.Tests.Shell;

/// <summary>Tests a browser whose storage is full, or that stores nothing for this page.</summary>
public sealed class StorageTests(Stage stage) : WebTests(stage)
{
    /// <summary>Script that fills the storage until it accepts no further character.</summary>
    private const string Fill =
        """
        () => {
            let place = 0;
            for (let size = 1 << 22; size >= 1;) {
                try {
                    localStorage.setItem(`filler ${place}`, 'x'.repeat(size));
                    place++;
                } catch {
                    size >>= 1;
                }
            }
        }
        """;

    private const string Clear = "() => Object.keys(localStorage).filter(key => key.startsWith('filler')).forEach(key => "
        + "localStorage.removeItem(key))";

    [LongFact]
    public async Task SendMessage_WhenTheStorageIsFull_SaysSoAndKeepsTheTextUntilThereIsSpace()
    {
        var (investor, _, conversationId) = await Server.RegisterPairAsync();
        var visitor = await VisitAsync(investor);
        await visitor.OpenAsync(conversationId);
        await visitor.Page.EvaluateAsync(Fill);

        await visitor.SendAsync("No room for this");
        await Expect(visitor.Alert.Filter(new() { HasText = "The message was not sent, because this browser's storage is full." }))
            .ToBeVisibleAsync();
        await Expect(visitor.MessageField).ToHaveValueAsync("No room for this");
        await Expect(visitor.Log.GetByRole(AriaRole.Listitem)).ToHaveCountAsync(0);
        await visitor.Page.EvaluateAsync(Clear);
        await visitor.SendButton.ClickAsync();

        await Expect(visitor.SentMark("No room for this")).ToBeAttachedAsync();
        await Expect(visitor.MessageField).ToHaveValueAsync("");
        await Expect(visitor.Alert.Filter(new() { HasText = "storage is full" })).ToHaveCountAsync(0);
    }

    [LongFact]
    public async Task SignIn_WhenTheStorageIsFull_LastsUntilThePageIsLeft()
    {
        var (investor, startup, _) = await Server.RegisterPairAsync();
        var visitor = await VisitAsync();
        await visitor.GoAsync("/");
        await visitor.Page.EvaluateAsync(Fill);

        await visitor.SignInAsync(investor.Email, ApiServer.Password);
        await Expect(visitor.Heading).ToHaveTextAsync("Messages");
        await Expect(visitor.ConversationWith(startup)).ToBeVisibleAsync();

        await visitor.ReloadAsync();
        await Expect(visitor.Heading).ToHaveTextAsync("Sign in");
    }

    [LongFact]
    public async Task UsePage_WhoseStorageTheBrowserRejects_WorksUntilItIsLeft()
    {
        const string Reject =
            "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('Access is denied.', 'SecurityError'); } });";
        var (investor, startup, _) = await Server.RegisterPairAsync();
        var visitor = await VisitAsync();
        await visitor.Context.AddInitScriptAsync(Reject);
        await visitor.GoAsync("/");

        await visitor.SignInAsync(investor.Email, ApiServer.Password);
        await visitor.ConversationWith(startup).ClickAsync();
        await visitor.MessageField.FillAsync("Kept while here");
        await visitor.FollowAsync("Account");
        await Expect(visitor.Heading).ToHaveTextAsync("Account");
        await visitor.FollowAsync("Messages");
        await visitor.ConversationWith(startup).ClickAsync();
        await Expect(visitor.MessageField).ToHaveValueAsync("Kept while here");
        await visitor.SendButton.ClickAsync();
        await Expect(visitor.SentMark("Kept while here")).ToBeAttachedAsync();

        await visitor.ReloadAsync();
        await Expect(visitor.Heading).ToHaveTextAsync("Sign in");
    }
}
