using System.Runtime.InteropServices.JavaScript;

namespace CleanMessaging.WebClient.Browser;

/// <summary>A lock that all tabs of the browser share.</summary>
internal sealed class TabLock : IAsyncDisposable
{
    private readonly JSObject _held;

    private TabLock(JSObject held) => _held = held;

    /// <summary>Acquires the lock with a name, waiting for it if necessary; dispose the result to release it.</summary>
    /// <exception cref="JSException">The browser does not allow locks, for example because it blocks all storage.</exception>
    public static async ValueTask<IAsyncDisposable> AcquireAsync(string name) => new TabLock(await BrowserModule.HoldAsync(name));

    public ValueTask DisposeAsync()
    {
        BrowserModule.LetGo(_held);
        _held.Dispose();

        return ValueTask.CompletedTask;
    }
}
