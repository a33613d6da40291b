using System.Collections.Concurrent;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;
using Microsoft.Extensions.Logging;

namespace CleanMessaging.Infrastructure.Realtime;

/// <summary>
/// Sends to groups without waiting for anybody. A payload is serialized once; a connection that does not take what it is sent is
/// owed at most 256 events and 1 MB, then it is cut: it loses nothing, because what it missed is in the database. The stock
/// manager waits for the slowest member of a group and queues for it without a limit.
/// </summary>
internal sealed partial class BoundedHubLifetimeManager(ILogger<BoundedHubLifetimeManager> logger)
    : DefaultHubLifetimeManager<MessagingHub>(logger)
{
    private const int EventsOwedMax = 256;
    private const int BytesOwedMax = 1024 * 1024;

    private readonly ConcurrentDictionary<string, Outbox> _connections = new();
    private readonly ConcurrentDictionary<string, ConcurrentDictionary<string, Outbox>> _groups = new();

    /// <summary>Whether anybody on this server would get what is sent to a group.</summary>
    public bool HasListeners(string group) => _groups.TryGetValue(group, out var members) && !members.IsEmpty;

    public override Task OnConnectedAsync(HubConnectionContext connection)
    {
        _connections[connection.ConnectionId] = new Outbox(connection);

        return base.OnConnectedAsync(connection);
    }

    public override Task OnDisconnectedAsync(HubConnectionContext connection)
    {
        if (_connections.TryRemove(connection.ConnectionId, out var outbox))
        {
            lock (outbox)
            {
                outbox.Gone = true;
                foreach (var group in outbox.Groups)
                    Forget(group, connection.ConnectionId);
            }
        }

        return base.OnDisconnectedAsync(connection);
    }

    public override Task AddToGroupAsync(string connectionId, string groupName, CancellationToken cancellationToken = default)
    {
        if (!_connections.TryGetValue(connectionId, out var outbox))
            return Task.CompletedTask;

        lock (outbox)
        {
            if (outbox.Gone || !outbox.Groups.Add(groupName))
                return Task.CompletedTask;

            // An emptied group may be removed at the same moment; then the next round makes a new one.
            while (true)
            {
                var members = _groups.GetOrAdd(groupName, _ => new ConcurrentDictionary<string, Outbox>());
                members[connectionId] = outbox;
                if (_groups.TryGetValue(groupName, out var current) && ReferenceEquals(current, members))
                    return Task.CompletedTask;
            }
        }
    }

    public override Task RemoveFromGroupAsync(string connectionId, string groupName, CancellationToken cancellationToken = default)
    {
        if (!_connections.TryGetValue(connectionId, out var outbox))
            return Task.CompletedTask;

        lock (outbox)
        {
            if (outbox.Groups.Remove(groupName))
                Forget(groupName, connectionId);
        }

        return Task.CompletedTask;
    }

    public override Task SendGroupAsync(string groupName, string methodName, object?[] args, CancellationToken cancellationToken = default) =>
        SendGroupsAsync([groupName], methodName, args, cancellationToken);

    public override Task SendGroupsAsync(
        IReadOnlyList<string> groupNames,
        string methodName,
        object?[] args,
        CancellationToken cancellationToken = default)
    {
        SerializedHubMessage? message = null;
        foreach (var groupName in groupNames)
        {
            if (!_groups.TryGetValue(groupName, out var members))
                continue;

            foreach (var (_, outbox) in members)
                Send(outbox, message ??= new SerializedHubMessage(new InvocationMessage(methodName, args)));
        }

        return Task.CompletedTask;
    }

    private void Forget(string groupName, string connectionId)
    {
        if (!_groups.TryGetValue(groupName, out var members))
            return;

        members.TryRemove(connectionId, out _);
        if (members.IsEmpty && _groups.TryRemove(KeyValuePair.Create(groupName, members)))
        {
            // Somebody who entered between the look and the removal is put back.
            foreach (var (id, outbox) in members)
                _groups.GetOrAdd(groupName, _ => new ConcurrentDictionary<string, Outbox>())[id] = outbox;
        }
    }

    private void Send(Outbox outbox, SerializedHubMessage message)
    {
        var size = message.GetSerializedMessage(outbox.Connection.Protocol).Length;
        var events = Interlocked.Increment(ref outbox.EventsOwed);
        var bytes = Interlocked.Add(ref outbox.BytesOwed, size);
        if (events > EventsOwedMax || bytes > BytesOwedMax)
        {
            Log.TooSlow(logger, outbox.Connection.ConnectionId, events, bytes);
            outbox.Connection.Abort();
            outbox.Settle(size);

            return;
        }

        var write = outbox.Connection.WriteAsync(message, CancellationToken.None);
        if (write.IsCompletedSuccessfully)
            outbox.Settle(size);
        else
            _ = SettleLaterAsync(write.AsTask(), outbox, size);
    }

    private async Task SettleLaterAsync(Task write, Outbox outbox, int size)
    {
        try
        {
            await write;
        }
        catch (Exception exception)
        {
            // The connection ended meanwhile; its own loop tells why.
            Log.NotDelivered(logger, outbox.Connection.ConnectionId, exception.GetType().Name);
        }
        finally
        {
            outbox.Settle(size);
        }
    }

    /// <summary>A connection and what it is owed: what was handed to it and is not written to its socket yet.</summary>
    private sealed class Outbox(HubConnectionContext connection)
    {
        public int EventsOwed;
        public int BytesOwed;

        public HubConnectionContext Connection { get; } = connection;

        public HashSet<string> Groups { get; } = [];

        public bool Gone { get; set; }

        public void Settle(int size)
        {
            Interlocked.Decrement(ref EventsOwed);
            Interlocked.Add(ref BytesOwed, -size);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "Cutting connection {ConnectionId}: it is owed {Events} events, {Bytes} bytes")]
        public static partial void TooSlow(ILogger logger, string connectionId, int events, int bytes);

        [LoggerMessage(2, LogLevel.Debug, "An event for connection {ConnectionId} was not delivered: {Failure}")]
        public static partial void NotDelivered(ILogger logger, string connectionId, string failure);
    }
}
