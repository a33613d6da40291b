using System.Text.RegularExpressions;

namespace CleanMessaging.Web.Tests.Files;

/// <summary>What a user does with voice messages, with a microphone of the browser that hears a beep twice a second.</summary>
internal static partial class VoiceSteps
{
    /// <summary>Keeps what the page gets from the browser: the microphones, and a clock of the recorder that the test can move.</summary>
    private const string Watch =
        """
        (() => {
            window.microphones = [];
            window.skipped = 0;
            const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
            navigator.mediaDevices.getUserMedia = async wanted => {
                if (window.microphoneError) {
                    throw new DOMException('', window.microphoneError);
                }
                const stream = await ask(wanted);
                window.microphones.push(...stream.getTracks());
                return stream;
            };
            const now = performance.now.bind(performance);
            performance.now = () => now() + window.skipped;
        })()
        """;

    /// <summary>The recording that is under way.</summary>
    public static ILocator Recording(this Visitor visitor) => visitor.Page.Locator("#recording");

    /// <summary>The text for screen readers.</summary>
    public static ILocator Announced(this Visitor visitor) => visitor.Page.Locator(".visually-hidden[aria-live=polite]");

    /// <summary>The players of the voice messages that are shown.</summary>
    public static ILocator Players(this Visitor visitor) => visitor.Log.Locator(".voice");

    /// <summary>The button that plays, in a player or in the row of an added recording.</summary>
    public static ILocator PlayButton(this ILocator player) => player.GetByRole(AriaRole.Button, new() { NameRegex = PlayName() });

    public static ILocator PauseButton(this ILocator player) => player.GetByRole(AriaRole.Button, new() { NameRegex = PauseName() });

    public static ILocator Position(this ILocator player) => player.GetByRole(AriaRole.Slider, new() { Name = "Position in the voice message" });

    /// <summary>Lets the test watch and influence the microphone of the page.</summary>
    public static Task WatchMicrophoneAsync(this Visitor visitor) => visitor.Page.EvaluateAsync(Watch);

    /// <summary>Makes the browser fail to open the microphone.</summary>
    /// <param name="error">The name of the browser's error; null for none.</param>
    public static Task FailMicrophoneAsync(this Visitor visitor, string? error) =>
        visitor.Page.EvaluateAsync("error => { window.microphoneError = error; }", error);

    /// <summary>Moves the clock of the recorder.</summary>
    public static Task SkipAsync(this Visitor visitor, int seconds) =>
        visitor.Page.EvaluateAsync("seconds => { window.skipped += seconds * 1000; }", seconds);

    /// <summary>Returns how many microphones the page uses now.</summary>
    public static Task<int> MicrophonesAsync(this Visitor visitor) =>
        visitor.Page.EvaluateAsync<int>("window.microphones.filter(track => track.readyState === 'live').length");

    public static async Task StartRecordingAsync(this Visitor visitor)
    {
        await visitor.Button("Record a voice message").ClickAsync();
        await Expect(visitor.Recording()).ToContainTextAsync("Recording");
    }

    /// <summary>Stops recording, and waits until the recording is uploaded.</summary>
    public static async Task StopRecordingAsync(this Visitor visitor)
    {
        await visitor.Button("Stop recording").ClickAsync();
        await Expect(visitor.Tray()).ToContainTextAsync("Ready to be sent");
    }

    /// <summary>Uploads a recording and sends it, without the page; returns the id of the message.</summary>
    public static async Task<Guid> SendVoiceAsync(this TestUser user, Guid conversationId, byte[] bytes, int durationMs, int? expirationHours = null)
    {
        var voice = new { durationMs, waveform = Enumerable.Range(1, 60).ToArray() };
        var (_, messageId) = await user.SendAttachmentAsync(conversationId, bytes, "voice", "voice.webm", expirationHours, voice);

        return messageId;
    }

    [GeneratedRegex("^Play the voice message")]
    private static partial Regex PlayName();

    [GeneratedRegex("^Pause the voice message")]
    private static partial Regex PauseName();
}
