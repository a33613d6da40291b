namespace CleanMessaging.Client;

/// <summary>
/// Where a client keeps its <see cref="Credentials"/>. Several clients that act for one sign-in, such as a browser's tabs, share one store, and so
/// each goes on with the newest refresh token. An older one is accepted by the server for 30 seconds after its exchange; then it ends the session.
/// </summary>
public interface ICredentialStore
{
    /// <summary>The credentials that were saved last, by whichever client; null when there are none.</summary>
    ValueTask<Credentials?> LoadAsync(CancellationToken cancellationToken = default);

    /// <summary>Keeps credentials in place of those before; null forgets them.</summary>
    ValueTask SaveAsync(Credentials? credentials, CancellationToken cancellationToken = default);

    /// <summary>Waits until no other client that shares the store holds the lock, and takes it; dispose the result to let go of it.</summary>
    ValueTask<IAsyncDisposable> LockAsync(CancellationToken cancellationToken = default);
}

/// <summary>Keeps the credentials of one process in memory: signed in until the process ends.</summary>
public sealed class MemoryCredentialStore : ICredentialStore, IDisposable
{
    private readonly SemaphoreSlim _gate = new(1, 1);
    private volatile Credentials? _credentials;

    /// <inheritdoc/>
    public ValueTask<Credentials?> LoadAsync(CancellationToken cancellationToken = default) => ValueTask.FromResult(_credentials);

    /// <inheritdoc/>
    public ValueTask SaveAsync(Credentials? credentials, CancellationToken cancellationToken = default)
    {
        _credentials = credentials;

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public async ValueTask<IAsyncDisposable> LockAsync(CancellationToken cancellationToken = default)
    {
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);

        return new Lease(_gate);
    }

    /// <summary>Gives the lock's memory back.</summary>
    public void Dispose() => _gate.Dispose();

    private sealed class Lease(SemaphoreSlim gate) : IAsyncDisposable
    {
        public ValueTask DisposeAsync()
        {
            gate.Release();

            return ValueTask.CompletedTask;
        }
    }
}
