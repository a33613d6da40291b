using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace CleanMessaging.Client;

/// <summary>Tells changes in the order in which they were added, one at a time, and never while somebody changes something.</summary>
internal sealed partial class ChangeFeed : IAsyncDisposable
{
    private readonly Channel<SessionChange> _queue = Channel.CreateUnbounded<SessionChange>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Lock _gate = new();
    private readonly List<Channel<SessionChange>> _readers = [];
    private readonly ILogger _logger;
    private readonly Task _telling;

    public ChangeFeed(ILogger logger)
    {
        _logger = logger;
        _telling = Task.Run(TellAsync);
    }

    public event Action<SessionChange>? Changed;

    public void Add(SessionChange change) => _queue.Writer.TryWrite(change);

    /// <summary>All changes from the call on, until the session ends.</summary>
    public IAsyncEnumerable<SessionChange> ReadAsync(CancellationToken cancellationToken)
    {
        var own = Channel.CreateUnbounded<SessionChange>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });
        lock (_gate)
            _readers.Add(own);

        return ReadAsync(own, cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        await _telling.ConfigureAwait(false);
    }

    private async IAsyncEnumerable<SessionChange> ReadAsync(
        Channel<SessionChange> own, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
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

    private async Task TellAsync()
    {
        await foreach (var change in _queue.Reader.ReadAllAsync().ConfigureAwait(false))
        {
            foreach (var reader in Readers())
                reader.Writer.TryWrite(change);

            Raise(change);
        }

        foreach (var reader in Readers())
            reader.Writer.TryComplete();
    }

    private void Raise(SessionChange change)
    {
        foreach (var handler in Delegate.EnumerateInvocationList(Changed))
        {
            try
            {
                handler(change);
            }
            catch (Exception exception)
            {
                // One listener that fails must not silence the others.
                Log.HandlerFailed(_logger, exception, change.GetType().Name);
            }
        }
    }

    private Channel<SessionChange>[] Readers()
    {
        lock (_gate)
            return [.. _readers];
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "A handler of {Change} failed")]
        public static partial void HandlerFailed(ILogger logger, Exception exception, string change);
    }
}
