namespace CleanMessaging.Infrastructure.Realtime.Draining;

/// <summary>Whether this server is about to stop: it finishes what it has, and takes no new hub connections.</summary>
public sealed class Drain
{
    private int _hasBegun;

    public bool HasBegun => Volatile.Read(ref _hasBegun) == 1;

    /// <summary>Begins, and says whether it was this call that did.</summary>
    internal bool Begin() => Interlocked.Exchange(ref _hasBegun, 1) == 0;
}
