using System.Text.RegularExpressions;
using CleanMessaging.Web.Tests.Files;

namespace CleanMessaging.Web.Tests.Accounts;

/// <summary>Tests how users change their picture, and where others see it.</summary>
public sealed class AvatarTests(Stage stage) : WebTests(stage)
{
    private const string File = "#picture-file";

    [Fact]
    public async Task ChangePicture_OnTheAccountPage_ShowsItWhereverTheNameIs()
    {
        var (investor, startup, conversationId) = await Server.RegisterPairAsync();
        var visitor = await VisitAsync(investor);
        await visitor.GoAsync("/account");
        await Expect(visitor.Page.Locator(".avatar").First).ToHaveTextAsync(new Regex("^[A-Z0-9]+$"));
        await Expect(visitor.Button("Remove picture")).ToHaveCountAsync(0);

        await ChooseAsync(visitor, "me.png", TestPicture.Png(640, 480));

        await Expect(visitor.Button("Remove picture")).ToBeVisibleAsync();
        await Expect(visitor.Page.Locator(".avatar img[src^='blob:']")).ToHaveCountAsync(2);
        await visitor.ReloadAsync();
        await Expect(visitor.Page.Locator(".avatar img[src^='blob:']")).ToHaveCountAsync(2);
        var other = await VisitAsync(startup);
        await other.GoAsync("/people");
        await other.Page.GetByLabel("Find an investor by name").FillAsync(investor.DisplayName);
        await ShouldHavePictureAsync(other.Page.GetByRole(AriaRole.List, new() { Name = "People" }));
        await other.OpenAsync(conversationId);
        await ShouldHavePictureAsync(other.ConversationWith(investor));
        await ShouldHavePictureAsync(other.Page.Locator(".chat-header"));
        (await other.Page.Locator(".avatar[aria-hidden='true']").CountAsync()).ShouldBe(await other.Page.Locator(".avatar").CountAsync());
    }

    [Fact]
    public async Task ChangePicture_AgainAndRemoveIt_ShowsTheInitials()
    {
        var investor = await Server.RegisterInvestorAsync();
        var visitor = await VisitAsync(investor);
        await visitor.GoAsync("/account");
        await ChooseAsync(visitor, "me.png", TestPicture.Png(640, 480));
        await Expect(visitor.Page.Locator(".avatar img")).ToHaveCountAsync(2);
        var first = await visitor.Page.Locator(".avatar img").First.GetAttributeAsync("src");

        await ChooseAsync(visitor, "me too.png", TestPicture.Png(480, 640));
        await Expect(visitor.Page.Locator($".avatar img[src='{first}']")).ToHaveCountAsync(0);
        await Expect(visitor.Page.Locator(".avatar img")).ToHaveCountAsync(2);
        await visitor.Button("Remove picture").FocusAsync();
        await visitor.Page.Keyboard.PressAsync("Enter");

        await Expect(visitor.Page.Locator(".avatar img")).ToHaveCountAsync(0);
        await Expect(visitor.Button("Change picture")).ToBeFocusedAsync();
        await Expect(visitor.Page.GetByText("Your picture is removed.")).ToBeAttachedAsync();
    }

