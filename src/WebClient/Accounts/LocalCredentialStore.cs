using System.Runtime.InteropServices.JavaScript;
using CleanMessaging.Client;
using CleanMessaging.WebClient.Browser;

namespace CleanMessaging.WebClient.Accounts;

/// <summary>Keeps the sign-in in the browser, one for all tabs, which take turns at exchanging its tokens.</summary>
internal sealed class LocalCredentialStore : ICredentialStore
{
    private const string Name = "credentials";

    /// <summary>What the browser had no room for. It holds until the page is left.</summary>
    private static Credentials? _withoutRoom;

    /// <summary>What other tabs see change when the sign-in does.</summary>
    public static string Key { get; } = LocalStorage.KeyOf(Name);

    public static Credentials? Load() => LocalStorage.Read(Name, StoredJson.Default.Credentials) ?? _withoutRoom;

    public ValueTask<Credentials?> LoadAsync(CancellationToken cancellationToken = default) => ValueTask.FromResult(Load());

    public ValueTask SaveAsync(Credentials? credentials, CancellationToken cancellationToken = default)
    {
        _withoutRoom = null;
        try
        {
            if (credentials is null)
                LocalStorage.Erase(Name);
            else
                LocalStorage.Write(Name, credentials, StoredJson.Default.Credentials);
        }
        catch (JSException)
        {
            // Those before are erased: exchanged again after a while, they would end the session.
            LocalStorage.Erase(Name);
            _withoutRoom = credentials;
        }

        return ValueTask.CompletedTask;
    }

    public async ValueTask<IAsyncDisposable> LockAsync(CancellationToken cancellationToken = default) =>
        new Lease(await BrowserModule.HoldAsync(Key));

    private sealed class Lease(JSObject held) : IAsyncDisposable
    {
        public ValueTask DisposeAsync()
        {
            BrowserModule.LetGo(held);
            held.Dispose();

            return ValueTask.CompletedTask;
        }
    }
}
