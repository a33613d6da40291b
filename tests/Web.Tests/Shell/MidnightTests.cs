using System.Net;

namespace CleanMessaging.Web.Tests.Shell;

/// <summary>Tests midnight: moves the clocks of server and browser by the same amount, as if time had passed.</summary>
public sealed class MidnightTests(Stage stage) : WebTests(stage)
{
    [LongFact]
    public async Task PassMidnight_WithoutHearingFromTheServer_RewritesWhatIsSaidOfTheDay()
    {
        // Free messages are available again at 15:00 UTC.
        var server = await StartServerAsync(("Quota:TimeZone", "Asia/Tokyo"));
        var halfPastEleven = server.Clock.GetUtcNow().UtcDateTime.Date.AddHours(23.5);
        server.Clock.Shift(halfPastEleven - server.Clock.GetUtcNow().UtcDateTime);
        var (investor, startup, conversationId) = await server.RegisterPairAsync();
        await SetQuotaAsync(await server.CreateAdminAsync(), investor, dailyFreeLimit: 0, pointsPerMessage: 10);
        (await startup.SendAsync(conversationId, "At night")).Expect(HttpStatusCode.Created);
        var visitor = await VisitAsync(investor);
        visitor.Allow("status of 402|ERR_INTERNET_DISCONNECTED|/hubs/messaging");
        await visitor.Context.Clock.InstallAsync();
        await visitor.OpenAsync(conversationId);
        await visitor.SendAsync("For points");
        await Expect(visitor.Dialog("You do not have enough points")).ToContainTextAsync("Free messages return tomorrow at 15:00.");
        await Expect(visitor.Message("For points")).ToContainTextAsync("Free messages return tomorrow at 15:00.");
        await Expect(visitor.QuotaNotice).ToContainTextAsync("Free again tomorrow at 15:00");
        await Expect(visitor.ConversationWith(startup).Locator("time")).ToContainTextAsync("23:3");

        await visitor.Context.SetOfflineAsync(true);
        await visitor.Context.Clock.FastForwardAsync((long)TimeSpan.FromHours(1).TotalMilliseconds);

        await Expect(visitor.Dialog("You do not have enough points")).ToContainTextAsync("Free messages return at 15:00.");
        await visitor.Button("Close").ClickAsync();
        await Expect(visitor.Log.GetByRole(AriaRole.Heading)).ToHaveTextAsync("Yesterday");
        await Expect(visitor.Message("For points")).ToContainTextAsync("Free messages return at 15:00.");
        await Expect(visitor.QuotaNotice).ToContainTextAsync("Free again at 15:00");
        await Expect(visitor.ConversationWith(startup).Locator("time")).ToHaveTextAsync("Yesterday");
    }
}
