using System.Runtime.InteropServices.JavaScript;

namespace CleanMessaging.WebClient.Browser;

/// <summary>Calls <c>js/log.js</c>: the scroll position of the message log, and the rows in view.</summary>
internal static partial class LogModule
{
    private const string Module = "log";

    /// <summary>The module's path, relative to the runtime's folder, so that it works under any base path.</summary>
    public static Task LoadAsync() => JSHost.ImportAsync(Module, "../js/log.js");

    /// <summary>Keeps the scroll position of a log while rows are added and removed, and reports which rows are in view.</summary>
    /// <param name="onView">The keys of the first and the last row in view.</param>
    /// <param name="onBlank">No row is in view: whether that is before the rows, and how far into the gap, 0 to 1.</param>
    /// <param name="onNear">The reader nears the first row of all, or otherwise the last.</param>
    /// <param name="onEnd">Whether the reader is at the end, when that has changed.</param>
    [JSImport("watchLog", Module)]
    public static partial void Watch(
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

    /// <summary>Scrolls a log to a row, focuses it and highlights it for a moment.</summary>
    [JSImport("pointOut", Module)]
    public static partial void PointOut(string id, string key);

    [JSImport("startLog", Module)]
    public static partial void Start(string id);

    [JSImport("goToEnd", Module)]
    public static partial void GoToEnd(string id);
}
