using System.Net;
using System.Text;

namespace CleanMessaging.Web.Tests.Files;

/// <summary>Tests what users see of the files of messages, and that nothing stays when a message is removed.</summary>
public sealed class ShowFilesTests(Stage stage) : WebTests(stage)
{
    [Fact]
    public async Task DeleteMessage_WhileItsPictureIsOpen_RemovesBothForTheOther()
    {
        var scene = await MeetAsync();
        await scene.Investor.AddPictureAsync("cat.png");
        await scene.Investor.SendAsync("Look");
        await scene.Startup.ShouldBeLoadedAsync("cat.png");
        var message = await scene.InvestorUser.GetAsync($"/api/messages?conversationId={scene.ConversationId}");
        await scene.Startup.Picture("cat.png").ClickAsync();
        await scene.Startup.ShouldShowAsync("cat.png");

        (await scene.InvestorUser.DeleteMessageAsync(message.Data[0].Id())).Expect(HttpStatusCode.OK);

        await Expect(scene.Startup.Dialog("cat.png")).ToHaveCountAsync(0);
        await Expect(scene.Startup.Picture("cat.png")).ToHaveCountAsync(0);
        await Expect(scene.Startup.Log).ToBeFocusedAsync();
        await Expect(scene.Startup.Log).ToContainTextAsync("Message deleted");
    }

    [Fact]
    public async Task ExpireMessage_WhileItsPictureIsOpen_RemovesBothAtTheInstant()
    {
        var server = await StartServerAsync();
        var (investor, startup, conversationId) = await server.RegisterPairAsync();
        var (sender, other) = (await VisitAsync(investor), await VisitAsync(startup));
        foreach (var visitor in new[] { sender, other })
        {
            await visitor.Context.Clock.InstallAsync();
            await visitor.OpenAsync(conversationId);
        }

        await sender.AddPictureAsync("cat.png");
        await sender.Page.GetByLabel("Disappears", new() { Exact = true }).SelectOptionAsync("Disappears after 1 hour");
        await sender.SendAsync("Look soon");
        await other.ShouldBeLoadedAsync("cat.png");
        await other.Picture("cat.png").ClickAsync();
        await Expect(other.Dialog("cat.png")).ToContainTextAsync("Disappears in");
        await other.ShouldShowAsync("cat.png");
        await Expect(sender.Message("Look soon").GetByText("Read", new() { Exact = true })).ToBeAttachedAsync();

        await PassAsync(TimeSpan.FromHours(1), server, sender, other);

        await Expect(other.Dialog("cat.png")).ToHaveCountAsync(0);
        foreach (var visitor in new[] { sender, other })
            await Expect(visitor.Picture("cat.png")).ToHaveCountAsync(0);
        await Expect(other.Log).ToBeFocusedAsync();
    }

    [Fact]
    public async Task ShowPictures_OfSeveralMessages_TurnsWithTheArrowsInTheirOrder()
    {
        var scene = await OpenAsInvestorAsync();
        var visitor = scene.Investor;
        foreach (var name in (string[])["1.png", "2.png", "3.png"])
        {
            await visitor.AddPictureAsync(name, 120, 90);
            await visitor.SendAsync($"Number {name}");
            await Expect(visitor.SentMark($"Number {name}")).ToBeAttachedAsync();
        }

        await visitor.Picture("2.png").ClickAsync();
        await Expect(visitor.Dialog("2.png")).ToContainTextAsync("2 of 3");
        await visitor.Page.Keyboard.PressAsync("ArrowRight");
        await Expect(visitor.Dialog("3.png")).ToContainTextAsync("3 of 3");
        await visitor.Page.Keyboard.PressAsync("ArrowRight");
        await Expect(visitor.Dialog("3.png")).ToBeVisibleAsync();
        await visitor.Button("Previous picture").ClickAsync();
        await visitor.Page.Keyboard.PressAsync("ArrowLeft");
        await Expect(visitor.Dialog("1.png")).ToContainTextAsync("1 of 3");
    }

    [Fact]
    public async Task ShowGallery_OfAConversation_HasItsPicturesAndFiles()
    {
        var scene = await MeetAsync();
        await scene.Investor.AddPictureAsync("cat.png");
        await scene.Investor.AddFilesAsync(("deck.pdf", "application/pdf", Encoding.ASCII.GetBytes("%PDF-1.4")));
        await scene.Investor.ShouldBeReadyAsync("deck.pdf");
        await scene.Investor.SendAsync("Both");
        await Expect(scene.Startup.Message("Both")).ToContainTextAsync("deck.pdf");

        await scene.Startup.OpenGalleryAsync();
        var dialog = scene.Startup.Dialog("Pictures and files");
        await Expect(dialog.GetByRole(AriaRole.Button, new() { Name = "Picture: cat.png" })).ToBeVisibleAsync();
        await dialog.GetByRole(AriaRole.Radio, new() { Name = "Files" }).CheckAsync();
        await Expect(dialog.GetByRole(AriaRole.Button, new() { NameRegex = new("^Download deck.pdf") })).ToBeVisibleAsync();
        await dialog.GetByRole(AriaRole.Radio, new() { Name = "Voice messages" }).CheckAsync();
        await Expect(dialog).ToContainTextAsync("There are no voice messages yet.");
    }

