using System.Runtime.InteropServices.JavaScript;

namespace CleanMessaging.WebClient.Browser;

/// <summary>Calls <c>js/menu.js</c>: the menu of a message.</summary>
internal static partial class MenuModule
{
    private const string Module = "menu";

    /// <summary>The module's path, relative to the runtime's folder, so that it works under any base path.</summary>
    public static Task LoadAsync() => JSHost.ImportAsync(Module, "../js/menu.js");

    /// <summary>Requests the menu after a click on the button of a message, a right click, a long press or a key.</summary>
    /// <param name="onOpen">The key of the message.</param>
    /// <param name="onClosed">The menu was closed without a choice.</param>
    [JSImport("watchMenu", Module)]
    public static partial void Watch(
        string logId,
        string menuId,
        [JSMarshalAs<JSType.Function<JSType.String>>] Action<string> onOpen,
        [JSMarshalAs<JSType.Function>] Action onClosed);

    /// <summary>Shows the rendered items, and focuses the first one.</summary>
    [JSImport("openMenu", Module)]
    public static partial void Open(string menuId);

    /// <summary>Closes the menu, and returns the focus to where it was.</summary>
    [JSImport("closeMenu", Module)]
    public static partial void Close(string menuId);

    /// <summary>Copies the text of a message; returns whether it was copied.</summary>
    [JSImport("copyMessage", Module)]
    public static partial bool Copy(string logId, string key);
}
