using System.Runtime.InteropServices.JavaScript;

namespace CleanMessaging.WebClient.Browser;

/// <summary>Calls <c>js/view.js</c>, which works on elements by their ids: focus, dialogs, text fields, copying.</summary>
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

    /// <param name="onEditLast">The user has pressed the up arrow in the empty field.</param>
    [JSImport("watchComposer", Module)]
    public static partial void WatchComposer(string id, [JSMarshalAs<JSType.Function>] Action onEditLast);

    [JSImport("fit", Module)]
    public static partial void Fit(string id);
}
