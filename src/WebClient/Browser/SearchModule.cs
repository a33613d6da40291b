using System.Runtime.InteropServices.JavaScript;

namespace CleanMessaging.WebClient.Browser;

/// <summary>Calls <c>js/search.js</c>: the keys of the search in messages, and the focus before and after it.</summary>
internal static partial class SearchModule
{
    private const string Module = "search";

    /// <summary>The module's path, relative to the runtime's folder, so that it works under any base path.</summary>
    public static Task LoadAsync() => JSHost.ImportAsync(Module, "../js/search.js");

    /// <summary>Handles the keys of the search, and its shortcut, until the element is removed.</summary>
    /// <param name="onShow">The shortcut was pressed.</param>
    /// <param name="onClose">Escape was pressed.</param>
    /// <param name="onSearch">Enter was pressed in the field.</param>
    [JSImport("watchSearch", Module)]
    public static partial void Watch(
        string id,
        string fieldId,
        [JSMarshalAs<JSType.Function>] Action onShow,
        [JSMarshalAs<JSType.Function>] Action onClose,
        [JSMarshalAs<JSType.Function>] Action onSearch);

    /// <summary>Remembers which element has the focus outside of the search.</summary>
    [JSImport("noteOrigin", Module)]
    public static partial void NoteOrigin(string id);

    /// <summary>Moves the focus to the field, and selects its text.</summary>
    [JSImport("enterSearch", Module)]
    public static partial void Enter(string fieldId);

    /// <summary>Moves the focus back to the remembered element, or otherwise to a fallback.</summary>
    [JSImport("leaveSearch", Module)]
    public static partial void Leave(string fallbackId);
}
