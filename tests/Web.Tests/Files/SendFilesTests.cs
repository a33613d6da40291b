using System.Text;

namespace CleanMessaging.Web.Tests.Files;

/// <summary>Tests how a user adds files to a message, and what becomes of them until the message is sent.</summary>
public sealed class SendFilesTests(Stage stage) : WebTests(stage)
{
    private static readonly byte[] _text = Encoding.UTF8.GetBytes("The numbers\n1,2,3\n");

    [Fact]
    public async Task SendPicture_WithAText_IsSeenByBothAndOpensLarge()
    {
        var scene = await MeetAsync();
        await scene.Investor.AddPictureAsync("cat.png");

        await scene.Investor.SendAsync("Look at this");

        await Expect(scene.Investor.SentMark("Look at this")).ToBeAttachedAsync();
        await Expect(scene.Investor.Tray()).ToHaveCountAsync(0);
        foreach (var visitor in new[] { scene.Investor, scene.Startup })
        {
            await Expect(visitor.Picture("cat.png")).ToBeVisibleAsync();
            await visitor.ShouldBeLoadedAsync("cat.png");
        }

        await scene.Startup.Picture("cat.png").ClickAsync();
        var dialog = scene.Startup.Dialog("cat.png");
        await Expect(dialog.GetByRole(AriaRole.Img, new() { Name = "cat.png" })).ToBeVisibleAsync();
        await Expect(dialog.Locator("img")).ToHaveCountAsync(1);
        await scene.Startup.Page.Keyboard.PressAsync("Escape");
        await Expect(dialog).ToHaveCountAsync(0);
        await Expect(scene.Startup.Picture("cat.png")).ToBeFocusedAsync();
    }

    [Fact]
    public async Task SendFile_WithoutAText_IsDownloadedAsItWas()
    {
        var scene = await MeetAsync();
        await scene.Investor.AddFilesAsync(("numbers <b>.csv", "text/csv", _text));
        await scene.Investor.ShouldBeReadyAsync("numbers <b>.csv");

        await scene.Investor.SendButton.ClickAsync();

        await Expect(scene.Startup.ConversationWith(scene.InvestorUser)).ToContainTextAsync("File: numbers <b>.csv");
        var download = await scene.Startup.Page.RunAndWaitForDownloadAsync(
            () => scene.Startup.Log.GetByRole(AriaRole.Button, new() { NameRegex = new("^Download numbers <b>.csv CSV, 18 bytes$") }).ClickAsync());
        download.SuggestedFilename.ShouldBe("numbers _b_.csv");
        (await File.ReadAllBytesAsync(await download.PathAsync(), TestContext.Current.CancellationToken)).ShouldBe(_text);
    }

    [Fact]
    public async Task SendMessage_BeforeItsFileIsUploaded_IsSentWhenItIs()
    {
        var scene = await MeetAsync();
        var held = new TaskCompletionSource();
        await scene.Investor.Page.RouteAsync("**/api/uploads/*", async route =>
        {
            await held.Task;
            await route.ContinueAsync();
        });
        await scene.Investor.AddFilesAsync(("numbers.csv", "text/csv", _text));

        await scene.Investor.SendAsync("With a file");
        await Expect(scene.Investor.MessageField).ToHaveAccessibleDescriptionAsync("Sends when the files are uploaded Don’t send yet");
        await Expect(scene.Investor.Message("With a file")).ToHaveCountAsync(0);
        held.SetResult();

        await Expect(scene.Startup.Message("With a file")).ToContainTextAsync("numbers.csv");
        await Expect(scene.Investor.MessageField).ToHaveValueAsync("");
    }

    [Fact]
    public async Task Upload_OverAConnectionThatBreaks_ContinuesByItself()
    {
        var scene = await OpenAsInvestorAsync();
        scene.Investor.Allow("/api/uploads.*ERR_CONNECTION_RESET|ERR_CONNECTION_RESET.*/api/uploads");
        var attempts = 0;
        await scene.Investor.Page.RouteAsync(
            "**/api/uploads/*",
            route => ++attempts <= 2 ? route.AbortAsync(RequestAbortErrorCode.ConnectionReset) : route.ContinueAsync());

        await scene.Investor.AddFilesAsync(("numbers.csv", "text/csv", _text));

        await scene.Investor.ShouldBeReadyAsync("numbers.csv");
        attempts.ShouldBeGreaterThan(2);
    }

    [Fact]
    public async Task AddFiles_ByPasteAndDrop_AddsThem()
    {
        var scene = await OpenAsInvestorAsync();
        var visitor = scene.Investor;

        await visitor.GiveFilesAsync("#composer", "paste", "image.png", "image/png", TestPicture.Png(40, 30));
        await visitor.GiveFilesAsync(".log", "drop", "numbers.csv", "text/csv", _text);

        await visitor.ShouldBeReadyAsync("image.png");
        await visitor.ShouldBeReadyAsync("numbers.csv");
        await Expect(visitor.Tray()).ToHaveCountAsync(2);
    }

