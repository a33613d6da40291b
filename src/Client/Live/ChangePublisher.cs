using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace CleanMessaging.Client;

/// <summary>Publishes changes in the order in which they were added, one at a time. Listeners run outside of all locks.</summary>
internal sealed class ChangePublisher : IAsyncDisposable
{
    private readonly Channel<SessionChange> _queue = Channel.CreateUnbounded<SessionChange>(
        new UnboundedChannelOptions { SingleReader = true });
    private readonly Lock _gate = new();
    private readonly List<Channel<SessionChange>> _readers = [];
    private readonly ILogger _logger;
    private readonly Task _publishing;
    private bool _hasEnded;

    public ChangePublisher(ILogger logger)
    {
        _logger = logger;
        _publishing = Task.Run(NotifyAsync);
    }

    public event Action<SessionChange>? Changed;

    /// <summary>The number of running enumerations.</summary>
    internal int Readers
    {
        get
        {
            lock (_gate)
                return _readers.Count;
        }
    }

    public void Add(SessionChange change) => _queue.Writer.TryWrite(change);

    /// <summary>Enumerates the changes from the first step of the enumeration until the session ends.</summary>
    public async IAsyncEnumerable<SessionChange> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var own = Channel.CreateUnbounded<SessionChange>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });
        lock (_gate)
        {
            if (_hasEnded)
                yield break;

            _readers.Add(own);
        }

        try
        {
            await foreach (var change in own.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
                yield return change;
        }
        finally
        {
            lock (_gate)
                _readers.Remove(own);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        await _publishing.ConfigureAwait(false);
    }

    private async Task NotifyAsync()
    {
        await foreach (var change in _queue.Reader.ReadAllAsync().ConfigureAwait(false))
        {
            lock (_gate)
                _readers.ForEach(reader => reader.Writer.TryWrite(change));

            Listeners.Notify(Changed, change, _logger);
        }

        lock (_gate)
        {
            _hasEnded = true;
            _readers.ForEach(reader => reader.Writer.TryComplete());
        }
    }
}
