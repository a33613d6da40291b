using System.Net;
using System.Text.RegularExpressions;

namespace CleanMessaging.Web.Tests.Files;

/// <summary>Tests the player of voice messages, with one that the browser records from a tone.</summary>
public sealed class VoiceTests(Stage stage) : WebTests(stage)
{
    private const string Record =
        """
        async milliseconds => {
            const context = new AudioContext();
            const target = context.createMediaStreamDestination();
            const tone = context.createOscillator();
            tone.connect(target);
            tone.start();
            const recorder = new MediaRecorder(target.stream, { mimeType: 'audio/webm;codecs=opus', audioBitsPerSecond: 32000 });
            const parts = [];
            recorder.ondataavailable = event => parts.push(event.data);
            recorder.start();
            await new Promise(resolve => setTimeout(resolve, milliseconds));
            await new Promise(resolve => {
                recorder.onstop = resolve;
                recorder.stop();
            });
            await context.close();
            const bytes = new Uint8Array(await new Blob(parts).arrayBuffer());
            return btoa(String.fromCharCode(...bytes));
        }
        """;

    /// <summary>Keeps the player of the page, which is not in the document.</summary>
    private const string WatchPlayer =
        "const Player = Audio; window.Audio = function (...given) { window.player = new Player(...given); return window.player; };";

    private const string IsReleased = "window.player.paused && !window.player.hasAttribute('src')";

    [Fact]
    public async Task PlayVoiceMessage_OfTheOther_PlaysToItsEndAndCanBeMoved()
    {
        var scene = await MeetAsync();
        var (sender, receiver) = (scene.Investor, scene.Startup);
        await scene.InvestorUser.SendVoiceAsync(scene.ConversationId, await RecordAsync(sender, 3000), 3000);
        await Expect(receiver.ConversationWith(scene.InvestorUser)).ToContainTextAsync("Voice message, 0:03");
        var player = receiver.Players();

        await player.PlayButton().ClickAsync();
        await Expect(player.PauseButton()).ToBeVisibleAsync();
        await Expect(player.PlayButton()).ToBeVisibleAsync();
        await player.Position().PressAsync("ArrowRight");
        await Expect(player.Position()).ToHaveAttributeAsync("aria-valuetext", new Regex("^0:0[23] of 0:0[23]$"));
        await player.Position().PressAsync("Home");
        await Expect(player.Position()).ToHaveAttributeAsync("aria-valuetext", new Regex("^0:00 of"));
        await player.Position().PressAsync("End");
        await Expect(player.Position()).ToHaveAttributeAsync("aria-valuetext", new Regex("^0:0[23] of 0:0[23]$"));

        await player.GetByRole(AriaRole.Button, new() { Name = "Speed 1×" }).ClickAsync();
        await Expect(player.GetByRole(AriaRole.Button, new() { Name = "Speed 1.5×" })).ToBeVisibleAsync();
        await receiver.Page.AddInitScriptAsync(WatchPlayer);
        await receiver.ReloadAsync();
        await Expect(player.GetByRole(AriaRole.Button, new() { Name = "Speed 1.5×" })).ToBeVisibleAsync();
        await Expect(player).Not.ToContainTextAsync("Not played yet");
        await player.PlayButton().ClickAsync();
        await Expect(player.PauseButton()).ToBeVisibleAsync();
        (await receiver.Page.EvaluateAsync<double>("window.player.playbackRate")).ShouldBe(1.5);
    }