    [Fact]
    public async Task DeleteMessage_ThatIsNotLoaded_RemovesItsPictureFromTheGalleryAndFromMemory()
    {
        var scene = await OpenAsInvestorAsync();
        var (user, visitor) = (scene.InvestorUser, scene.Investor);
        var ids = new List<Guid>();
        foreach (var name in (string[])["cat.png", "dog.png", "fox.png"])
        {
            var file = await user.UploadAsync(scene.ConversationId, TestPicture.Png(640, 480), "image", name);
            var message = new { scene.ConversationId, content = name, attachmentIds = new[] { file } };
            ids.Add((await user.PostAsync("/api/messages/send", message)).Expect(HttpStatusCode.Created).Data.Id());
        }

        await Server.FillAsync(scene.ConversationId, user.Id, 60);
        await visitor.ReloadAsync();
        await Expect(visitor.Message("Filled 63")).ToBeVisibleAsync();
        await Expect(visitor.Message("fox.png")).ToHaveCountAsync(0);
        await visitor.OpenGalleryAsync();
        var dialog = visitor.Dialog("Pictures and files");
        var pictures = dialog.GetByRole(AriaRole.Button, new() { NameRegex = new("^Picture: ") });
        await Expect(dialog.Locator("image[href^='blob:']")).ToHaveCountAsync(3);

        (await user.DeleteMessageAsync(ids[0])).Expect(HttpStatusCode.OK);
        await Expect(pictures).ToHaveCountAsync(2);
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Picture: dog.png" }).ClickAsync();
        await visitor.ShouldShowAsync("dog.png");
        (await user.DeleteMessageAsync(ids[1])).Expect(HttpStatusCode.OK);
        await Expect(visitor.Dialog("dog.png")).ToHaveCountAsync(0);
        await Expect(dialog.GetByRole(AriaRole.Status)).ToHaveTextAsync("The picture is no longer available.");
        await Expect(pictures).ToHaveCountAsync(1);
        var address = await dialog.Locator("image").GetAttributeAsync("href");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Close" }).ClickAsync();
        (await IsInMemoryAsync(visitor, address!)).ShouldBeTrue();

        visitor.Allow("blob:");
        (await user.DeleteMessageAsync(ids[2])).Expect(HttpStatusCode.OK);

        await Eventually.TrueAsync(async () => !await IsInMemoryAsync(visitor, address!), "The picture is still in memory.");
    }

    [Fact]
    public async Task EditCaption_OfAPicture_CanRemoveIt()
    {
        var scene = await MeetAsync();
        await scene.Investor.AddPictureAsync("cat.png");
        await scene.Investor.SendAsync("A dog");
        await Expect(scene.Investor.SentMark("A dog")).ToBeAttachedAsync();
        await Expect(scene.Startup.Message("A dog")).ToBeVisibleAsync();
        await scene.Investor.MessageField.PressAsync("ArrowUp");
        await Expect(scene.Investor.MessageField).ToHaveValueAsync("A dog");

        await scene.Investor.MessageField.FillAsync("");
        await scene.Investor.Button("Save").ClickAsync();

        await Expect(scene.Startup.Log).Not.ToContainTextAsync("A dog");
        await Expect(scene.Startup.Picture("cat.png")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task ShowSpace_OfAUser_CountsTheirFiles()
    {
        var scene = await OpenAsInvestorAsync();
        await scene.Investor.AddFilesAsync(("a.txt", "text/plain", new byte[2_000]));
        await scene.Investor.ShouldBeReadyAsync("a.txt");

        await scene.Investor.FollowAsync("Account");

        await Expect(scene.Investor.Page.GetByRole(AriaRole.Region, new() { Name = "Your files" })).ToContainTextAsync("2 kB of 1.1 GB used.");
    }

    [LongFact]
    public async Task ShowFiles_InAllTheirForms_HasNoAccessibilityFault()
    {
        var scene = await OpenAsInvestorAsync();
        var visitor = scene.Investor;
        visitor.Allow("status of 400");
        var survey = new AxeSurvey(visitor);
        await visitor.AddPictureAsync("cat.png");
        await visitor.AddFilesAsync(("deck.pdf", "application/pdf", Encoding.ASCII.GetBytes("%PDF-1.4")));
        await visitor.ShouldBeReadyAsync("deck.pdf");
        await visitor.SendAsync("Both");
        await Expect(visitor.SentMark("Both")).ToBeAttachedAsync();
        await visitor.AddPictureAsync("dog.png");
        await visitor.AddFilesAsync(("setup.exe", "application/octet-stream", [1]));
        await Expect(visitor.Added("setup.exe")).ToContainTextAsync("cannot be sent");
        await survey.LookAtAsync("chat with files");
        await visitor.Button("Description and format of dog.png").ClickAsync();
        await survey.LookAtAsync("chat, options of a file");
        await visitor.Button("Cancel").ClickAsync();
        await visitor.Picture("cat.png").ClickAsync();
        await Expect(visitor.Dialog("cat.png")).ToBeVisibleAsync();
        await survey.LookAtAsync("chat, picture open");
        await visitor.Page.Keyboard.PressAsync("Escape");
        await visitor.OpenGalleryAsync();
        await Expect(visitor.Dialog("Pictures and files").GetByRole(AriaRole.Button, new() { Name = "Picture: cat.png" })).ToBeVisibleAsync();
        await survey.LookAtAsync("chat, gallery open");

        survey.ShouldHaveFoundNothing();
    }

    /// <summary>Whether an object URL still leads to a picture. The policy of the page allows no fetch of it.</summary>
    private static Task<bool> IsInMemoryAsync(Visitor visitor, string address) => visitor.Page.EvaluateAsync<bool>(
        """
        address => new Promise(resolve => {
            const image = new Image();
            image.onload = () => resolve(true);
            image.onerror = () => resolve(false);
            image.src = address;
        })
        """,
        address);
}
