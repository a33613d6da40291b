using CleanMessaging.Client;
using CleanMessaging.WebClient.Browser;
using CleanMessaging.WebClient.SignedIn;
using Microsoft.AspNetCore.Components;

namespace CleanMessaging.WebClient.Shell;

/// <summary>
/// A component that shows data of the user's session and renders again after changes. Changes in quick succession cause one render. It also
/// renders at midnight, because texts can depend on the day.
/// </summary>
public abstract class LiveComponent : ComponentBase, IDisposable
{
    /// <summary>The delay before a render. It merges simultaneous changes and is too short to be noticed.</summary>
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

    /// <summary>Whether a change affects this component.</summary>
    protected virtual bool Concerns(SessionChange change) => true;

    protected override void OnInitialized()
    {
        Me.Session.Changed += Follow;
        _midnights = DayChange.Each(ShowSoon);
    }

    /// <summary>Schedules a render after a short delay.</summary>
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

    /// <summary>Updates the shown data.</summary>
    protected virtual void BeforeShow()
    {
    }
}
