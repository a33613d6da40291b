namespace CleanMessaging.WebClient.Browser;

/// <summary>What happens to the page as a whole: it is looked at or not, the network comes back, another tab has stored something.</summary>
public sealed class Page
{
    /// <summary>Raised when the network may be there again, or the user is.</summary>
    public event Action? CameBack;

    /// <summary>Raised when <see cref="IsVisible"/> has changed.</summary>
    public event Action? VisibilityChanged;

    /// <summary>Raised with the key of what another tab has stored or erased; empty for everything.</summary>
    public event Action<string>? Stored;

    /// <summary>Whether somebody can see it.</summary>
    public bool IsVisible { get; private set; } = BrowserModule.IsVisible();

    public void Listen() => BrowserModule.Listen(() => CameBack?.Invoke(), ChangeVisibility, key => Stored?.Invoke(key));

    private void ChangeVisibility(bool isVisible)
    {
        IsVisible = isVisible;
        VisibilityChanged?.Invoke();
        if (isVisible)
            CameBack?.Invoke();
    }
}
