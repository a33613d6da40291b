namespace CleanMessaging.WebClient.Browser;

/// <summary>
/// What happens to the page as a whole: it is looked at or not, the network goes and comes back, another tab has stored something.
/// </summary>
public sealed class Page
{
    /// <summary>Raised when the network is there again, or the user is.</summary>
    public event Action? CameBack;

    /// <summary>Raised when <see cref="IsVisible"/> has changed.</summary>
    public event Action? VisibilityChanged;

    /// <summary>Raised when <see cref="IsOnline"/> has changed.</summary>
    public event Action? NetworkChanged;

    /// <summary>Raised with the key of what another tab has stored or erased; empty for everything.</summary>
    public event Action<string>? Stored;

    /// <summary>Whether somebody can see it.</summary>
    public bool IsVisible { get; private set; } = BrowserModule.IsVisible();

    /// <summary>Whether there is a network at all; a connection that is cut with it is noticed later.</summary>
    public bool IsOnline { get; private set; } = BrowserModule.IsOnline();

    public void Listen() => BrowserModule.Listen(ChangeNetwork, ChangeVisibility, key => Stored?.Invoke(key));

    private void ChangeNetwork(bool isOnline)
    {
        IsOnline = isOnline;
        NetworkChanged?.Invoke();
        if (isOnline)
            CameBack?.Invoke();
    }

    private void ChangeVisibility(bool isVisible)
    {
        IsVisible = isVisible;
        VisibilityChanged?.Invoke();
        if (isVisible)
            CameBack?.Invoke();
    }
}
