namespace CleanMessaging.WebClient.Browser;

/// <summary>
/// Reports browser events of the page: visibility, network state, and storage changes by other tabs.
/// </summary>
public sealed class Page
{
    /// <summary>Raised when the network is available again, or the page becomes visible again.</summary>
    public event Action? CameBack;

    /// <summary>Raised when <see cref="IsVisible"/> has changed.</summary>
    public event Action? VisibilityChanged;

    /// <summary>Raised when <see cref="IsOnline"/> has changed.</summary>
    public event Action? NetworkChanged;

    /// <summary>Raised with the key that another tab has written or erased; empty when it erased all keys.</summary>
    public event Action<string>? Stored;

    /// <summary>Whether the page is visible.</summary>
    public bool IsVisible { get; private set; } = BrowserModule.IsVisible();

    /// <summary>Whether the browser reports a network. When the network fails, the connection's own failure is detected later.</summary>
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
