namespace CleanMessaging.Infrastructure.Realtime.Draining;

/// <summary>The draining state of this server. While it drains, it finishes its requests and accepts no new hub connections.</summary>
public sealed class Drain
{
    private int _hasBegun;

    public bool HasBegun => Volatile.Read(ref _hasBegun) == 1;

    /// <summary>Begins draining. Returns true for the first call only.</summary>
    internal bool Begin() => Interlocked.Exchange(ref _hasBegun, 1) == 0;
}
