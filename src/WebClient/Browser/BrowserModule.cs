using System.Runtime.InteropServices.JavaScript;

namespace CleanMessaging.WebClient.Browser;

/// <summary>Calls <c>js/browser.js</c>: storage, locks between tabs, browser events, and local date and time formats.</summary>
internal static partial class BrowserModule
{
    private const string Module = "browser";

    /// <summary>The module's path, relative to the runtime's folder, so that it works under any base path.</summary>
    public static Task LoadAsync() => JSHost.ImportAsync(Module, "../js/browser.js");

    /// <summary>The path at which the application is served, with a slash at the end.</summary>
    [JSImport("place", Module)]
    public static partial string Place();

    [JSImport("read", Module)]
    public static partial string? Read(string key);

    [JSImport("write", Module)]
    public static partial void Write(string key, string value);

    [JSImport("erase", Module)]
    public static partial void Erase(string key);

    [JSImport("keysWith", Module)]
    public static partial string[] KeysWith(string prefix);

    [JSImport("hold", Module)]
    public static partial Task<JSObject> HoldAsync(string name);

    [JSImport("letGo", Module)]
    public static partial void LetGo(JSObject held);

    [JSImport("listen", Module)]
    public static partial void Listen(
        [JSMarshalAs<JSType.Function<JSType.Boolean>>] Action<bool> onOnline,
        [JSMarshalAs<JSType.Function<JSType.Boolean>>] Action<bool> onVisible,
        [JSMarshalAs<JSType.Function<JSType.String>>] Action<string> onStored);

    [JSImport("isVisible", Module)]
    public static partial bool IsVisible();

    [JSImport("isOnline", Module)]
    public static partial bool IsOnline();

    [JSImport("chooseTheme", Module)]
    public static partial void ChooseTheme(string? theme);

    [JSImport("format", Module)]
    public static partial string Format(string name, double unixMilliseconds);

    [JSImport("dayOf", Module)]
    public static partial int DayOf(double unixMilliseconds);

    [JSImport("dayStart", Module)]
    public static partial double DayStart(string date, int daysLater);
}
