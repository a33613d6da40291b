using Microsoft.AspNetCore.Components;

namespace CleanMessaging.WebClient.Shell;

/// <summary>
/// Whether the user has come from one page to another, as opposed to loading the first: then the new one takes the focus, once.
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

    /// <summary>Whether the focus is to be moved now; the next who asks need not.</summary>
    public bool TakeFocus()
    {
        var isPending = _isPending;
        _isPending = false;

        return isPending;
    }

    public void Dispose() => _navigation.LocationChanged -= Note;

    private void Note(object? sender, EventArgs arguments) => _isPending = true;
}
