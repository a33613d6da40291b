using System.Net;
using System.Net.Http.Json;
using CleanMessaging.Domain.Users;

namespace CleanMessaging.Web.Tests.Shell;

/// <summary>
/// Takes screenshots of the pages for review, in the folder <c>screenshots</c> next to the built tests. <c>docs/images</c> contains some of
/// them.
/// </summary>
public sealed class ScreenshotTests(Stage stage) : WebTests(stage)
{
    /// <summary>Script that returns the number of colors of an image, and the share of the most frequent one.</summary>
    private const string LookAt =
        """
        async base64 => {
            const image = await createImageBitmap(await (await fetch(`data:image/png;base64,${base64}`)).blob());
            const context = new OffscreenCanvas(image.width, image.height).getContext('2d');
            context.drawImage(image, 0, 0);
            const pixels = new Uint32Array(context.getImageData(0, 0, image.width, image.height).data.buffer);
            const counts = new Map();
            for (const pixel of pixels) {
                counts.set(pixel, (counts.get(pixel) ?? 0) + 1);
            }
            return [counts.size, Math.max(...counts.values()) / pixels.length];
        }
        """;

    private static readonly string _folder = Path.Combine(AppContext.BaseDirectory, "screenshots");

    /// <summary>
    /// The time of the screenshots, on a future morning: connections close when their tokens expire by the machine's clock.
    /// </summary>
    private static readonly DateTimeOffset _now = new(
        TimeProvider.System.GetUtcNow().Date.AddDays(1).Add(new TimeSpan(10, 24, 0)), TimeSpan.Zero);

    /// <summary>
    /// An empty page to analyze images, in a separate browser, because it would slow down the tested page in the same browser.
    /// </summary>
    private Visitor? _viewer;

    [LongFact]
    public async Task ShowPages_InBothThemesAtADeskAndOnAPhone_MakesPicturesThatAreNotBlank()
    {
        Directory.CreateDirectory(_folder);
        var server = await StartServerAsync();
        var (investor, startup) = await TalkAsync(server);

        foreach (var device in (Device[])[Device.Desktop, Device.Phone])
        {
            var visitor = await VisitAsync(server, device);
            await visitor.Context.Clock.InstallAsync(new() { TimeDate = _now.UtcDateTime });
            await visitor.GoAsync("/sign-in");
            await ShootAsync(visitor, device, "sign-in");
            await visitor.GoAsync("/register");
            await ShootAsync(visitor, device, "register");
            await visitor.GoAsync("/sign-in");
            await visitor.SignInAsync(investor.Email, ApiServer.Password);
            await visitor.ConversationWith(startup).ClickAsync();
            await Expect(visitor.Message("The terms").GetByText("Disappears in")).ToBeAttachedAsync();
            await visitor.MessageField.FillAsync(device.IsTouched ? "" : "Wonderful. I will read the numbers until then, and");
            await ShootAsync(visitor, device, "chat");

            // From here on the page knows the server's time.
            await visitor.MessageField.FillAsync("");
            if (device.IsTouched)
                await visitor.Page.GetByRole(AriaRole.Link, new() { Name = "Back to conversations" }).ClickAsync();
            else
                await visitor.FollowAsync("Messages 2 unread");
            await Expect(visitor.Heading).ToHaveTextAsync("Messages");
            await ShootAsync(visitor, device, "messages");
            foreach (var place in (string[])["People", "Wallet", "Account"])
            {
                await visitor.FollowAsync(place);
                await Expect(visitor.Heading).ToHaveTextAsync(place);
                await Expect(visitor.Page.GetByText("Looking…").Or(visitor.Page.GetByText("Loading the statement…"))).ToHaveCountAsync(0);
                await ShootAsync(visitor, device, place.ToLowerInvariant());
            }
        }

        await ShootAdministrationAsync(server, investor, Device.Desktop);
        await ShootAdministrationAsync(server, investor, Device.Phone);
    }

    private async Task ShootAdministrationAsync(ApiServer server, TestUser user, Device device)
    {
        var admin = await VisitAsync(await server.CreateAdminAsync(), device);
        await admin.GoAsync("/admin");
        await admin.Page.GetByRole(AriaRole.Searchbox).FillAsync(user.DisplayName);
        await Expect(admin.Page.GetByRole(AriaRole.List, new() { Name = "Users" }).GetByRole(AriaRole.Listitem)).ToHaveCountAsync(1);
        await admin.Button($"Choose {user.DisplayName}").ClickAsync();
        var reverse = admin.Page.GetByRole(AriaRole.Button, new() { Name = "Reverse +500" });
        await Expect(reverse).ToBeVisibleAsync();
        await ShootAsync(admin, device, "administration");
        var price = admin.Field("Points for each further message");
        await price.FillAsync("7");
        await price.PressAsync("Enter");
        await Expect(price).ToHaveAccessibleDescriptionAsync("Now 7, set for this user. The general value is 10.");
        await admin.Field("Free messages a day").FillAsync("many");
        await admin.Field("Free messages a day").PressAsync("Enter");
        await price.ScrollIntoViewIfNeededAsync();
        await ShootAsync(admin, device, "administration-limits");
        await reverse.ScrollIntoViewIfNeededAsync();
        await ShootAsync(admin, device, "administration-statement");
        await reverse.ClickAsync();
        await Expect(admin.Dialog($"Reverse +500 of {user.DisplayName}?")).ToBeVisibleAsync();
        await ShootAsync(admin, device, "administration-reverse");
        await admin.Dialog($"Reverse +500 of {user.DisplayName}?").GetByRole(AriaRole.Button, new() { Name = "Reverse" }).ClickAsync();
        await ShootAsync(admin, device, "administration-reverse-fault");
        await admin.Button("Cancel").ClickAsync();
        await admin.Button("Verify").ClickAsync();
        await Expect(admin.Page.GetByText("Everything adds up")).ToBeVisibleAsync();
        await ShootAsync(admin, device, "administration-ledger");
    }

