using System.Security.Cryptography;
using CleanMessaging.Infrastructure.Telemetry;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace CleanMessaging.Infrastructure.Realtime.Backplane;

/// <summary>
/// Carries events between servers over one Redis channel. A connection is used as long as this server receives its own heartbeat over it;
/// then it is closed and replaced. Events lost in the meantime are not repeated: clients that may have missed events are notified to resync
/// (docs/decisions/0012-backplane.md).
/// </summary>
internal sealed partial class RedisBackplane(
    ConfigurationOptions redis,
    BackplaneEncryption encryption,
    BackplaneQueue queue,
    RealtimeNotifier notifier,
    TimeProvider clock,
    MessagingMetrics metrics,
    ILogger<RedisBackplane> logger) : BackgroundService
{
    /// <summary>The maximum number of unacknowledged events; 256 of the largest are 5 MB.</summary>
    private const int BatchLength = 256;

    private static readonly RedisChannel _channel = RedisChannel.Literal("cleanmessaging:facts");
    private static readonly TimeSpan _heartbeatInterval = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan _echoLimit = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan _publishLimit = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _foreignSyncInterval = TimeSpan.FromSeconds(5);

    private readonly Guid _id = Guid.CreateVersion7(clock.GetUtcNow());
    private readonly PeerTracker _peers = new(clock);
    private readonly Lock _state = new();
    private bool _isBroken;
    private long _number;
    private long _droppedAndNumbered;
    private long _echoedAt;
    private int _isUnknownLogged;
    private long _nextForeignSync = long.MinValue;

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
                // After any failure this server continues without the other servers.
                OnConnectionFailed(exception, stoppingToken);
            }

            await Task.Delay(_heartbeatInterval, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task ServeConnectionAsync(CancellationToken stoppingToken)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        await using var connection = await ConnectionMultiplexer.ConnectAsync(redis);
        var subscriber = connection.GetSubscriber();
        (await subscriber.SubscribeAsync(_channel)).OnMessage(message => Receive(message.Message, ending.Token));

        Volatile.Write(ref _echoedAt, clock.GetTimestamp());
        var heartbeats = SendHeartbeatAsync(ending.Token);
        var publishing = PublishAsync(subscriber, ending.Token);
        var first = await Task.WhenAny(heartbeats, publishing);
        await ending.CancelAsync();
        await Task.WhenAll(heartbeats, publishing).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (stoppingToken.IsCancellationRequested)
            await LeaveAsync(subscriber);

        // Does not wait: the other servers detect that unsent events are missing.
        await connection.CloseAsync(allowCommandsToComplete: false);
        await first;
    }

    /// <summary>Fails when the heartbeat does not come back.</summary>
    private async Task SendHeartbeatAsync(CancellationToken ending)
    {
        var heartbeat = new Heartbeat();
        using var timer = new PeriodicTimer(_heartbeatInterval);
        do
        {
            if (clock.GetElapsedTime(Volatile.Read(ref _echoedAt)) > _echoLimit)
                throw new TimeoutException("Redis does not answer.");

            queue.Add(heartbeat);
            if (queue.IsOpen && _peers.ForgetSilent())
                notifier.SyncNeeded();
        }
        while (await timer.WaitForNextTickAsync(ending));
    }

    /// <summary>Fails when Redis does not accept a message within a second.</summary>
    private async Task PublishAsync(ISubscriber subscriber, CancellationToken ending)
    {
        var underWay = new List<Task>(BatchLength);
        while (await queue.Waiting.WaitToReadAsync(ending))
        {
            while (underWay.Count < BatchLength && queue.Waiting.TryRead(out var content))
                underWay.Add(subscriber.PublishAsync(_channel, encryption.Encrypt(Number(content).Write())));

            await Task.WhenAll(underWay).WaitAsync(_publishLimit, ending);
            underWay.Clear();
        }
    }

    /// <summary>Sends the queued events and a leave message, so that no server has to assume that events are missing.</summary>
    private async Task LeaveAsync(ISubscriber subscriber)
    {
        var last = new List<Task>();
        while (queue.Waiting.TryRead(out var content))
            last.Add(subscriber.PublishAsync(_channel, encryption.Encrypt(Number(content).Write())));

        last.Add(subscriber.PublishAsync(_channel, encryption.Encrypt(Number(new Leaving()).Write())));
        await Task.WhenAny(Task.WhenAll(last), Task.Delay(_publishLimit, CancellationToken.None));
    }

    /// <summary>Returns the next message. Events that were dropped before it also use up numbers.</summary>
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
            if (encryption.IsOn && !BackplaneEncryption.IsEncrypted(((ReadOnlyMemory<byte>)received).Span))
                throw new CryptographicException("The message is not encrypted.");

            var message = BackplaneMessage.Read(encryption.Decrypt(received));
            if (message.Sender == _id)
            {
                Echoed(ending);
                return;
            }

            var (isNew, hasGap) = _peers.Record(message);
            if (message.Content is UnknownEvent)
                Ignore(message);
            else if (isNew)
                notifier.Notify(message.Content);

            if (hasGap)
                notifier.SyncNeeded();
        }
        catch (CryptographicException exception)
        {
            IgnoreForeign(exception);
        }
        catch (Exception exception)
        {
            Log.Unreadable(logger, exception.GetType().Name);
            notifier.SyncNeeded();
        }
    }

    /// <summary>
    /// Counts an event that only newer servers know. Nothing is missing: this server's clients do not know such events either.
    /// </summary>
    private void Ignore(BackplaneMessage message)
    {
        metrics.UnknownBackplaneEvent();
        if (Interlocked.Exchange(ref _isUnknownLogged, 1) == 0)
            Log.UnknownKind(logger, message.Sender, message.Version);
    }

    /// <summary>
    /// Ignores a message of a server without encryption, or with other keys, which may be one of no server. While there are such messages,
    /// clients resync every few seconds, because the events in them are missing.
    /// </summary>
    private void IgnoreForeign(CryptographicException exception)
    {
        var (now, due) = (clock.GetTimestamp(), Volatile.Read(ref _nextForeignSync));
        var next = now + (long)(_foreignSyncInterval.TotalSeconds * clock.TimestampFrequency);
        if (now < due || Interlocked.CompareExchange(ref _nextForeignSync, next, due) != due)
            return;

        Log.Foreign(logger, exception.Message, _foreignSyncInterval.TotalSeconds);
        notifier.SyncNeeded();
        _ = SyncAfterIntervalAsync();
    }

    /// <summary>What is ignored until the end of the interval is found by a second sync.</summary>
    private async Task SyncAfterIntervalAsync()
    {
        await Task.Delay(_foreignSyncInterval, clock);
        notifier.SyncNeeded();
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
            _peers.RestartTimers();
            queue.Open();
        }

        Log.Works(logger, queue.Dropped);

        // Events of the other servers may have been lost while this server was disconnected.
        notifier.SyncNeeded();
    }

    private void OnConnectionFailed(Exception exception, CancellationToken stoppingToken)
    {
        lock (_state)
            queue.Close();

        if (!_isBroken && !stoppingToken.IsCancellationRequested)
            Log.Broken(logger, exception.Message);

        _isBroken = true;
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "Backplane connected; events reach the other servers, {Dropped} were dropped since the start")]
        public static partial void Works(ILogger logger, long dropped);

        [LoggerMessage(2, LogLevel.Warning, "Backplane connection failed; retrying, and clients will resync after the reconnect: {Cause}")]
        public static partial void Broken(ILogger logger, string cause);

        [LoggerMessage(3, LogLevel.Warning, "Backplane message could not be read; clients of this server will resync: {Failure}")]
        public static partial void Unreadable(ILogger logger, string failure);

        [LoggerMessage(4, LogLevel.Information, "Backplane received an event of an unknown kind from server {Sender} with version {Version}; ignoring such events and counting them")]
        public static partial void UnknownKind(ILogger logger, Guid sender, int version);

        [LoggerMessage(5, LogLevel.Warning, "Backplane messages are ignored, and clients resync every {Seconds} seconds while there are any: {Cause} All servers need the same Encryption:Messages and keys")]
        public static partial void Foreign(ILogger logger, string cause, double seconds);
    }
}
