using System.Runtime.InteropServices.JavaScript;

namespace CleanMessaging.WebClient.Browser;

/// <summary>Calls <c>js/recorder.js</c>, which records one voice message at a time from the microphone.</summary>
internal static partial class RecorderModule
{
    private const string Module = "recorder";

    /// <summary>The module's path, relative to the runtime's folder, so that it works under any base path.</summary>
    public static Task LoadAsync() => JSHost.ImportAsync(Module, "../js/recorder.js");

    /// <summary>Returns whether the browser can record in a format that the server accepts. It cannot over plain HTTP.</summary>
    [JSImport("isSupported", Module)]
    public static partial bool IsSupported();

    /// <summary>
    /// Asks the user for the microphone and begins to record. Returns an empty text, or why it does not record: <c>canceled</c>,
    /// <c>blocked</c>, <c>missing</c>, <c>busy</c> or <c>failed</c>.
    /// </summary>
    /// <param name="longest">The milliseconds after which it stops by itself.</param>
    /// <param name="largest">The bytes after which it stops by itself.</param>
    /// <param name="levelId">The SVG path that shows the loudness.</param>
    /// <param name="onSecond">Each second of the recording, with whether there was no sound so far.</param>
    /// <param name="onEnd">It has stopped by itself: <c>longest</c>, <c>largest</c>, or <c>lost</c> if the microphone was.</param>
    [JSImport("start", Module)]
    public static partial Task<string> StartAsync(
        double longest,
        double largest,
        string levelId,
        [JSMarshalAs<JSType.Function<JSType.Number, JSType.Boolean>>] Action<int, bool> onSecond,
        [JSMarshalAs<JSType.Function<JSType.String>>] Action<string> onEnd);

    [JSImport("pause", Module)]
    public static partial void Pause();

    [JSImport("resume", Module)]
    public static partial void Resume();

    /// <summary>
    /// Stops and releases the microphone. Returns an object with <c>file</c>, the number of the recording in <see cref="FilesModule"/> or 0
    /// if it is too short, <c>milliseconds</c> and <c>waveform</c>.
    /// </summary>
    [JSImport("finish", Module)]
    public static partial Task<JSObject> FinishAsync();

    /// <summary>Releases the microphone, and forgets what was recorded.</summary>
    [JSImport("discard", Module)]
    public static partial void Discard();
}
