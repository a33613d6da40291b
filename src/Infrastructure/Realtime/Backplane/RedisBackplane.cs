using CleanMessaging.Infrastructure.Telemetry;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace CleanMessaging.Infrastructure.Realtime.Backplane;

/// <summary>
/// Carries facts between servers over one Redis channel. A connection is used as long as this server's own pulse comes back over
/// it; then it is thrown away and made anew. Whatever got lost meanwhile is not repeated: the connections of all who missed
/// something are told to ask for it (docs/decisions/0012-server-bus.md).
/// </summary>
internal sealed partial class RedisBackplane(
    ConfigurationOptions redis,
    BackplaneQueue queue,
    RealtimeNotifier notifier,
    TimeProvider clock,
    MessagingMetrics metrics,
    ILogger<RedisBackplane> logger) : BackgroundService
{
    /// <summary>How many facts are on their way at once; 256 of the largest are 5 MB.</summary>
    private const int BatchLength = 256;

    private static readonly RedisChannel _channel = RedisChannel.Literal("cleanmessaging:facts");
    private static readonly TimeSpan _pulseInterval = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan _echoLimit = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan _publishLimit = TimeSpan.FromSeconds(1);

    private readonly Guid _id = Guid.CreateVersion7(clock.GetUtcNow());
    private readonly PeerTracker _peers = new(clock);
    private readonly Lock _state = new();
    private bool _isBroken;
    private long _number;
    private long _droppedAndNumbered;
    private long _echoedAt;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        metrics.ObserveBackplane(() => queue.Waiting.Count, () => queue.Dropped, () => queue.IsOpen);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await ServeConnectionAsync(stoppingToken);
            }
            catch (Exception exception)
            {
                // Whatever it is, this server goes on without the others.
                Break(exception, stoppingToken);
            }

            await Task.Delay(_pulseInterval, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task ServeConnectionAsync(CancellationToken stoppingToken)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        await using var connection = await ConnectionMultiplexer.ConnectAsync(redis);
        var subscriber = connection.GetSubscriber();
        (await subscriber.SubscribeAsync(_channel)).OnMessage(message => Receive(message.Message, ending.Token));

        Volatile.Write(ref _echoedAt, clock.GetTimestamp());
        var pulsing = SendHeartbeatAsync(ending.Token);
        var publishing = PublishAsync(subscriber, ending.Token);
        var first = await Task.WhenAny(pulsing, publishing);
        await ending.CancelAsync();
        await Task.WhenAll(pulsing, publishing).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (stoppingToken.IsCancellationRequested)
            await LeaveAsync(subscriber);

        // Nothing is waited for: of what is not sent by now, the others learn that it is missing.
        await connection.CloseAsync(allowCommandsToComplete: false);
        await first;
    }

    /// <summary>Ends when the pulse does not come back.</summary>
    private async Task SendHeartbeatAsync(CancellationToken ending)
    {
        var pulse = new Heartbeat();
        using var timer = new PeriodicTimer(_pulseInterval);
        do
        {
            if (clock.GetElapsedTime(Volatile.Read(ref _echoedAt)) > _echoLimit)
                throw new TimeoutException("Redis does not answer.");

            queue.Add(pulse);
            if (queue.IsOpen && _peers.ForgetSilent())
                notifier.SyncNeeded();
        }
        while (await timer.WaitForNextTickAsync(ending));
    }

    /// <summary>Ends when Redis does not take what it is sent, within a second.</summary>
    private async Task PublishAsync(ISubscriber subscriber, CancellationToken ending)
    {
        var underWay = new List<Task>(BatchLength);
        while (await queue.Waiting.WaitToReadAsync(ending))
        {
            while (underWay.Count < BatchLength && queue.Waiting.TryRead(out var content))
                underWay.Add(subscriber.PublishAsync(_channel, Number(content).Write()));

            await Task.WhenAll(underWay).WaitAsync(_publishLimit, ending);
            underWay.Clear();
        }
    }

    /// <summary>Sends what still waits, and takes leave, so that nobody has to suspect that something is missing.</summary>
    private async Task LeaveAsync(ISubscriber subscriber)
    {
        var last = new List<Task>();
        while (queue.Waiting.TryRead(out var content))
            last.Add(subscriber.PublishAsync(_channel, Number(content).Write()));

        last.Add(subscriber.PublishAsync(_channel, Number(new Leaving()).Write()));
        await Task.WhenAny(Task.WhenAll(last), Task.Delay(_publishLimit, CancellationToken.None));
    }

    /// <summary>The next message; those that were dropped have taken their numbers before.</summary>
    private BackplaneMessage Number(object content)
    {
        var dropped = queue.Dropped;
        _number += dropped - _droppedAndNumbered;
        _droppedAndNumbered = dropped;
        if (content is not (Heartbeat or Leaving))
            _number++;

        return new BackplaneMessage(_id, _number, content);
    }

    private void Receive(RedisValue received, CancellationToken ending)
    {
        try
        {
            var message = BackplaneMessage.Read(received);
            if (message.Sender == _id)
            {
                Echoed(ending);
                return;
            }

            var (isNews, somethingIsMissing) = _peers.Hear(message);
            if (isNews)
                notifier.Notify(message.Content);

            if (somethingIsMissing)
                notifier.SyncNeeded();
        }
        catch (Exception exception)
        {
            Log.Unreadable(logger, exception.GetType().Name);
            notifier.SyncNeeded();
        }
    }

    private void Echoed(CancellationToken ending)
    {
        lock (_state)
        {
            if (ending.IsCancellationRequested)
                return;

            Volatile.Write(ref _echoedAt, clock.GetTimestamp());
            if (queue.IsOpen)
                return;

            _isBroken = false;
            _peers.ListenAgain();
            queue.Open();
        }

        Log.Works(logger, queue.Dropped);

        // Nobody knows what the others said while this server did not hear them.
        notifier.SyncNeeded();
    }

    private void Break(Exception exception, CancellationToken stoppingToken)
    {
        lock (_state)
            queue.Close();

        if (!_isBroken && !stoppingToken.IsCancellationRequested)
            Log.Broken(logger, exception.Message);

        _isBroken = true;
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "Events reach the other servers; {Dropped} have not since the start")]
        public static partial void Works(ILogger logger, long dropped);

        [LoggerMessage(2, LogLevel.Warning, "Events do not reach the other servers, their clients have to ask: {Cause}")]
        public static partial void Broken(ILogger logger, string cause);

        [LoggerMessage(3, LogLevel.Warning, "A message on the bus could not be read: {Failure}")]
        public static partial void Unreadable(ILogger logger, string failure);
    }
}
