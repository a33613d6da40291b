using System.Runtime.InteropServices.JavaScript;

namespace CleanMessaging.WebClient.Browser;

/// <summary>
/// Calls <c>js/files.js</c>: files that the user adds to a message, which have a number while the page needs them, and the addresses of
/// pictures.
/// </summary>
internal static partial class FilesModule
{
    private const string Module = "files";

    /// <summary>The module's path, relative to the runtime's folder, so that it works under any base path.</summary>
    public static Task LoadAsync() => JSHost.ImportAsync(Module, "../js/files.js");

    /// <summary>Reports the files that the user chooses, pastes or drops.</summary>
    /// <param name="onFiles">The number of the first file, and how many there are.</param>
    [JSImport("watchFiles", Module)]
    public static partial void Watch(
        string formId, string inputId, [JSMarshalAs<JSType.Function<JSType.Number, JSType.Number>>] Action<int, int> onFiles);

    /// <summary>Ends <see cref="Watch"/>.</summary>
    [JSImport("unwatchFiles", Module)]
    public static partial void Unwatch(string formId);

    /// <summary>Reports the file that the user chooses with an input outside of a message.</summary>
    /// <param name="onFiles">The number of the file, and 1.</param>
    [JSImport("watchInput", Module)]
    public static partial void WatchInput(
        string inputId, [JSMarshalAs<JSType.Function<JSType.Number, JSType.Number>>] Action<int, int> onFiles);

    /// <summary>Opens the browser's dialog to choose files.</summary>
    [JSImport("choose", Module)]
    public static partial void Choose(string inputId);

    [JSImport("nameOf", Module)]
    public static partial string NameOf(int id);

    /// <summary>Returns the media type that the browser derives from the name; empty if there is none.</summary>
    [JSImport("typeOf", Module)]
    public static partial string TypeOf(int id);

    [JSImport("sizeOf", Module)]
    public static partial double SizeOf(int id);

    /// <summary>Forgets a file that is no longer needed.</summary>
    [JSImport("forget", Module)]
    public static partial void Forget(int id);

    /// <exception cref="JSException">The file was changed or removed since it was added.</exception>
    [JSImport("read", Module)]
    public static partial Task<JSObject> ReadAsync(int id, double from, double to);

    [JSImport("copy", Module)]
    public static partial void Copy(JSObject bytes, [JSMarshalAs<JSType.MemoryView>] Span<byte> target);

    /// <summary>Returns an address of a file, valid until it is released.</summary>
    [JSImport("urlOf", Module)]
    public static partial string UrlOf(int id);

    /// <summary>Returns an address of bytes, valid until it is released.</summary>
    [JSImport("urlOfBytes", Module)]
    public static partial string UrlOf([JSMarshalAs<JSType.MemoryView>] Span<byte> bytes, string type);

    [JSImport("releaseUrl", Module)]
    public static partial void ReleaseUrl(string url);

    /// <summary>Makes the browser store what is at an address as a file.</summary>
    [JSImport("download", Module)]
    public static partial void Download(string url, string name);

    /// <summary>Makes the browser ask before the page is left, or no longer for this reason.</summary>
    [JSImport("guardLeaving", Module)]
    public static partial void GuardLeaving(string reason, bool isGuarded);

    /// <summary>Calls back once when an element comes near the visible part of the page.</summary>
    [JSImport("whenNear", Module)]
    public static partial void WhenNear(string elementId, [JSMarshalAs<JSType.Function>] Action onNear);

    [JSImport("stopWatching", Module)]
    public static partial void StopWatching(string elementId);
}
