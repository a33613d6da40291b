using System.Text;

namespace CleanMessaging.Web.Tests.Files;

/// <summary>Tests what becomes of files that wait to be sent, when the user changes the message, removes a file, or signs out.</summary>
public sealed class WaitingFilesTests(Stage stage) : WebTests(stage)
{
    private static readonly byte[] _text = Encoding.UTF8.GetBytes("The numbers\n1,2,3\n");

    [Fact]
    public async Task WriteOn_WhileTheMessageWaitsForItsFile_EndsTheWait()
    {
        var scene = await MeetAsync();
        var visitor = scene.Investor;
        var held = new TaskCompletionSource();
        await visitor.Page.RouteAsync("**/api/uploads/*", async route =>
        {
            await held.Task;
            await route.ContinueAsync();
        });
        await visitor.AddFilesAsync(("numbers.csv", "text/csv", _text));
        await visitor.SendAsync("With a file");
        await Expect(visitor.Button("Don’t send yet")).ToBeVisibleAsync();

        await visitor.MessageField.FillAsync("With a file and a seco");
        await Expect(visitor.Button("Don’t send yet")).ToHaveCountAsync(0);
        held.SetResult();
        await visitor.ShouldBeReadyAsync("numbers.csv");
        await Expect(visitor.Log.GetByRole(AriaRole.Listitem)).ToHaveCountAsync(0);
        await visitor.SendAsync("With a file and a second thought");

        await Expect(scene.Startup.Message("With a file and a second thought")).ToBeVisibleAsync();
        await Expect(scene.Startup.Log.GetByRole(AriaRole.Listitem)).ToHaveCountAsync(1);
    }

    [Fact]
    public async Task SubmitTwiceAtOnce_AMessage_SendsItOnce()
    {
        var scene = await MeetAsync();
        await scene.Investor.MessageField.FillAsync("Only once");

        await scene.Investor.Page.EvaluateAsync(
            "const form = document.getElementById('composer-form'); form.requestSubmit(); form.requestSubmit();");
        await scene.Investor.SendAsync("Then this");

        await Expect(scene.Startup.Message("Then this")).ToBeVisibleAsync();
        await Expect(scene.Startup.Log.GetByRole(AriaRole.Listitem)).ToHaveCountAsync(2);
    }

    [Fact]
    public async Task RemoveFile_WhileItsUploadBegins_RemovesItFromTheServer()
    {
        var scene = await OpenAsInvestorAsync();
        var visitor = scene.Investor;
        visitor.Allow("/api/uploads");
        var begun = new TaskCompletionSource();
        var removed = new TaskCompletionSource();
        var isFirst = true;
        await visitor.Page.RouteAsync("**/api/uploads", async route =>
        {
            if (!isFirst)
            {
                await route.ContinueAsync();
                return;
            }

            isFirst = false;
            var response = await route.FetchAsync();
            begun.SetResult();
            await removed.Task;
            try
            {
                await route.FulfillAsync(new() { Response = response });
            }
            catch (PlaywrightException)
            {
                // The page has canceled the request.
            }
        });
        await visitor.AddFilesAsync(("numbers.csv", "text/csv", _text));
        await begun.Task;
        (await UploadsAsync(scene)).ShouldBe(1);

        await visitor.Button("Remove numbers.csv").ClickAsync();
        removed.SetResult();

        await Eventually.TrueAsync(async () => await UploadsAsync(scene) == 0, "The upload is still on the server.");
    }

    [Fact]
    public async Task RemoveFile_WhileTheMessageWaitsForIt_EndsTheWait()
    {
        var scene = await OpenAsInvestorAsync();
        var visitor = scene.Investor;
        var held = new TaskCompletionSource();
        await visitor.Page.RouteAsync("**/api/uploads", async route =>
        {
            await held.Task;
            await route.ContinueAsync();
        });
        await visitor.AddFilesAsync(("numbers.csv", "text/csv", _text));
        await visitor.SendAsync("Here are the numbers");
        await Expect(visitor.Button("Don’t send yet")).ToBeVisibleAsync();

        await visitor.Button("Remove numbers.csv").ClickAsync();

        await Expect(visitor.Button("Don’t send yet")).ToHaveCountAsync(0);
        await Expect(visitor.MessageField).ToHaveValueAsync("Here are the numbers");
        await Expect(visitor.Log.GetByRole(AriaRole.Listitem)).ToHaveCountAsync(0);
        held.SetResult();
    }

    [Fact]
    public async Task SignOut_WithFilesInADraft_RemovesThemFromTheServer()
    {
        var scene = await OpenAsInvestorAsync();
        var visitor = scene.Investor;

        // Requests that are in progress at the sign-out.
        visitor.Allow("status of 401");
        await visitor.AddFilesAsync(("numbers.csv", "text/csv", _text));
        await visitor.ShouldBeReadyAsync("numbers.csv");
        await visitor.Page.RouteAsync("**/api/uploads/*", async route =>
        {
            // The bytes of the second file do not arrive.
            if (route.Request.Method != "PATCH")
                await route.ContinueAsync();
        });
        await visitor.AddFilesAsync(("more.csv", "text/csv", _text));
        await Expect(visitor.Added("more.csv").GetByRole(AriaRole.Progressbar)).ToBeVisibleAsync();
        await Eventually.TrueAsync(async () => await UploadsAsync(scene) == 2, "The second upload has not begun.");

        await visitor.FollowAsync("Account");
        await visitor.SignOutAsync();

        await Expect(visitor.Heading).ToHaveTextAsync("Sign in");
        (await UploadsAsync(scene)).ShouldBe(0);
    }

    [Fact]
    public async Task SaveOptions_OfAFileThatAnotherTabHasSent_ClosesThem()
    {
        var scene = await MeetAsync();
        var here = scene.Investor;
        await here.AddPictureAsync("cat.png");
        var there = await here.OpenTabAsync();
        await there.OpenAsync(scene.ConversationId);
        await Expect(there.Added("cat.png")).ToBeVisibleAsync();
        await here.TurnToAsync();
        await here.Button("Description and format of cat.png").ClickAsync();
        await here.Field("Description").FillAsync("A cat");

        await there.TurnToAsync();
        await there.SendButton.ClickAsync();
        await Expect(scene.Startup.Picture("cat.png")).ToBeVisibleAsync();

        await here.TurnToAsync();
        await Expect(here.Dialog("cat.png")).ToHaveCountAsync(0);
        await Expect(here.Page.GetByText("cat.png is no longer in this message.")).ToBeVisibleAsync();
        await here.SendAsync("Still here");
        await Expect(scene.Startup.Message("Still here")).ToBeVisibleAsync();
    }

    /// <summary>How many files the server has for the conversation. The key of a file that was removed is destroyed.</summary>
    private Task<long> UploadsAsync(Scene scene) => Server.QueryAsync<long>(
        $"SELECT count(*) FROM attachments WHERE conversation_id = '{scene.ConversationId}' AND encrypted_key IS NOT NULL");
}
