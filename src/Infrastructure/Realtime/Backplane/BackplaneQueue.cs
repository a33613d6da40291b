using System.Threading.Channels;
using CleanMessaging.Infrastructure.Realtime.Events;

namespace CleanMessaging.Infrastructure.Realtime.Backplane;

/// <summary>
/// Queues this server's events for the other servers. Callers never wait: when the backplane is unreachable, or when more than 10,000
/// events wait, an event is dropped and counted.
/// </summary>
internal sealed class BackplaneQueue
{
    private const int Length = 10_000;

    private readonly Channel<object> _queue = Channel.CreateBounded<object>(new BoundedChannelOptions(Length) { SingleReader = true });
    private volatile bool _isOpen;
    private long _dropped;

    /// <summary>Whether events reach the other servers.</summary>
    public bool IsOpen => _isOpen;

    public ChannelReader<object> Waiting => _queue.Reader;

    /// <summary>The number of dropped events since the start; the other servers never get them.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    /// <summary>Queues an event. Never waits, never throws.</summary>
    public void Add(object @event)
    {
        if (EventRegistry.Find(@event)?.WireName is null)
            return;

        if (!_isOpen || !_queue.Writer.TryWrite(@event))
            Interlocked.Increment(ref _dropped);
    }

    /// <summary>
    /// Counts an event that is lost, so that the other servers notice the gap and their clients resync. Never waits, never throws.
    /// </summary>
    public void AddLost() => Interlocked.Increment(ref _dropped);

    /// <summary>Queues a heartbeat, even while the queue is closed to events.</summary>
    public void Add(Heartbeat heartbeat) => _queue.Writer.TryWrite(heartbeat);

    public void Open() => _isOpen = true;

    /// <summary>Drops all queued events, and all further ones until the queue is opened again.</summary>
    public void Close()
    {
        _isOpen = false;
        while (_queue.Reader.TryRead(out var waiting))
        {
            if (waiting is not Heartbeat)
                Interlocked.Increment(ref _dropped);
        }
    }
}
