using CleanMessaging.Client;
using CleanMessaging.WebClient.Browser;
using CleanMessaging.WebClient.Shell;
using CleanMessaging.WebClient.SignedIn;
using Microsoft.AspNetCore.Components;

namespace CleanMessaging.WebClient.Accounts;

/// <summary>
/// Manages the signed-in user of the page. All tabs show the same user: when the user signs out in another tab, or another user signs in
/// there, this tab reloads.
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

    /// <summary>Raised when a user has signed in or out.</summary>
    public event Action? Changed;

    /// <summary>The signed-in user; null when no user is signed in.</summary>
    public SignedInUser? Current { get; private set; }

    /// <summary>Whether the server ended the last sign-in, so that the sign-in page shows a notice.</summary>
    public bool HasExpired { get; private set; }

    /// <summary>Restores the sign-in that the browser has stored.</summary>
    public async Task RestoreAsync()
    {
        if (await _client.Accounts.RestoreAsync() is { } user)
            await OpenAsync(user);
    }

    /// <exception cref="MessagingException">The server rejected the request, or could not be reached.</exception>
    public async Task LogInAsync(string email, string password) => await OpenAsync(await _client.Accounts.LogInAsync(email, password));

    /// <exception cref="MessagingException">The server rejected the request, or could not be reached.</exception>
    public async Task RegisterAsync(string email, string password, string displayName, UserRole role) =>
        await OpenAsync(await _client.Accounts.RegisterAsync(email, password, displayName, role));

    /// <summary>
    /// Signs out, and deletes the user's data from this browser: drafts and unsent messages, with their files on the server. The server
    /// revokes the sign-in before it answers, so this page or another tab may detect the end first. The data is deleted in that case too.
    /// </summary>
    public async Task LogOutAsync()
    {
        var left = Current;
        _isLeaving = true;
        try
        {
            if (left is not null)
                await left.RemoveUnsentFilesAsync();
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

    /// <summary>Handles a sign-in that the server has ended. Drafts and unsent messages stay for the next sign-in.</summary>
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

        // New tokens of the same user need no action. For another user, a full reload makes sure that no data of the previous user stays.
        if (LocalCredentialStore.Load()?.User.Id != Current?.User.Id)
            _navigation.NavigateTo(Addresses.Home, forceLoad: true);
    }
}
