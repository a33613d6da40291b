using System.Collections.Concurrent;
using System.Security.Claims;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;
using Microsoft.Extensions.Logging;

namespace CleanMessaging.Infrastructure.Realtime;

/// <summary>
/// Sends every event through the connection's buffer. Sends to groups never wait for a connection. Each payload is serialized once. A
/// connection that does not read may have at most 256 events and 1 MB outstanding; then the server closes it. No data is lost, because
/// missed events can be read from the database. SignalR's default manager waits for the slowest member of a group and queues for it without
/// a limit.
/// </summary>
internal sealed partial class BoundedHubLifetimeManager(ILogger<BoundedHubLifetimeManager> logger)
    : DefaultHubLifetimeManager<MessagingHub>(logger)
{
    private const int OutstandingEventsMax = 256;
    private const int OutstandingBytesMax = 1024 * 1024;

    /// <summary>
    /// The maximum number of bytes that an event for a single connection counts. The response to a join may be as large as the whole
    /// outstanding budget, and the events that follow must still fit. The transport's buffer counts it in full.
    /// </summary>
    private const int LargeEventBytes = OutstandingBytesMax / 4;

    /// <summary>Guards changes of group memberships; sending reads them without the lock.</summary>
    private readonly Lock _membership = new();

    private readonly ConcurrentDictionary<string, ConnectionBuffer> _connections = new();

    /// <summary>
    /// The members of each group. The arrays are immutable and replaced on a change: most groups have one member, and sends are more
    /// frequent than joins.
    /// </summary>
    private readonly ConcurrentDictionary<string, ConnectionBuffer[]> _groups = new();

    /// <summary>Every connection of this server.</summary>
    public ICollection<string> ConnectionIds => _connections.Keys;

    /// <summary>Whether anyone is connected to this server.</summary>
    public bool HasConnections => !_connections.IsEmpty;

    /// <summary>The users who are connected to this server, without duplicates.</summary>
    public IReadOnlyCollection<Guid> UserIds =>
        [.. _connections.Values.Select(buffer => buffer.Connection.UserIdentifier).OfType<string>().Select(Guid.Parse).Distinct()];

    /// <summary>Returns whether a group has a connection on this server.</summary>
    public bool HasConnectionsIn(string group) => _groups.ContainsKey(group);

    public override Task OnConnectedAsync(HubConnectionContext connection)
    {
        _connections[connection.ConnectionId] = new ConnectionBuffer(connection);

        return base.OnConnectedAsync(connection);
    }

    public override Task OnDisconnectedAsync(HubConnectionContext connection)
    {
        lock (_membership)
        {
            if (_connections.TryRemove(connection.ConnectionId, out var buffer))
            {
                foreach (var group in buffer.Groups)
                    Forget(group, buffer);
            }
        }

        return base.OnDisconnectedAsync(connection);
    }

    public override Task AddToGroupAsync(string connectionId, string groupName, CancellationToken cancellationToken = default)
    {
        lock (_membership)
        {
            if (_connections.TryGetValue(connectionId, out var buffer) && buffer.Groups.Add(groupName))
                _groups[groupName] = [.. _groups.GetValueOrDefault(groupName, []), buffer];
        }

        return Task.CompletedTask;
    }

    public override Task RemoveFromGroupAsync(string connectionId, string groupName, CancellationToken cancellationToken = default)
    {
        lock (_membership)
        {
            if (_connections.TryGetValue(connectionId, out var buffer) && buffer.Groups.Remove(groupName))
                Forget(groupName, buffer);
        }

        return Task.CompletedTask;
    }

    public override Task SendAllAsync(string methodName, object?[] args, CancellationToken cancellationToken = default) =>
        SendTo(_connections.Values, methodName, args);

    public override Task SendAllExceptAsync(
        string methodName, object?[] args, IReadOnlyList<string> excludedConnectionIds, CancellationToken cancellationToken = default) =>
        SendTo(Except(_connections.Values, excludedConnectionIds), methodName, args);

    /// <summary>
    /// Returns when the event is written, so a call that responds to its own connection is as fast as that connection reads.
    /// </summary>
    public override Task SendConnectionAsync(
        string connectionId, string methodName, object?[] args, CancellationToken cancellationToken = default) =>
        _connections.TryGetValue(connectionId, out var buffer)
            ? Send(buffer, new SerializedHubMessage(new InvocationMessage(methodName, args)), isForOneConnection: true)
            : Task.CompletedTask;

    public override Task SendConnectionsAsync(
        IReadOnlyList<string> connectionIds, string methodName, object?[] args, CancellationToken cancellationToken = default) =>
        SendTo(
            connectionIds.Distinct().Select(connectionId => _connections.GetValueOrDefault(connectionId)).OfType<ConnectionBuffer>(),
            methodName,
            args);

    public override Task SendGroupAsync(
        string groupName, string methodName, object?[] args, CancellationToken cancellationToken = default) =>
        SendTo(MembersOf(groupName), methodName, args);

    public override Task SendGroupsAsync(
        IReadOnlyList<string> groupNames, string methodName, object?[] args, CancellationToken cancellationToken = default) =>
        SendTo(groupNames.SelectMany(MembersOf), methodName, args);

    public override Task SendGroupExceptAsync(
        string groupName,
        string methodName,
        object?[] args,
        IReadOnlyList<string> excludedConnectionIds,
        CancellationToken cancellationToken = default) =>
        SendTo(Except(MembersOf(groupName), excludedConnectionIds), methodName, args);

    public override Task SendUserAsync(string userId, string methodName, object?[] args, CancellationToken cancellationToken = default) =>
        SendUsersAsync([userId], methodName, args, cancellationToken);

    public override Task SendUsersAsync(
        IReadOnlyList<string> userIds, string methodName, object?[] args, CancellationToken cancellationToken = default) =>
        SendTo(
            _connections.Values.Where(buffer => buffer.Connection.UserIdentifier is { } user && userIds.Contains(user)), methodName, args);

    /// <summary>Closes every connection of a group on this server. From here on nothing is sent to them.</summary>
    public void Abort(string groupName) => Abort(groupName, _ => true);

    /// <summary>Closes the connections of a group whose user meets a condition.</summary>
    public void Abort(string groupName, Func<ClaimsPrincipal, bool> condition)
    {
        if (!_groups.TryGetValue(groupName, out var members))
            return;

        foreach (var buffer in members)
        {
            if (condition(buffer.Connection.User) && buffer.TryClose())
                buffer.Connection.Abort();
        }
    }

    private void Forget(string groupName, ConnectionBuffer buffer)
    {
        if (_groups.GetValueOrDefault(groupName, []) is [var last] && last == buffer)
            _groups.TryRemove(groupName, out _);
        else
            _groups[groupName] = Array.FindAll(_groups[groupName], member => member != buffer);
    }

    private ConnectionBuffer[] MembersOf(string groupName) => _groups.GetValueOrDefault(groupName, []);

    private static IEnumerable<ConnectionBuffer> Except(
        IEnumerable<ConnectionBuffer> members, IReadOnlyList<string> excludedConnectionIds) =>
        members.Where(buffer => !excludedConnectionIds.Contains(buffer.Connection.ConnectionId));

    /// <summary>
    /// Sends an event to connections without waiting for any of them. Serializes it once, or not at all when there are no connections.
    /// </summary>
    private Task SendTo(IEnumerable<ConnectionBuffer> members, string methodName, object?[] args)
    {
        SerializedHubMessage? message = null;
        foreach (var buffer in members)
            _ = Send(buffer, message ??= new SerializedHubMessage(new InvocationMessage(methodName, args)), isForOneConnection: false);

        return Task.CompletedTask;
    }

    /// <param name="isForOneConnection">Whether the event is for this connection only.</param>
    private Task Send(ConnectionBuffer buffer, SerializedHubMessage message, bool isForOneConnection)
    {
        if (buffer.IsClosed)
            return Task.CompletedTask;

        var size = message.GetSerializedMessage(buffer.Connection.Protocol).Length;
        var counted = isForOneConnection ? Math.Min(size, LargeEventBytes) : size;
        var (events, bytes) = buffer.AddOutstanding(counted);
        if (events <= OutstandingEventsMax && bytes <= OutstandingBytesMax)
            return DeliverAsync(buffer, message, counted);

        buffer.RemoveOutstanding(counted);
        if (buffer.TryClose())
        {
            Log.TooSlow(logger, buffer.Connection.ConnectionId, events, bytes);
            buffer.Connection.Abort();
        }

        return Task.CompletedTask;
    }

    /// <summary>Runs synchronously until it has to wait for the connection, so that events keep their order. Never fails.</summary>
    private async Task DeliverAsync(ConnectionBuffer buffer, SerializedHubMessage message, int size)
    {
        try
        {
            await buffer.Connection.WriteAsync(message, CancellationToken.None);
        }
        catch (Exception exception)
        {
            // The connection has ended in the meantime; its own loop logs the reason.
            Log.NotDelivered(logger, buffer.Connection.ConnectionId, exception.GetType().Name);
        }
        finally
        {
            buffer.RemoveOutstanding(size);
        }
    }

    /// <summary>A connection with its outstanding events: those that were passed to it and are not written to its socket yet.</summary>
    private sealed class ConnectionBuffer(HubConnectionContext connection)
    {
        private int _outstandingEvents;
        private int _outstandingBytes;
        private int _isClosed;

        public HubConnectionContext Connection { get; } = connection;

        /// <summary>The groups that the connection is in. Access requires the membership lock.</summary>
        public HashSet<string> Groups { get; } = [];

        public bool IsClosed => Volatile.Read(ref _isClosed) == 1;

        public (int Events, int Bytes) AddOutstanding(int size) =>
            (Interlocked.Increment(ref _outstandingEvents), Interlocked.Add(ref _outstandingBytes, size));

        public void RemoveOutstanding(int size)
        {
            Interlocked.Decrement(ref _outstandingEvents);
            Interlocked.Add(ref _outstandingBytes, -size);
        }

        /// <summary>Marks the connection as closed. Only the first call returns true; that caller must abort the connection.</summary>
        public bool TryClose() => Interlocked.Exchange(ref _isClosed, 1) == 0;
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "Closing connection {ConnectionId}: the client reads too slowly, {Events} events and {Bytes} bytes are unsent")]
        public static partial void TooSlow(ILogger logger, string connectionId, int events, int bytes);

        [LoggerMessage(2, LogLevel.Debug, "An event for connection {ConnectionId} was not delivered: {Failure}")]
        public static partial void NotDelivered(ILogger logger, string connectionId, string failure);
    }
}
