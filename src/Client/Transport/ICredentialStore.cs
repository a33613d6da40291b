namespace CleanMessaging.Client;

/// <summary>
/// Stores the <see cref="Credentials"/> of a client. Clients that share one sign-in, such as a browser's tabs, share one store, so that
/// each uses the newest refresh token. The server accepts an older one for 30 seconds after its exchange; later use revokes the sign-in.
/// </summary>
public interface ICredentialStore
{
    /// <summary>Returns the credentials that any client saved last; null when there are none.</summary>
    ValueTask<Credentials?> LoadAsync(CancellationToken cancellationToken = default);

    /// <summary>Replaces the stored credentials; null deletes them.</summary>
    ValueTask SaveAsync(Credentials? credentials, CancellationToken cancellationToken = default);

    /// <summary>
    /// Acquires the lock that all clients of the store share, waiting for it if necessary; dispose the result to release it.
    /// </summary>
    ValueTask<IAsyncDisposable> LockAsync(CancellationToken cancellationToken = default);
}

/// <summary>Keeps the credentials in memory: the user stays signed in until the process ends.</summary>
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

    /// <summary>Disposes the lock.</summary>
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
