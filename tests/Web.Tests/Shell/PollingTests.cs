using System.Net;

namespace CleanMessaging.Web.Tests.Shell;

/// <summary>Tests the page behind a proxy that rejects WebSockets.</summary>
public sealed class PollingTests(Stage stage) : WebTests(stage)
{
    private static readonly string _folder = Path.Combine(AppContext.BaseDirectory, "screenshots");

    [LongTheory]
    [InlineData(1280, 800)]
    [InlineData(360, 740)]
    public async Task OpenConversation_BehindAProxyThatBlocksLiveConnections_WorksAndSaysThatItIsNotLive(int width, int height)
    {
        Directory.CreateDirectory(_folder);
        var (investor, startup, conversationId) = await Server.RegisterPairAsync();
        (await investor.SendAsync(conversationId, "Sent before")).Expect(HttpStatusCode.Created);
        var line = Keep(new BadLine(Server.Address) { BlocksHubs = true });
        var stan = await VisitAsync(startup, line.Address, width < 600 ? Device.Phone : Device.Desktop);
        stan.Allow("/hubs/messaging");
        await stan.Page.SetViewportSizeAsync(width, height);

        await stan.OpenAsync(conversationId);
        await Expect(stan.Message("Sent before")).ToBeVisibleAsync();
        await Expect(BannerOf(stan)).ToContainTextAsync("Not live");
        await stan.SendAsync("Sent by polling");
        await Expect(stan.Message("Sent by polling")).Not.ToContainTextAsync("Waiting for a connection");
        (await investor.SendAsync(conversationId, "Received by polling")).Expect(HttpStatusCode.Created);
        await Expect(stan.Message("Received by polling")).ToBeVisibleAsync(new() { Timeout = 30_000 });
        await stan.Page.ScreenshotAsync(new() { Path = Path.Combine(_folder, $"not-live-{width}.png") });
        (await stan.Page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= innerWidth"))
            .ShouldBeTrue("The page is wider than the screen.");

        line.BlocksHubs = false;
        await stan.Button("Retry now").ClickAsync();

        await Expect(BannerOf(stan)).ToBeHiddenAsync();
        (await investor.SendAsync(conversationId, "Received live")).Expect(HttpStatusCode.Created);
        await Expect(stan.Message("Received live")).ToBeVisibleAsync();
    }

    private static ILocator BannerOf(Visitor visitor) =>
        visitor.Page.GetByRole(AriaRole.Status).Filter(new() { Has = visitor.Button("Retry now") });
}
