using System.Collections.Concurrent;
using System.Diagnostics;
using System.Threading.Channels;
using AutoMapper;
using CleanMessaging.Application.Conversations;
using CleanMessaging.Application.Messages;
using CleanMessaging.Domain.Conversations;
using CleanMessaging.Domain.Messages;
using CleanMessaging.Domain.Primitives;
using CleanMessaging.Domain.Sessions;
using CleanMessaging.Domain.Wallets;
using CleanMessaging.Infrastructure.Realtime.Backplane;
using CleanMessaging.Infrastructure.Telemetry;
using MediatR;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace CleanMessaging.Infrastructure.Realtime;

/// <summary>
/// Sends hub events for committed changes. Commands never wait for it. A full queue or a failed push can lose an event, but never a message: a client that sees a gap in the
/// revisions requests what it missed.
/// </summary>
/// <remarks>
/// There are four queues. New messages need no query and are sent at once. Read receipts and list updates need a query first and have separate queues. For list updates,
/// one query describes all waiting conversations, and changes in quick succession are sent once. Changed users have their own queue,
/// because one of them may affect many conversations (<see cref="ContactUpdates"/>).
/// </remarks>
internal sealed partial class RealtimeNotifier(
    IHubContext<MessagingHub, IMessagingClient> hub,
    BoundedHubLifetimeManager connections,
    RevokedSessionCache endedSessions,
    IMediator mediator,
    ContactUpdates contacts,
    IMapper mapper,
    MessagingMetrics metrics,
    ILogger<RealtimeNotifier> logger,
    BackplaneQueue? otherServers = null) : BackgroundService, ITypingNotifier
{
    private const int QueueLength = 10_000;

    /// <summary>The maximum number of queued changed users.</summary>
    private const int ChangedUsersMax = 1_000;

    /// <summary>The maximum number of changed conversations that one query describes.</summary>
    private const int ListsAtOnce = 50;

    private const int ReconnectSpreadMs = 10_000;

    /// <summary>About a thousand clients a second synchronize after a <c>SyncNeeded</c>.</summary>
    private const int SyncSpreadMinMs = 1_000;
    private const int SyncSpreadMaxMs = 10_000;

    /// <summary>The shortest time between two list updates of a conversation. The first change is sent at once; a busy conversation needs no update for every change.</summary>
    private static readonly TimeSpan _listsSettle = TimeSpan.FromMilliseconds(200);

    private readonly Channel<Sent> _messages = Channel.CreateBounded<Sent>(new BoundedChannelOptions(QueueLength) { SingleReader = true });
    private readonly Channel<MessagesRead> _reads = Channel.CreateBounded<MessagesRead>(new BoundedChannelOptions(QueueLength) { SingleReader = true });
    private readonly Channel<ListChange> _lists = Channel.CreateBounded<ListChange>(new BoundedChannelOptions(QueueLength) { SingleReader = true });
    private readonly Channel<ChangedUser> _changedUsers = Channel.CreateBounded<ChangedUser>(new BoundedChannelOptions(ChangedUsersMax) { SingleReader = true });
    private readonly Channel<bool> _syncsNeeded = Channel.CreateBounded<bool>(1);

    /// <summary>Conversations with a queued or recent list update; the value says whether they have changed since that update.</summary>
    private readonly ConcurrentDictionary<Guid, bool> _changedConversations = new();
    private volatile bool _isStopping;

    /// <summary>Publishes the events of a committed unit of work to all servers. Never waits, never throws.</summary>
    public void Publish(IReadOnlyList<IDomainEvent> events)
    {
        foreach (var domainEvent in events)
        {
            if (domainEvent is MessageSent sent)
                metrics.Sent(paid: events.OfType<WalletCharged>().Any(charged => charged.MessageId == sent.MessageId));

            Notify(domainEvent);
            otherServers?.Add(domainEvent);
        }
    }

    public void Typing(UserTyped typed)
    {
        Notify(typed);
        otherServers?.Add(typed);
    }

    /// <summary>Sends an event from this or another server to this server's connections. Never waits, never throws.</summary>
    public void Notify(object content)
    {
        switch (content)
        {
            case MessageSent sent:
                Enqueue(_messages, new Sent(sent, Stopwatch.GetTimestamp()));
                ConversationChanged(sent.ConversationId, sent.ParticipantIds);
                break;
            case MessagesRead read:
                Enqueue(_reads, read);
                ConversationChanged(read.ConversationId, read.ParticipantIds);
                break;
            case ConversationStarted started:
                ConversationChanged(started.ConversationId, started.ParticipantIds);
                break;
            case SessionEnded ended:
                endedSessions.Add(ended.SessionId, ended.At);
                Log.SessionEnded(logger, ended.SessionId, ended.UserId);
                break;
            case UserTyped typed:
                _ = hub.Clients
                    .Groups(HubGroups.Rooms(typed.ConversationId, typed.NotifiedIds))
                    .Typing(new TypingEvent(typed.ConversationId, typed.UserId, typed.IsTyping, typed.Until, typed.Sequence, typed.Revision));
                break;
        }
    }

    /// <summary>
    /// Call when a user's role changed, or when the user was deactivated or reactivated. Sends <c>ConversationUpdated</c> to the other participants of the user's conversations
    /// who are connected to this server. Every server detects the change on its own. Never waits, never throws.
    /// </summary>
    public void UserChanged(Guid userId)
    {
        if (connections.HasConnections)
            Enqueue(_changedUsers, new ChangedUser(userId));
    }

    /// <summary>Notifies this server's connections that they may have missed events. Several calls in a short time send one notification.</summary>
    public void SyncNeeded() => _syncsNeeded.Writer.TryWrite(true);

    /// <summary>Notifies every connection that the server is about to stop, and gives each a different random time to reconnect.</summary>
    public Task NotifyDrainingAsync() => Task.WhenAll(connections.ConnectionIds.Select(connectionId =>
        hub.Clients.Client(connectionId).ServerDraining(new ServerDrainingEvent(Random.Shared.Next(ReconnectSpreadMs + 1)))));

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        metrics.ObserveQueue("messages", () => _messages.Reader.Count);
        metrics.ObserveQueue("reads", () => _reads.Reader.Count);
        metrics.ObserveQueue("lists", () => _lists.Reader.Count);
        metrics.ObserveConnections(() => connections.ConnectionIds.Count);
        using var ending = stoppingToken.Register(() =>
        {
            _isStopping = true;
            _messages.Writer.TryComplete();
            _reads.Writer.TryComplete();
            _lists.Writer.TryComplete();
            _changedUsers.Writer.TryComplete();
            _syncsNeeded.Writer.TryComplete();
        });
        await Task.WhenAll(
            RunAsync(_messages.Reader, NotifyNewMessageAsync),
            RunAsync(_reads.Reader, NotifyReadAsync),
            RunAsync(_lists.Reader, change => NotifyListsAsync([change, .. Next(_lists.Reader)])),
            RunAsync(_changedUsers.Reader, changed => contacts.SendAsync(changed.UserId)),
            RunAsync(_syncsNeeded.Reader, _ => NotifySyncNeededAsync(stoppingToken)));
    }

    private async Task RunAsync<T>(ChannelReader<T> queue, Func<T, Task> tell)
    {
        // Ends when the queue is completed, after the remaining items.
        await foreach (var item in queue.ReadAllAsync(CancellationToken.None))
        {
            try
            {
                await tell(item);
            }
            catch (Exception exception)
            {
                // An event whose notification fails or is canceled must not stop the following ones.
                Log.NotificationFailed(logger, exception, typeof(T).Name);
                SyncNeeded();
            }
        }
    }

    private async Task NotifyNewMessageAsync(Sent sent)
    {
        var message = sent.Message;
        await hub.Clients
            .Groups(HubGroups.Rooms(message.ConversationId, message.ParticipantIds))
            .NewMessage(new NewMessageEvent(message.ConversationId, mapper.Map<MessageResponse>(message)));
        metrics.Delivered(sent.Since);
    }

    private async Task NotifySyncNeededAsync(CancellationToken stoppingToken)
    {
        var withinMs = Math.Clamp(connections.ConnectionIds.Count, SyncSpreadMinMs, SyncSpreadMaxMs);
        try
        {
            await hub.Clients.All.SyncNeeded(new SyncNeededEvent(withinMs));
        }
        finally
        {
            // Waits until the clients that are synchronizing have finished. A later request, or a retry of a failed one, is sent after that.
            await Task.Delay(withinMs, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task NotifyReadAsync(MessagesRead read)
    {
        var rooms = HubGroups.Rooms(read.ConversationId, read.ParticipantIds);
        if (!rooms.Any(connections.HasListeners))
            return;

        var described = await mediator.Send(new GetReadReceiptEventQuery(read.UserId, read.ConversationId, read.AfterSequence, read.LastReadSequence));
        await hub.Clients.Groups(rooms).Read(new ReadEvent(
            read.ConversationId, read.UserId, described.MessageIds, read.LastReadSequence, described.Sequence, described.Revision));
    }

    /// <summary>Takes the waiting changes, up to the maximum of one query.</summary>
    private static IEnumerable<ListChange> Next(ChannelReader<ListChange> queue)
    {
        for (var taken = 1; taken < ListsAtOnce && queue.TryRead(out var change); taken++)
            yield return change;
    }

    private async Task NotifyListsAsync(IReadOnlyList<ListChange> changes)
    {
        // A change from here on causes another update.
        foreach (var change in changes)
            _changedConversations[change.ConversationId] = false;
        var listening = changes.SelectMany(change => change.ParticipantIds).Distinct().Where(userId => connections.HasListeners(HubGroups.User(userId))).ToHashSet();
        var withListeners = changes.Where(change => change.ParticipantIds.Any(listening.Contains)).ToList();
        try
        {
            if (withListeners.Count == 0)
                return;

            foreach (var (viewerId, conversation) in await mediator.Send(new DescribeConversationsQuery(withListeners.ConvertAll(change => change.ConversationId), [.. listening])))
                await hub.Clients.Group(HubGroups.User(viewerId)).ConversationUpdated(new ConversationUpdatedEvent(conversation));
        }
        finally
        {
            foreach (var change in changes)
                _ = SettleAsync(change, withListeners.Contains(change) ? _listsSettle : TimeSpan.Zero);
        }
    }

    private async Task SettleAsync(ListChange change, TimeSpan after)
    {
        if (after > TimeSpan.Zero)
            await Task.Delay(after);

        // Without a change since the update the entry is removed. Otherwise another update is queued, unless the notifier is stopping.
        if (!_changedConversations.TryRemove(KeyValuePair.Create(change.ConversationId, false)) && !_isStopping)
            EnqueueList(change);
    }

    private void ConversationChanged(Guid conversationId, IReadOnlyList<Guid> participantIds)
    {
        while (!_changedConversations.TryAdd(conversationId, true))
        {
            // An update is queued, or was sent a moment ago and will be repeated. If the entry is removed at this moment, the loop adds it again.
            if (_changedConversations.TryUpdate(conversationId, true, false) || _changedConversations.GetValueOrDefault(conversationId))
                return;
        }

        EnqueueList(new ListChange(conversationId, participantIds));
    }

    private void EnqueueList(ListChange change)
    {
        if (!Enqueue(_lists, change))
            _changedConversations.TryRemove(change.ConversationId, out _);
    }

    private bool Enqueue<T>(Channel<T> queue, T item)
    {
        var taken = queue.Writer.TryWrite(item);
        if (!taken)
        {
            metrics.Dropped(typeof(T).Name);
            Log.Dropped(logger, typeof(T).Name);
            SyncNeeded();
        }

        return taken;
    }

    /// <param name="Since">When the message was committed here or received from another server, by <see cref="Stopwatch.GetTimestamp"/>.</param>
    private sealed record Sent(MessageSent Message, long Since);

    /// <summary>A changed conversation whose participants need a list update.</summary>
    private sealed record ListChange(Guid ConversationId, IReadOnlyList<Guid> ParticipantIds);

    /// <summary>A user whose change affects how other participants see their conversations.</summary>
    private sealed record ChangedUser(Guid UserId);

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "Notifier queue is full; one {Event} was dropped, and clients of this server will resync")]
        public static partial void Dropped(ILogger logger, string @event);

        [LoggerMessage(2, LogLevel.Error, "Notifier failed to send one {Event}; clients of this server will resync")]
        public static partial void NotificationFailed(ILogger logger, Exception exception, string @event);

        [LoggerMessage(3, LogLevel.Information, "Session {SessionId} of user {UserId} has ended; rejecting its access tokens and closing its connections")]
        public static partial void SessionEnded(ILogger logger, Guid sessionId, Guid userId);
    }
}
