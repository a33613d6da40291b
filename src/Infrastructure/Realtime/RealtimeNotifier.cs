using System.Threading.Channels;
using CleanMessaging.Domain.Messages;
using CleanMessaging.Domain.Primitives;
using CleanMessaging.Domain.Wallets;
using CleanMessaging.Infrastructure.Realtime.Backplane;
using CleanMessaging.Infrastructure.Realtime.Events;
using CleanMessaging.Infrastructure.Telemetry;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace CleanMessaging.Infrastructure.Realtime;

/// <summary>
/// Sends hub events for committed changes. Commands never wait for it. A full queue or a failed push can lose an event, but never a
/// message: a client that sees a gap in the revisions requests what it missed.
/// </summary>
/// <remarks><see cref="EventRegistry"/> says in which queues an event waits and how it is presented.</remarks>
internal sealed partial class RealtimeNotifier : BackgroundService
{
    private const int ReconnectSpreadMs = 10_000;

    /// <summary>About a thousand clients a second synchronize after a <c>SyncNeeded</c>.</summary>
    private const int SyncSpreadMinMs = 1_000;
    private const int SyncSpreadMaxMs = 10_000;

    private readonly IHubContext<MessagingHub, IMessagingClient> _hub;
    private readonly BoundedHubLifetimeManager _connections;
    private readonly EventPresenter _presenter;
    private readonly MessagingMetrics _metrics;
    private readonly ILogger<RealtimeNotifier> _logger;
    private readonly BackplaneQueue? _otherServers;
    private readonly Dictionary<EventLane, EventQueue> _queues;
    private readonly Channel<bool> _syncsNeeded = Channel.CreateBounded<bool>(1);

    public RealtimeNotifier(
        IHubContext<MessagingHub, IMessagingClient> hub,
        BoundedHubLifetimeManager connections,
        EventPresenter presenter,
        MessagingMetrics metrics,
        ILogger<RealtimeNotifier> logger,
        BackplaneQueue? otherServers = null)
    {
        _hub = hub;
        _connections = connections;
        _presenter = presenter;
        _metrics = metrics;
        _logger = logger;
        _otherServers = otherServers;
        _queues = EventRegistry.Queued.ToDictionary(lane => lane, lane => new EventQueue(lane, presenter, Failed, Dropped));
    }

    /// <summary>Publishes the events of a committed unit of work to all servers. Never waits, never throws.</summary>
    public void Publish(IReadOnlyList<IDomainEvent> events)
    {
        foreach (var domainEvent in events)
        {
            if (domainEvent is MessageSent sent)
                _metrics.Sent(paid: events.OfType<WalletCharged>().Any(charged => charged.MessageId == sent.MessageId));

            Notify(domainEvent);
            _otherServers?.Add(domainEvent);
        }
    }

    /// <summary>Notifies the other participants, on all servers. Never waits, never throws.</summary>
    public void Typing(UserTyped typed)
    {
        Notify(typed);
        _otherServers?.Add(typed);
    }

    /// <summary>Sends an event from this or another server to this server's connections. Never waits, never throws.</summary>
    public void Notify(object @event)
    {
        foreach (var (lane, itemOf) in EventRegistry.Find(@event)?.Lanes ?? [])
        {
            var item = itemOf(@event);
            if (_queues.TryGetValue(lane, out var queue))
                queue.Add(item);
            else
                _ = PresentAsync(lane, item);
        }
    }

    /// <summary>
    /// Call when a user's role changed, or when the user was deactivated or reactivated. Sends <c>ConversationUpdated</c> to the other
    /// participants of the user's conversations who are connected to this server. Every server detects the change on its own. Never waits,
    /// never throws.
    /// </summary>
    public void UserChanged(Guid userId)
    {
        if (_connections.HasConnections)
            _queues[EventRegistry.Users].Add(new ChangedUser(userId));
    }

    /// <summary>
    /// Call when events of a commit with an unknown outcome are not published: the connections of all servers may have missed them.
    /// </summary>
    public void EventsLost()
    {
        SyncNeeded();
        _otherServers?.AddLost();
    }

    /// <summary>
    /// Notifies this server's connections that they may have missed events. Several calls in a short time send one notification.
    /// </summary>
    public void SyncNeeded() => _syncsNeeded.Writer.TryWrite(true);

    /// <summary>Notifies every connection that the server is about to stop, and gives each a different random time to reconnect.</summary>
    public Task NotifyDrainingAsync() => Task.WhenAll(_connections.ConnectionIds.Select(connectionId =>
        _hub.Clients.Client(connectionId).ServerDraining(new ServerDrainingEvent(Random.Shared.Next(ReconnectSpreadMs + 1)))));

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        foreach (var (lane, queue) in _queues)
            _metrics.ObserveQueue(lane.Name!, () => queue.Count);
        _metrics.ObserveConnections(() => _connections.ConnectionIds.Count);
        using var ending = stoppingToken.Register(() =>
        {
            foreach (var queue in _queues.Values)
                queue.Complete();
            _syncsNeeded.Writer.TryComplete();
        });
        await Task.WhenAll(
        [
            .. _queues.Values.Select(queue => queue.RunAsync()),
            NotifySyncsNeededAsync(stoppingToken),
        ]);
    }

    private async Task NotifySyncsNeededAsync(CancellationToken stoppingToken)
    {
        // Ends when the channel is completed.
        await foreach (var _ in _syncsNeeded.Reader.ReadAllAsync(CancellationToken.None))
        {
            try
            {
                await NotifySyncNeededAsync(stoppingToken);
            }
            catch (Exception exception)
            {
                // A notification that fails or is canceled must not stop the following ones.
                Failed(exception, nameof(SyncNeeded));
            }
        }
    }

    private async Task NotifySyncNeededAsync(CancellationToken stoppingToken)
    {
        var withinMs = Math.Clamp(_connections.ConnectionIds.Count, SyncSpreadMinMs, SyncSpreadMaxMs);
        try
        {
            await _hub.Clients.All.SyncNeeded(new SyncNeededEvent(withinMs));
        }
        finally
        {
            // Waits until the clients that are synchronizing have finished. A later request, or a retry of a failed one, is sent after
            // that.
            await Task.Delay(withinMs, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Presents an item at once, before it returns for the first time. Never fails.</summary>
    private async Task PresentAsync(EventLane lane, object item)
    {
        try
        {
            await lane.PresentAsync([item], _presenter);
        }
        catch (Exception exception)
        {
            Failed(exception, item);
        }
    }

    private void Failed(Exception exception, object item)
    {
        Log.NotificationFailed(_logger, exception, NameOf(item));
        SyncNeeded();
    }

    private void Dropped(object item)
    {
        _metrics.Dropped(NameOf(item));
        Log.Dropped(_logger, NameOf(item));
        SyncNeeded();
    }

    private static string NameOf(object item) => item as string ?? item.GetType().Name;

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "Notifier queue is full; one {Event} was dropped, and clients of this server will resync")]
        public static partial void Dropped(ILogger logger, string @event);

        [LoggerMessage(2, LogLevel.Error, "Notifier failed to send one {Event}; clients of this server will resync")]
        public static partial void NotificationFailed(ILogger logger, Exception exception, string @event);
    }
}
