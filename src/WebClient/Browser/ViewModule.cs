using System.Runtime.InteropServices.JavaScript;

namespace CleanMessaging.WebClient.Browser;

/// <summary>What <c>js/view.js</c> does to elements, which are named by their ids: focus, dialogs, scrolling, copying.</summary>
internal static partial class ViewModule
{
    private const string Module = "view";

    /// <summary>Relative to the runtime's folder, and so to where the application is served.</summary>
    public static Task LoadAsync() => JSHost.ImportAsync(Module, "../js/view.js");

    [JSImport("focus", Module)]
    public static partial void Focus(string id);

    /// <summary>Moves the focus from something that is about to go, if it is there.</summary>
    [JSImport("passFocus", Module)]
    public static partial void PassFocus(string from, string to);

    /// <summary>Copies a text that is shown, and selects it; returns whether it was copied.</summary>
    [JSImport("copy", Module)]
    public static partial bool Copy(string id);

    [JSImport("isWide", Module)]
    public static partial bool IsWide();

    [JSImport("openDialog", Module)]
    public static partial void OpenDialog(string id);

    [JSImport("closeDialog", Module)]
    public static partial void CloseDialog(string id);

    [JSImport("watchComposer", Module)]
    public static partial void WatchComposer(string id);

    [JSImport("fit", Module)]
    public static partial void Fit(string id);

    [JSImport("watchLog", Module)]
    public static partial void WatchLog(
        string id,
        [JSMarshalAs<JSType.Function>] Action onTop,
        [JSMarshalAs<JSType.Function<JSType.Boolean>>] Action<bool> onEnd);

    [JSImport("startLog", Module)]
    public static partial void StartLog(string id);

    [JSImport("goToEnd", Module)]
    public static partial void GoToEnd(string id);
}
