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

    [Fact]
    public async Task PlayVoiceMessage_OfTheOther_PlaysToItsEndAndCanBeMoved()
    {
        var scene = await MeetAsync();
        await scene.Investor.MessageField.ClickAsync();
        var bytes = Convert.FromBase64String(await scene.Investor.Page.EvaluateAsync<string>(Record, 3000));
        var voice = new { durationMs = 3000, waveform = Enumerable.Range(1, 60).ToArray() };
        await scene.InvestorUser.SendAttachmentAsync(scene.ConversationId, bytes, "voice", "voice.webm", voice: voice);
        await Expect(scene.Startup.ConversationWith(scene.InvestorUser)).ToContainTextAsync("Voice message, 0:03");
        var player = scene.Startup.Log.Locator(".voice");

        await player.GetByRole(AriaRole.Button, new() { NameRegex = new("^Play the voice message") }).ClickAsync();
        await Expect(player.GetByRole(AriaRole.Button, new() { NameRegex = new("^Pause the voice message") })).ToBeVisibleAsync();
        await Expect(player.GetByRole(AriaRole.Button, new() { NameRegex = new("^Play the voice message") })).ToBeVisibleAsync();

        await player.GetByRole(AriaRole.Button, new() { Name = "Speed 1×" }).ClickAsync();
        await Expect(player.GetByRole(AriaRole.Button, new() { Name = "Speed 1.5×" })).ToBeVisibleAsync();
        var slider = player.GetByRole(AriaRole.Slider, new() { Name = "Position in the voice message" });
        await slider.PressAsync("ArrowRight");
        await Expect(slider).Not.ToHaveAttributeAsync("aria-valuetext", new Regex("^0:00 of"));
        await slider.PressAsync("Home");
        await Expect(slider).ToHaveAttributeAsync("aria-valuetext", new Regex("^0:00 of"));
    }
}
