using CleanMessaging.Client;
using CleanMessaging.WebClient.Accounts;
using CleanMessaging.WebClient.Browser;
using Microsoft.AspNetCore.Components;

namespace CleanMessaging.WebClient.Shell;

/// <summary>
/// Shows something of the user's session, and shows it anew when that has changed: once for all that changes at about the same time. What it
/// says of the day is right after midnight too.
/// </summary>
public abstract class LiveComponent : ComponentBase, IDisposable
{
    /// <summary>Long enough for what comes together, too short to be noticed.</summary>
    private static readonly TimeSpan _moment = TimeSpan.FromMilliseconds(15);

    private IDisposable? _midnights;
    private bool _isAsked;
    private bool _isDisposed;

    [CascadingParameter]
    public SignedInUser Me { get; set; } = null!;

    [Inject]
    private TimeProvider Clock { get; set; } = null!;

    [Inject]
    private DayChangeNotifier DayChange { get; set; } = null!;

    /// <summary>Whether a change is one of what is shown here.</summary>
    protected virtual bool Concerns(SessionChange change) => true;

    protected override void OnInitialized()
    {
        Me.Session.Changed += Follow;
        _midnights = DayChange.Each(ShowSoon);
    }

    /// <summary>Shows it anew, in a moment.</summary>
    protected void ShowSoon()
    {
        if (_isAsked || _isDisposed)
            return;

        _isAsked = true;
        _ = InvokeAsync(ShowAsync);
    }

    public void Dispose()
    {
        _isDisposed = true;
        Me.Session.Changed -= Follow;
        _midnights?.Dispose();
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
    }

    private void Follow(SessionChange change)
    {
        if (Concerns(change))
            ShowSoon();
    }

    private async Task ShowAsync()
    {
        await Task.Delay(_moment, Clock);
        _isAsked = false;
        if (_isDisposed)
            return;

        try
        {
            BeforeShow();
            StateHasChanged();
        }
        catch (Exception exception)
        {
            await DispatchExceptionAsync(exception);
        }
    }

    /// <summary>Brings what is shown up to date.</summary>
    protected virtual void BeforeShow()
    {
    }
}