    [Fact]
    public async Task AddFiles_ThatTheServerDoesNotAccept_SaysWhyAndBlocksTheMessageUntilTheyAreRemoved()
    {
        var scene = await OpenAsInvestorAsync();
        var visitor = scene.Investor;
        visitor.Allow("status of 400");
        await visitor.AddFilesAsync(("setup.exe", "application/octet-stream", _text), ("empty.txt", "text/plain", []));

        await Expect(visitor.Added("setup.exe")).ToContainTextAsync("Files of the type exe cannot be sent, because they can contain programs.");
        await Expect(visitor.Added("empty.txt")).ToContainTextAsync("This file is empty.");
        await visitor.SendAsync("Not yet");
        await Expect(visitor.Alert.Filter(new() { HasText = "Some files cannot be sent." })).ToBeVisibleAsync();
        await Expect(visitor.Message("Not yet")).ToHaveCountAsync(0);
        await visitor.Button("Remove setup.exe").ClickAsync();
        await Expect(visitor.MessageField).ToBeFocusedAsync();
        await visitor.Button("Remove empty.txt").ClickAsync();
        await visitor.SendButton.ClickAsync();

        await Expect(visitor.SentMark("Not yet")).ToBeAttachedAsync();
    }

    [Fact]
    public async Task AddFiles_MoreThanAMessageHas_AddsTenAndSaysSo()
    {
        var scene = await OpenAsInvestorAsync();
        var visitor = scene.Investor;

        await visitor.AddFilesAsync([.. Enumerable.Range(1, 12).Select(number => ($"{number}.txt", "text/plain", _text))]);

        await Expect(visitor.Tray()).ToHaveCountAsync(10);
        await Expect(visitor.Alert.Filter(new() { HasText = "2 files were not added." })).ToBeVisibleAsync();
        await Expect(visitor.Page.GetByRole(AriaRole.Progressbar)).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task Draft_WithAFile_SurvivesAReloadAndIsSentFromAnotherTab()
    {
        var scene = await MeetAsync();
        var here = scene.Investor;
        await here.AddPictureAsync("cat.png");
        await here.MessageField.FillAsync("Later");
        await here.ReloadAsync();
        await here.ShouldBeLoadedAsync();
        await Expect(here.Added("cat.png")).ToBeVisibleAsync();
        var there = await here.OpenTabAsync();
        await there.OpenAsync(scene.ConversationId);
        await Expect(there.Added("cat.png")).ToBeVisibleAsync();

        await there.SendButton.ClickAsync();

        await Expect(there.SentMark("Later")).ToBeAttachedAsync();
        await Expect(here.Tray()).ToHaveCountAsync(0);
        await Expect(here.MessageField).ToHaveValueAsync("");
        await Expect(scene.Startup.Picture("cat.png")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task Describe_APicture_IsItsNameForTheOther()
    {
        var scene = await MeetAsync();
        await scene.Investor.AddPictureAsync("cat.png");

        await scene.Investor.Button("Description and format of cat.png").ClickAsync();
        await scene.Investor.Field("Description").FillAsync("A cat on a keyboard");
        await scene.Investor.Button("Save").ClickAsync();
        await Expect(scene.Investor.Added("cat.png")).ToContainTextAsync("With a description");
        await scene.Investor.ShouldBeReadyAsync("cat.png");
        await scene.Investor.SendButton.ClickAsync();

        await Expect(scene.Startup.Picture("A cat on a keyboard")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task SendPicture_AsAFile_IsNotShownButDownloaded()
    {
        var scene = await MeetAsync();
        var bytes = TestPicture.Png(64, 48);
        await scene.Investor.AddFilesAsync(("cat.png", "image/png", bytes));
        await scene.Investor.ShouldBeReadyAsync("cat.png");
        await scene.Investor.Button("Description and format of cat.png").ClickAsync();
        await scene.Investor.Page.GetByRole(AriaRole.Checkbox, new() { Name = "Send as a file" }).CheckAsync();
        await scene.Investor.Button("Save").ClickAsync();
        await Expect(scene.Investor.Added("cat.png")).ToContainTextAsync("As a file");
        await scene.Investor.ShouldBeReadyAsync("cat.png");

        await scene.Investor.SendAsync("The original");

        var card = scene.Startup.Message("The original").GetByRole(AriaRole.Button, new() { NameRegex = new("^Download cat.png") });
        var download = await scene.Startup.Page.RunAndWaitForDownloadAsync(() => card.ClickAsync());
        (await File.ReadAllBytesAsync(await download.PathAsync(), TestContext.Current.CancellationToken)).ShouldBe(bytes);
    }
}
