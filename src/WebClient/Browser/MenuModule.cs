using System.Runtime.InteropServices.JavaScript;

namespace CleanMessaging.WebClient.Browser;

/// <summary>Calls <c>js/menu.js</c>: the menus of messages and of rows in the list of conversations.</summary>
internal static partial class MenuModule
{
    private const string Module = "menu";

    /// <summary>The module's path, relative to the runtime's folder, so that it works under any base path.</summary>
    public static Task LoadAsync() => JSHost.ImportAsync(Module, "../js/menu.js");

    /// <summary>Requests the menu of a message after a click on its button, a right click, a long press or a key.</summary>
    /// <param name="onOpen">The key of the message.</param>
    /// <param name="onVersions">The key of an edited message whose versions are requested.</param>
    /// <param name="onClosed">The menu was closed without a choice.</param>
    [JSImport("watchMessages", Module)]
    public static partial void WatchMessages(
        string logId,
        string menuId,
        [JSMarshalAs<JSType.Function<JSType.String>>] Action<string> onOpen,
        [JSMarshalAs<JSType.Function<JSType.String>>] Action<string> onVersions,
        [JSMarshalAs<JSType.Function>] Action onClosed);

    /// <summary>Requests the menu of a conversation after a click on its button, a right click, a long press or a key.</summary>
    /// <param name="onOpen">The id of the conversation.</param>
    /// <param name="onClosed">The menu was closed without a choice.</param>
    [JSImport("watchConversations", Module)]
    public static partial void WatchConversations(
        string listId,
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
