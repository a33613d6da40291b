using System.Runtime.InteropServices.JavaScript;
using CleanMessaging.Client;
using CleanMessaging.WebClient.Browser;
using CleanMessaging.WebClient.SignedIn;

namespace CleanMessaging.WebClient.Accounts;

/// <summary>Stores the credentials in the browser, shared by all tabs. A lock allows one tab at a time to exchange the tokens.</summary>
internal sealed class LocalCredentialStore : ICredentialStore
{
    private const string Name = "credentials";

    /// <summary>The credentials when the browser's storage is full. They are lost when the page is closed or reloaded.</summary>
    private static Credentials? _unstored;

    /// <summary>The storage key. Other tabs get a storage event for it when the sign-in changes.</summary>
    public static string Key { get; } = LocalStorage.KeyOf(Name);

    public static Credentials? Load() => LocalStorage.Read(Name, StoredJson.Default.Credentials) ?? _unstored;

    public ValueTask<Credentials?> LoadAsync(CancellationToken cancellationToken = default) => ValueTask.FromResult(Load());

    public ValueTask SaveAsync(Credentials? credentials, CancellationToken cancellationToken = default)
    {
        _unstored = null;
        try
        {
            if (credentials is null)
                LocalStorage.Erase(Name);
            else
                LocalStorage.Write(Name, credentials, StoredJson.Default.Credentials);
        }
        catch (JSException)
        {
            // The previous credentials are erased: a later exchange of an old refresh token would revoke the session.
            LocalStorage.Erase(Name);
            _unstored = credentials;
        }

        return ValueTask.CompletedTask;
    }

    public ValueTask<IAsyncDisposable> LockAsync(CancellationToken cancellationToken = default) => TabLock.AcquireAsync(Key);
}
