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
/// Turns what has been committed into hub events. It decides nothing and nobody waits for it: a full queue or a failed push loses
/// an event, never a message, and a client that sees a hole in the numbers asks for what it missed.
/// </summary>
/// <remarks>
/// Four lanes. New messages carry all that is shown and go out at once. What needs a query first follows behind: which messages were
/// read, and what a list shows. One query describes all conversations that wait, and changes that follow each other closely are sent once.
/// A user who has changed has a lane apart, as that may concern many conversations (<see cref="ContactUpdates"/>).
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

    /// <summary>How many users that have changed wait.</summary>
    private const int ChangedUsersMax = 1_000;

    /// <summary>How many conversations' changes one query answers.</summary>
    private const int ListsAtOnce = 50;

    private const int ReconnectSpreadMs = 10_000;

    /// <summary>About a thousand clients a second ask for what they missed.</summary>
    private const int SyncSpreadMinMs = 1_000;
    private const int SyncSpreadMaxMs = 10_000;

    /// <summary>The lists are told of one conversation at once, and not again before this has passed: where much is said, not every step is of interest.</summary>
    private static readonly TimeSpan _listsSettle = TimeSpan.FromMilliseconds(200);

    private readonly Channel<Sent> _messages = Channel.CreateBounded<Sent>(new BoundedChannelOptions(QueueLength) { SingleReader = true });
    private readonly Channel<MessagesRead> _reads = Channel.CreateBounded<MessagesRead>(new BoundedChannelOptions(QueueLength) { SingleReader = true });
    private readonly Channel<ListChange> _lists = Channel.CreateBounded<ListChange>(new BoundedChannelOptions(QueueLength) { SingleReader = true });
    private readonly Channel<ChangedUser> _changedUsers = Channel.CreateBounded<ChangedUser>(new BoundedChannelOptions(ChangedUsersMax) { SingleReader = true });
    private readonly Channel<bool> _syncsNeeded = Channel.CreateBounded<bool>(1);

    /// <summary>Conversations that the lists are told of, and whether they have changed since.</summary>
    private readonly ConcurrentDictionary<Guid, bool> _changedConversations = new();
    private volatile bool _isStopping;

    /// <summary>Takes over what a committed unit of work has made true, for all servers. Never waits, never throws.</summary>
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

    /// <summary>Takes over what has happened, here or on another server, for this server's connections. Never waits, never throws.</summary>
    public void Notify(object fact)
    {
        switch (fact)
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
    /// A user's role changed, or they were deactivated or reactivated: sends <c>ConversationUpdated</c> to the other participants of their conversations
    /// who are connected to this server. Every server learns of it by itself. Never waits, never throws.
    /// </summary>
    public void UserChanged(Guid userId)
    {
        if (connections.HasConnections)
            Enqueue(_changedUsers, new ChangedUser(userId));
    }

    /// <summary>This server's connections may have missed something. Several such in a short time are told once.</summary>
    public void SyncNeeded() => _syncsNeeded.Writer.TryWrite(true);

    /// <summary>Tells every connection that the server is about to stop, and each at another time to connect anew.</summary>
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
        // Ends when the queue is completed, after what was in it.
        await foreach (var item in queue.ReadAllAsync(CancellationToken.None))
        {
            try
            {
                await tell(item);
            }
            catch (Exception exception)
            {
                // One event that cannot be told, or whose telling was canceled, must not silence the others.
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
            // Whatever is missed from here on is told when those who ask now have asked; and so is this, if it could not be told.
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

    /// <summary>What waits, up to what one query is to answer.</summary>
    private static IEnumerable<ListChange> Next(ChannelReader<ListChange> queue)
    {
        for (var taken = 1; taken < ListsAtOnce && queue.TryRead(out var change); taken++)
            yield return change;
    }

    private async Task NotifyListsAsync(IReadOnlyList<ListChange> changes)
    {
        // Whatever changes from here on is told again.
        foreach (var change in changes)
            _changedConversations[change.ConversationId] = false;
        var listening = changes.SelectMany(change => change.ParticipantIds).Distinct().Where(userId => connections.HasListeners(HubGroups.User(userId))).ToHashSet();
        var told = changes.Where(change => change.ParticipantIds.Any(listening.Contains)).ToList();
        try
        {
            if (told.Count == 0)
                return;

            foreach (var (viewerId, conversation) in await mediator.Send(new DescribeConversationsQuery(told.ConvertAll(change => change.ConversationId), [.. listening])))
                await hub.Clients.Group(HubGroups.User(viewerId)).ConversationUpdated(new ConversationUpdatedEvent(conversation));
        }
        finally
        {
            foreach (var change in changes)
                _ = SettleAsync(change, told.Contains(change) ? _listsSettle : TimeSpan.Zero);
        }
    }

    private async Task SettleAsync(ListChange change, TimeSpan after)
    {
        if (after > TimeSpan.Zero)
            await Task.Delay(after);

        // Not changed since: forgotten. Changed: told again, as long as anything is told.
        if (!_changedConversations.TryRemove(KeyValuePair.Create(change.ConversationId, false)) && !_isStopping)
            EnqueueList(change);
    }

    private void ConversationChanged(Guid conversationId, IReadOnlyList<Guid> participantIds)
    {
        while (!_changedConversations.TryAdd(conversationId, true))
        {
            // It waits to be told, or was told a moment ago and will be again; unless that moment ends right now.
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

    /// <param name="Since">When it was committed here, or heard of from another server; of <see cref="Stopwatch.GetTimestamp"/>.</param>
    private sealed record Sent(MessageSent Message, long Since);

    /// <summary>A conversation of which the lists of its participants are to be told.</summary>
    private sealed record ListChange(Guid ConversationId, IReadOnlyList<Guid> ParticipantIds);

    /// <summary>A user whose conversations look different to the other participants.</summary>
    private sealed record ChangedUser(Guid UserId);

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "The queue is full; one {Event} was not told")]
        public static partial void Dropped(ILogger logger, string @event);

        [LoggerMessage(2, LogLevel.Error, "One {Event} could not be told")]
        public static partial void NotificationFailed(ILogger logger, Exception exception, string @event);

        [LoggerMessage(3, LogLevel.Information, "Session {SessionId} of user {UserId} has ended")]
        public static partial void SessionEnded(ILogger logger, Guid sessionId, Guid userId);
    }
}