    /// <summary>Creates users and the messages that they have sent since yesterday afternoon.</summary>
    private static async Task<(TestUser Investor, TestUser Startup)> TalkAsync(ApiServer server)
    {
        server.Clock.FreezeAt(_now.AddDays(-1).AddHours(6));
        var admin = await server.CreateAdminAsync();
        var investor = await RegisterAsync(server, UserRole.Investor, "Ines Albrecht");
        var startup = await RegisterAsync(server, UserRole.Startup, "Stan Okafor");
        var others = new[]
        {
            await RegisterAsync(server, UserRole.Startup, "Harbor Robotics"),
            await RegisterAsync(server, UserRole.Startup, "Maya Lindqvist"),
            await RegisterAsync(server, UserRole.Startup, "Tidal Grid"),
        };
        var conversationId = await investor.ConversationWithAsync(startup);
        foreach (var (other, text) in others.Zip((string[])["The deck is at https://example.com/deck", "Thank you for yesterday. Shall we meet again?", "We begin the pilot in March."]))
        {
            server.Clock.Shift(TimeSpan.FromMinutes(3));
            (await other.SendAsync(await investor.ConversationWithAsync(other), text)).Expect(HttpStatusCode.Created);
        }

        (await investor.MarkReadAsync(await investor.ConversationWithAsync(others[0]))).Expect(HttpStatusCode.OK);
        await CreditAsync(admin, investor, 500, "Welcome");
        await SetQuotaAsync(admin, investor, dailyFreeLimit: 0, pointsPerMessage: 10);
        (await investor.SendAsync(conversationId, "Good afternoon, Stan. I have read your plan with pleasure."))
            .Expect(HttpStatusCode.Created);
        await SetQuotaAsync(admin, investor, dailyFreeLimit: null, pointsPerMessage: null);
        (await startup.SendAsync(conversationId, "That is good to hear! What would you like to know first?"))
            .Expect(HttpStatusCode.Created);
        (await investor.MarkReadAsync(conversationId)).Expect(HttpStatusCode.OK);

        server.Clock.FreezeAt(_now.AddMinutes(-14));
        (investor, startup) = (await server.LogInAsync(investor.Email), await server.LogInAsync(startup.Email));
        (await investor.SendAsync(conversationId, "How many of the pilots have become customers? And what does one cost to win?"))
            .Expect(HttpStatusCode.Created);
        server.Clock.Shift(TimeSpan.FromMinutes(4));
        (await startup.MarkReadAsync(conversationId)).Expect(HttpStatusCode.OK);
        (await startup.SendAsync(conversationId, "Seven of nine so far. The numbers are here: https://example.com/numbers")).Expect(HttpStatusCode.Created);
        (await startup.SendExpiringAsync(conversationId, "The terms are for your eyes only, and for two hours: 8 % for 400,000.", 2))
            .Expect(HttpStatusCode.Created);
        server.Clock.Shift(TimeSpan.FromMinutes(5));
        (await investor.MarkReadAsync(conversationId)).Expect(HttpStatusCode.OK);
        (await investor.SendAsync(conversationId, "Thank you. Can we talk on Tuesday at three?")).Expect(HttpStatusCode.Created);
        (await startup.MarkReadAsync(conversationId)).Expect(HttpStatusCode.OK);
        server.Clock.Release();
        server.Clock.Shift(_now - TimeProvider.System.GetUtcNow());

        return (investor, startup);
    }

    private static async Task<TestUser> RegisterAsync(ApiServer server, UserRole role, string name)
    {
        using var client = server.CreateClient();
        var account = new { email = $"{name.Split(' ')[0].ToLowerInvariant()}@example.com", password = ApiServer.Password, displayName = name, role = role.ToString() };

        return server.SignedIn(
            (await Answer.OfAsync(await client.PostAsJsonAsync("/api/auth/register", account))).Expect(HttpStatusCode.Created));
    }

    private async Task ShootAsync(Visitor visitor, Device device, string what)
    {
        foreach (var theme in (ColorScheme[])[ColorScheme.Dark, ColorScheme.Light])
        {
            await visitor.Page.EmulateMediaAsync(new() { ColorScheme = theme });
            var file = Path.Combine(_folder, $"{what}-{device}-{theme.ToString().ToLowerInvariant()}.png");
            var picture = await visitor.Page.ScreenshotAsync(new() { Path = file, Caret = ScreenshotCaret.Hide });
            _viewer ??= await VisitAsync();
            var seen = await _viewer.Page.EvaluateAsync<double[]>(LookAt, Convert.ToBase64String(picture));
            seen[0].ShouldBeGreaterThan(50, file);
            seen[1].ShouldBeLessThan(0.97, file);
        }
    }
}
