using System.Runtime.InteropServices.JavaScript;

namespace CleanMessaging.WebClient.Browser;

/// <summary>Calls <c>js/voice.js</c>, which plays voice messages, one at a time.</summary>
internal static partial class VoiceModule
{
    private const string Module = "voice";

    /// <summary>The module's path, relative to the runtime's folder, so that it works under any base path.</summary>
    public static Task LoadAsync() => JSHost.ImportAsync(Module, "../js/voice.js");

    /// <summary>Continues a message that is paused, or begins one at a position in seconds. Another message stops.</summary>
    /// <param name="onState">Whether it plays, the position in seconds, and the length in seconds or 0 if it is not known.</param>
    /// <param name="onEvent">
    /// <c>began</c>: its sound is heard, also after a pause. <c>ended</c>: it has reached its end. <c>failed</c>: it cannot be loaded or
    /// played.
    /// </param>
    [JSImport("play", Module)]
    public static partial void Play(
        string id,
        string url,
        double from,
        double rate,
        [JSMarshalAs<JSType.Function<JSType.Boolean, JSType.Number, JSType.Number>>] Action<bool, double, double> onState,
        [JSMarshalAs<JSType.Function<JSType.String>>] Action<string> onEvent);

    [JSImport("pause", Module)]
    public static partial void Pause(string id);

    [JSImport("seek", Module)]
    public static partial void Seek(string id, double seconds);

    /// <summary>Sets the speed of the current message and of later ones.</summary>
    [JSImport("setRate", Module)]
    public static partial void SetRate(double rate);

    /// <summary>Stops a message, and forgets its bytes.</summary>
    [JSImport("stop", Module)]
    public static partial void Stop(string id);
}