    [Theory]
    [InlineData("page.png", "<svg xmlns=\"http://www.w3.org/2000/svg\"/>", "This picture is damaged, or it is not a JPEG, PNG, WebP or GIF. Choose another one.")]
    [InlineData("setup.exe", "MZ", "The name of a picture cannot end like the name of a program. Choose another one.")]
    public async Task ChangePicture_OfWhatIsNone_SaysSoAndKeepsTheInitials(string name, string content, string text)
    {
        var visitor = await VisitAsync(await Server.RegisterInvestorAsync());
        visitor.Allow("status of 4(00|22)");
        await visitor.GoAsync("/account");

        await ChooseAsync(visitor, name, System.Text.Encoding.UTF8.GetBytes(content));

        await Expect(visitor.Alert.Filter(new() { HasText = text })).ToBeVisibleAsync();
        await Expect(visitor.Page.Locator(".avatar img")).ToHaveCountAsync(0);
        await Expect(visitor.Button("Cancel")).ToHaveCountAsync(0);
        await ChooseAsync(visitor, "me.png", TestPicture.Png(64, 48));
        await Expect(visitor.Page.Locator(".avatar img")).ToHaveCountAsync(2);
        await Expect(visitor.Alert.Filter(new() { HasText = text })).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task CancelPicture_WhileItIsUploaded_KeepsTheOneBefore()
    {
        var investor = await Server.RegisterInvestorAsync();
        var visitor = await VisitAsync(investor);
        await visitor.GoAsync("/account");
        await visitor.Page.RouteAsync(new Regex("/api/uploads/[^/]+$"), async route =>
        {
            if (route.Request.Method != "PATCH")
                await route.ContinueAsync();
        });

        await ChooseAsync(visitor, "me.png", TestPicture.Png(640, 480));
        await Expect(visitor.Page.GetByRole(AriaRole.Progressbar, new() { Name = "Upload of your picture" })).ToBeVisibleAsync();
        await Expect(visitor.Button("Change picture")).ToHaveAttributeAsync("aria-disabled", "true");
        await visitor.Button("Cancel").ClickAsync();

        await Expect(visitor.Button("Change picture")).ToBeFocusedAsync();
        await Expect(visitor.Button("Cancel")).ToHaveCountAsync(0);
        await Expect(visitor.Page.Locator(".avatar img")).ToHaveCountAsync(0);
        await Eventually.TrueAsync(
            async () => (await investor.GetAsync("/api/attachments/usage")).Data.GetProperty("bytesUsed").GetInt64() == 0, "the upload is removed");
    }

    [Fact]
    public async Task ShowPicture_ThatWasReplacedSince_ShowsTheInitialsAndMovesNothing()
    {
        var (investor, startup, conversationId) = await Server.RegisterPairAsync();
        var (visitor, other) = (await VisitAsync(investor), await VisitAsync(startup));
        await visitor.GoAsync("/account");
        await ChooseAsync(visitor, "me.png", TestPicture.Png(640, 480));
        await Expect(visitor.Page.Locator(".avatar img")).ToHaveCountAsync(2);
        other.Allow("status of 404");
        await other.Page.RouteAsync(new Regex("/api/attachments/"), async route => await route.FulfillAsync(new() { Status = 404, Body = "" }));

        await other.OpenAsync(conversationId);

        await Expect(other.Page.Locator(".chat-header .avatar")).ToHaveTextAsync(new Regex("^[A-Z0-9]+$"));
        var before = await OffsetAsync();
        await other.Page.UnrouteAllAsync();
        await other.ReloadAsync();
        await ShouldHavePictureAsync(other.Page.Locator(".chat-header"));
        (await OffsetAsync()).ShouldBe(before);

        // Within the header, because a note about the connection can be above it. Both in one script, because the note can go between two.
        Task<float[]> OffsetAsync() => other.Page.Locator(".chat-header").EvaluateAsync<float[]>(
            """
            header => {
                const [outer, inner] = [header, header.querySelector('.avatar')].map(element => element.getBoundingClientRect());
                return [inner.x - outer.x, inner.y - outer.y, inner.width, inner.height];
            }
            """);
    }

    [Fact]
    public async Task ChangePicture_OfTheOtherParticipant_IsShownAtOnce()
    {
        var scene = await MeetAsync();
        await Expect(scene.Startup.Page.Locator(".chat-header .avatar img")).ToHaveCountAsync(0);
        var account = await scene.Investor.OpenTabAsync();
        await account.GoAsync("/account");
        await ChooseAsync(account, "me.png", TestPicture.Png(640, 480));
        await Expect(account.Page.Locator(".avatar img")).ToHaveCountAsync(2);

        await ShouldHavePictureAsync(scene.Startup.Page.Locator(".chat-header"));
        await ShouldHavePictureAsync(scene.Startup.ConversationWith(scene.InvestorUser));
    }

    [Fact]
    public async Task AccountPage_WithAPictureAndAnError_IsAccessibleInBothThemes()
    {
        var visitor = await VisitAsync(await Server.RegisterInvestorAsync());
        visitor.Allow("status of 422");
        await visitor.GoAsync("/account");
        await ChooseAsync(visitor, "me.png", TestPicture.Png(640, 480));
        await Expect(visitor.Page.Locator(".avatar img")).ToHaveCountAsync(2);
        await ChooseAsync(visitor, "page.png", "<html>"u8.ToArray());
        await Expect(visitor.Alert.Filter(new() { HasText = "This picture is damaged" })).ToBeVisibleAsync();

        var axe = new AxeSurvey(visitor);
        await axe.LookAtAsync("account with a picture");
        axe.ShouldHaveFoundNothing();
    }

    internal static Task ChooseAsync(Visitor visitor, string name, byte[] bytes) =>
        visitor.Page.Locator(File).SetInputFilesAsync(new FilePayload { Name = name, MimeType = "image/png", Buffer = bytes });

    private static Task ShouldHavePictureAsync(ILocator place) => Expect(place.Locator(".avatar img[src^='blob:']")).ToHaveCountAsync(1);
}
