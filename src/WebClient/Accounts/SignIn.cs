using CleanMessaging.Client;
using CleanMessaging.WebClient.Browser;
using CleanMessaging.WebClient.Shell;
using Microsoft.AspNetCore.Components;

namespace CleanMessaging.WebClient.Accounts;

/// <summary>
/// Who uses this page, from signing in to signing out. All tabs show the same user: when another one signs out, or signs somebody else in,
/// this one begins anew.
/// </summary>
public sealed class SignIn
{
    private readonly MessagingClient _client;
    private readonly NavigationManager _navigation;
    private readonly Page _page;
    private readonly TimeProvider _clock;
    private bool _isLeaving;

    public SignIn(MessagingClient client, NavigationManager navigation, Page page, TimeProvider clock)
    {
        _client = client;
        _navigation = navigation;
        _page = page;
        _clock = clock;
        client.SignedOut += () => _ = EndAsync();
        page.Stored += FollowOtherTabs;
        page.CameBack += () => Current?.Session.RetryNow();
    }

    /// <summary>Raised when somebody was signed in or out.</summary>
    public event Action? Changed;

    /// <summary>Null when nobody is signed in.</summary>
    public SignedInUser? Current { get; private set; }

    /// <summary>Whether the last sign-in was ended by the server, so that the user should be told.</summary>
    public bool HasExpired { get; private set; }

    /// <summary>Goes on with the sign-in that the browser has kept.</summary>
    public async Task RestoreAsync()
    {
        if (await _client.Accounts.RestoreAsync() is { } user)
            await OpenAsync(user);
    }

    /// <exception cref="MessagingException">The server rejected, or could not be asked.</exception>
    public async Task LogInAsync(string email, string password) => await OpenAsync(await _client.Accounts.LogInAsync(email, password));

    /// <exception cref="MessagingException">The server rejected, or could not be asked.</exception>
    public async Task RegisterAsync(string email, string password, string displayName, UserRole role) =>
        await OpenAsync(await _client.Accounts.RegisterAsync(email, password, displayName, role));

    /// <summary>
    /// Signs out, and forgets what this browser has kept of the user: drafts, and messages that were not sent. The server ends the session
    /// before it answers, so that this page or another tab may learn of it first; neither keeps anything from being forgotten.
    /// </summary>
    public async Task LogOutAsync()
    {
        var left = Current;
        _isLeaving = true;
        try
        {
            await _client.Accounts.LogOutAsync();
            Current = null;
            HasExpired = false;
            Changed?.Invoke();
            if (left is not null)
                await left.DisposeAsync();
        }
        finally
        {
            left?.Forget();
            _isLeaving = false;
        }

        FollowOtherTabs(LocalCredentialStore.Key);
    }

    private async Task OpenAsync(User user)
    {
        var left = Current;
        Current = await SignedInUser.OpenAsync(_client, user, _page, _clock);
        HasExpired = false;
        Changed?.Invoke();
        if (left is not null)
            await left.DisposeAsync();
    }

    /// <summary>What the user has written stays for when they sign in again.</summary>
    private async Task EndAsync()
    {
        if (_isLeaving || Current is not { } left)
            return;

        Current = null;
        HasExpired = true;
        Changed?.Invoke();
        await left.DisposeAsync();
    }

    private void FollowOtherTabs(string key)
    {
        if (_isLeaving || (key.Length > 0 && key != LocalCredentialStore.Key))
            return;

        // The same user with other tokens is nothing new. Otherwise nothing of the one may be left for the next: all is loaded anew.
        if (LocalCredentialStore.Load()?.User.Id != Current?.User.Id)
            _navigation.NavigateTo(Addresses.Home, forceLoad: true);
    }
}
