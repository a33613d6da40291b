using System.Threading.Channels;

namespace CleanMessaging.Infrastructure.Realtime.Backplane;

/// <summary>
/// What has happened here and the other servers are to be told. Nobody waits for them: while they cannot be reached, and when more
/// than 10,000 facts wait, a fact is dropped and counted.
/// </summary>
internal sealed class BackplaneQueue
{
    private const int Length = 10_000;

    private readonly Channel<object> _facts = Channel.CreateBounded<object>(new BoundedChannelOptions(Length) { SingleReader = true });
    private volatile bool _isOpen;
    private long _dropped;

    /// <summary>Whether facts reach the other servers.</summary>
    public bool IsOpen => _isOpen;

    public ChannelReader<object> Waiting => _facts.Reader;

    /// <summary>How many facts the other servers were never sent, since the start.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    /// <summary>Takes a fact over. Never waits, never throws.</summary>
    public void Add(object fact)
    {
        if (!BackplaneMessage.Carries(fact))
            return;

        if (!_isOpen || !_facts.Writer.TryWrite(fact))
            Interlocked.Increment(ref _dropped);
    }

    /// <summary>Takes a pulse over, also while the queue is closed to facts.</summary>
    public void Add(Heartbeat pulse) => _facts.Writer.TryWrite(pulse);

    public void Open() => _isOpen = true;

    /// <summary>Drops all that waits, and all that comes until the queue is opened again.</summary>
    public void Close()
    {
        _isOpen = false;
        while (_facts.Reader.TryRead(out var waiting))
        {
            if (waiting is not Heartbeat)
                Interlocked.Increment(ref _dropped);
        }
    }
}