    [Fact]
    public async Task PlayVoiceMessages_ThatFollowOneAnother_PlaysAndMarksThemInARow()
    {
        var (investor, startup, conversationId) = await Server.RegisterPairAsync();
        var (sender, receiver) = (await VisitAsync(investor), await VisitAsync(startup));
        await receiver.Page.AddInitScriptAsync(WatchPlayer);
        await Task.WhenAll(sender.OpenAsync(conversationId), receiver.OpenAsync(conversationId));
        receiver.Allow("messages/played|ERR_CONNECTION_RESET");
        var reports = 0;
        await receiver.Page.RouteAsync(
            "**/api/messages/played",
            route => ++reports == 1 ? route.AbortAsync(RequestAbortErrorCode.ConnectionReset) : route.ContinueAsync());
        var ownReports = 0;
        sender.Page.Request += (_, request) => ownReports += request.Url.EndsWith("/played", StringComparison.Ordinal) ? 1 : 0;
        var bytes = await RecordAsync(sender, 1500);
        await investor.SendVoiceAsync(conversationId, bytes, 1500);
        await investor.SendVoiceAsync(conversationId, bytes, 1500);
        await investor.SendAsync(conversationId, "In between");
        var last = await investor.SendVoiceAsync(conversationId, bytes, 1500);
        await Expect(receiver.Log.GetByText("Not played yet")).ToHaveCountAsync(3);
        await sender.Players().First.PlayButton().ClickAsync();
        await Expect(sender.Players().First.PauseButton()).ToBeVisibleAsync();
        await Expect(sender.Log.GetByText("Played", new() { Exact = true })).ToHaveCountAsync(0);

        await receiver.Players().First.PlayButton().ClickAsync();
        await Expect(receiver.Players().Nth(1).PauseButton()).ToBeVisibleAsync();
        await Expect(receiver.Players().First.PlayButton()).ToBeVisibleAsync();
        await Expect(receiver.Log.GetByText("Not played yet")).ToHaveCountAsync(1);
        await Expect(sender.Log.GetByText("Played", new() { Exact = true })).ToHaveCountAsync(2);
        await Expect(receiver.Players().Nth(1).PlayButton()).ToBeVisibleAsync();
        await Expect(receiver.Log.GetByText("Not played yet")).ToHaveCountAsync(1);
        reports.ShouldBe(3, "The first report has failed and is repeated.");

        await receiver.Players().First.PlayButton().ClickAsync();
        await receiver.Players().Last.PlayButton().ClickAsync();
        await Expect(receiver.Players().Last.PauseButton()).ToBeVisibleAsync();
        await Expect(receiver.Log.GetByRole(AriaRole.Button, new() { NameRegex = new("^Pause the voice message") })).ToHaveCountAsync(1);
        await receiver.Page.EvaluateAsync("window.player.loop = true");
        (await investor.DeleteMessageAsync(last)).Expect(HttpStatusCode.OK);
        await Expect(receiver.Players()).ToHaveCountAsync(2);
        (await receiver.Page.EvaluateAsync<bool>(IsReleased)).ShouldBeTrue();
        ownReports.ShouldBe(0);
    }

    [LongFact]
    public async Task ExpireVoiceMessage_WhileItPlays_StopsItAndRemovesItAtTheInstant()
    {
        var server = await StartServerAsync();
        var (investor, startup, conversationId) = await server.RegisterPairAsync();
        var visitor = await VisitAsync(startup);
        await visitor.Context.Clock.InstallAsync();
        await visitor.Page.AddInitScriptAsync(WatchPlayer);
        await visitor.OpenAsync(conversationId);
        await visitor.MessageField.ClickAsync();
        var bytes = await RecordAsync(visitor, 3000);
        await investor.SendVoiceAsync(conversationId, bytes, 3000, expirationHours: 1);
        await visitor.Players().PlayButton().ClickAsync();
        await visitor.Page.EvaluateAsync("window.player.loop = true");
        await Expect(visitor.Players().PauseButton()).ToBeVisibleAsync();

        await PassAsync(TimeSpan.FromHours(1), server, visitor);

        await Expect(visitor.Players()).ToHaveCountAsync(0);
        (await visitor.Page.EvaluateAsync<bool>(IsReleased)).ShouldBeTrue();
    }

    /// <summary>Records a tone, as another client does.</summary>
    private static async Task<byte[]> RecordAsync(Visitor visitor, int milliseconds)
    {
        await visitor.MessageField.ClickAsync();

        return Convert.FromBase64String(await visitor.Page.EvaluateAsync<string>(Record, milliseconds));
    }
}
