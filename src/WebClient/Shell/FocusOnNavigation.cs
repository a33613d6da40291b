using Microsoft.AspNetCore.Components;

namespace CleanMessaging.WebClient.Shell;

/// <summary>
/// Tracks whether the user has navigated between pages of the application. The new page's heading then gets the focus, once; the first page
/// load does not move it.
/// </summary>
internal sealed class FocusOnNavigation : IDisposable
{
    private readonly NavigationManager _navigation;
    private bool _isPending;

    public FocusOnNavigation(NavigationManager navigation)
    {
        _navigation = navigation;
        navigation.LocationChanged += Note;
    }

    /// <summary>Returns whether the focus has to move now, and resets that state.</summary>
    public bool TakeFocus()
    {
        var isPending = _isPending;
        _isPending = false;

        return isPending;
    }

    public void Dispose() => _navigation.LocationChanged -= Note;

    private void Note(object? sender, EventArgs arguments) => _isPending = true;
}
