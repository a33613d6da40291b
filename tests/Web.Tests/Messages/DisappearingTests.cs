using System.Net;
using System.Text.RegularExpressions;

namespace CleanMessaging.Web.Tests.Messages;

public sealed partial class DisappearingTests(Stage stage) : WebTests(stage)
{
    [Fact]
    public async Task SendMessage_ThatDisappears_ExpiresForBothOnceItsHourIsOver()
    {
        var server = await StartServerAsync();
        var (investor, startup, conversationId) = await server.RegisterPairAsync();
        var visitors = await Task.WhenAll(VisitAsync(investor), VisitAsync(startup));
        foreach (var visitor in visitors)
            await visitor.Context.Clock.InstallAsync();
        await Task.WhenAll(visitors.Select(visitor => visitor.OpenAsync(conversationId)));
        var (sender, other) = (visitors[0], visitors[1]);

        await sender.SendAsync("This one stays");
        await sender.Page.GetByLabel("Disappears", new() { Exact = true }).SelectOptionAsync("Disappears after 1 hour");
        await sender.SendAsync("This one goes");
        foreach (var visitor in visitors)
            await Expect(visitor.Message("This one goes")).ToContainTextAsync(AlmostAnHour());
        await Expect(other.ConversationWith(investor)).ToContainTextAsync("This one goes");

        // No request is in progress then, because a browser that wakes up cancels its earlier requests.
        await Expect(sender.Message("This one goes").GetByText("Read", new() { Exact = true })).ToBeAttachedAsync();

        await PassAsync(TimeSpan.FromHours(1), server, visitors);

        await ShouldHaveExpiredAsync();
        await Task.WhenAll(visitors.Select(visitor => visitor.ReloadAsync()));
        await ShouldHaveExpiredAsync();

        async Task ShouldHaveExpiredAsync()
        {
            foreach (
                var (visitor, with, preview) in new[] { (sender, startup, "You: This one stays"), (other, investor, "This one stays") })
            {
                await Expect(visitor.ConversationWith(with)).ToContainTextAsync(preview);
                await Expect(visitor.Message("This one stays")).ToBeVisibleAsync();
                await Expect(visitor.Page.GetByText("This one goes")).ToHaveCountAsync(0);
            }
        }
    }

    [LongFact]
    public async Task OpenConversation_WithAClockThatIsHoursWrong_CountsDownByTheServers()
    {
        var (investor, startup, conversationId) = await Server.RegisterPairAsync();
        (await startup.SendExpiringAsync(conversationId, "Going", 1)).Expect(HttpStatusCode.Created);
        var visitor = await VisitAsync(investor);
        await visitor.Context.Clock.InstallAsync(new() { TimeDate = TimeProvider.System.GetUtcNow().AddHours(3).UtcDateTime });

        await visitor.OpenAsync(conversationId);

        await Expect(visitor.Message("Going")).ToContainTextAsync(AlmostAnHour());
        var first = await LeftAsync();
        await Eventually.TrueAsync(async () => await LeftAsync() < first, "It counts down.");

        async Task<TimeSpan> LeftAsync() =>
            TimeSpan.ParseExact(Left().Match(await visitor.Message("Going").TextContentAsync() ?? "").Groups[1].Value, @"m\:ss", null);
    }

    [GeneratedRegex("Disappears in 59:[0-9]{2}")]
    private static partial Regex AlmostAnHour();

    [GeneratedRegex("Disappears in ([0-9]+:[0-9]{2})")]
    private static partial Regex Left();
}
