using System.Runtime.InteropServices.JavaScript;

namespace CleanMessaging.WebClient.Browser;

/// <summary>Calls <c>js/view.js</c>, which works on elements by their ids: focus, dialogs, scrolling, copying.</summary>
internal static partial class ViewModule
{
    private const string Module = "view";

    /// <summary>The module's path, relative to the runtime's folder, so that it works under any base path.</summary>
    public static Task LoadAsync() => JSHost.ImportAsync(Module, "../js/view.js");

    [JSImport("focus", Module)]
    public static partial void Focus(string id);

    /// <summary>Scrolls an element into view if necessary.</summary>
    [JSImport("reveal", Module)]
    public static partial void Reveal(string id);

    /// <summary>Moves the focus to another element if it is inside an element that is about to be removed.</summary>
    [JSImport("passFocus", Module)]
    public static partial void PassFocus(string from, string to);

    /// <summary>Selects and copies a visible text; returns whether it was copied.</summary>
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

    /// <summary>Keeps the scroll position of a log while rows are added and removed, and reports which rows are in view.</summary>
    /// <param name="onView">The keys of the first and the last row in view.</param>
    /// <param name="onBlank">No row is in view: whether that is before the rows, and how far into the gap, 0 to 1.</param>
    /// <param name="onNear">The reader nears the first row of all, or otherwise the last.</param>
    /// <param name="onEnd">Whether the reader is at the end, when that has changed.</param>
    [JSImport("watchLog", Module)]
    public static partial void WatchLog(
        string id,
        [JSMarshalAs<JSType.Function<JSType.String, JSType.String>>] Action<string, string> onView,
        [JSMarshalAs<JSType.Function<JSType.Boolean, JSType.Number>>] Action<bool, double> onBlank,
        [JSMarshalAs<JSType.Function<JSType.Boolean>>] Action<bool> onNear,
        [JSMarshalAs<JSType.Function<JSType.Boolean>>] Action<bool> onEnd);

    /// <summary>Makes a log report the rows in view again.</summary>
    [JSImport("reportView", Module)]
    public static partial void ReportView(string id);

    /// <summary>Scrolls a log to a row.</summary>
    [JSImport("showRow", Module)]
    public static partial void ShowRow(string id, string key);

    [JSImport("startLog", Module)]
    public static partial void StartLog(string id);

    [JSImport("goToEnd", Module)]
    public static partial void GoToEnd(string id);
}
