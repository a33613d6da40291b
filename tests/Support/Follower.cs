using System.Net;
using System.Net.WebSockets;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;

namespace CleanMessaging.Tests.Support;

/// <summary>
/// A client that keeps conversations in sync as docs/realtime.md describes, and whose connection can be cut. It joins with the last
/// revision that it has, applies events in the order of their revisions, catches up when it detects a gap, and removes expired messages
/// itself.
/// </summary>
/// <param name="signIn">Signs the user in, at the start and each time the access token has expired.</param>
/// <param name="clock">The server's clock.</param>
public sealed class Follower(Func<Task<TestUser>> signIn, TimeProvider clock, IReadOnlyList<Guid> conversationIds) : IAsyncDisposable
{
    private readonly Dictionary<Guid, Copy> _copies = conversationIds.ToDictionary(id => id, _ => new Copy());
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _gate = new();
    private ClientWebSocket? _socket;
    private int _sockets;
    private TestUser? _user;
    private Task? _following;

    /// <summary>The number of the socket of its latest connection; 0 before the first one.</summary>
    public int Connected { get; private set; }

    /// <summary>The number of live events it has received.</summary>
    public int EventsTaken { get; private set; }

    /// <summary>The number of times it had to fetch the pages, because the gap was too large.</summary>
    public int Fetches { get; private set; }

    public void Start() => _following = Task.Run(FollowAsync);

    /// <summary>Throws the exception that ended it, if there was one.</summary>
    public void ThrowIfFailed()
    {
        if (_following is { IsFaulted: true })
            _following.GetAwaiter().GetResult();
    }

    /// <summary>
    /// Cuts its latest socket without a close message, in any state. Returns the number of the socket: the next connection has a higher one.
    /// </summary>
    public int Cut()
    {
        lock (_gate)
        {
            _socket?.Abort();

            return _sockets;
        }
    }

    /// <summary>Returns the last revision that it has of a conversation.</summary>
    public long RevisionOf(Guid conversationId)
    {
        lock (_copies)
            return _copies[conversationId].Revision;
    }

    /// <summary>
    /// Returns its current view of a conversation as one comparable text: visible messages in order, read pointers, unread count.
    /// </summary>
    public string ViewOf(Guid conversationId)
    {
        lock (_copies)
            return _copies[conversationId].View(_user!.Id, clock.GetUtcNow());
    }

    /// <summary>Returns the same text, fetched from the server over REST.</summary>
    public static async Task<string> FetchViewAsync(TestUser user, Guid conversationId, TimeProvider clock)
    {
        var fresh = new Copy();
        await fresh.FetchAsync(query => user.GetAsync(query), conversationId);

        return fresh.View(user.Id, clock.GetUtcNow());
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        Cut();
        if (_following is not null)
            await _following;

        _stopping.Dispose();
    }

    private async Task FollowAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                await FollowUntilCutAsync();
            }
            catch (Exception exception) when (
                exception is HttpRequestException or WebSocketException or IOException or HubException or InvalidOperationException or OperationCanceledException
                    or TimeoutException)
            {
                // The connection was cut, or rejected because the token has expired. Connects again, with a new token where needed.
                if (exception is HttpRequestException { StatusCode: HttpStatusCode.Unauthorized }
                    || exception.Message.Contains("401", StringComparison.Ordinal))
                {
                    _user = null;
                }
            }
        }
    }

    private async Task FollowUntilCutAsync()
    {
        _user ??= await signIn();
        var events = Channel.CreateUnbounded<(string Name, JsonElement Payload)>();
        await using var hub = Build(_user);
        foreach (var name in new[] { "NewMessage", "Read", "ConversationUpdated" })
            hub.On<JsonElement>(name, payload => events.Writer.TryWrite((name, payload)));
        hub.Closed += _ =>
        {
            events.Writer.TryComplete();

            return Task.CompletedTask;
        };
        await hub.StartAsync(_stopping.Token);
        Connected = _sockets;
        foreach (var conversationId in _copies.Keys)
            await CatchUpAsync(hub, conversationId);

        await foreach (var (name, payload) in events.Reader.ReadAllAsync(_stopping.Token))
        {
            EventsTaken++;
            if (Take(name, payload) is { } behind)
                await CatchUpAsync(hub, behind);
        }
    }

    /// <summary>Applies an event. Returns the conversation that has a gap, or null.</summary>
    private Guid? Take(string name, JsonElement payload)
    {
        lock (_copies)
        {
            switch (name)
            {
                case "NewMessage":
                    var conversationId = payload.GetProperty("conversationId").GetGuid();

                    return _copies[conversationId].OnMessageReceived(payload.GetProperty("message")) ? null : conversationId;
                case "Read":
                    var read = payload.GetProperty("conversationId").GetGuid();
                    _copies[read].TakePointer(payload.GetProperty("userId").GetGuid(), payload.GetProperty("lastReadSequence").GetInt64());

                    return payload.GetProperty("revision").GetInt64() > _copies[read].Revision ? read : null;
                default:
                    var updated = payload.GetProperty("conversation");
                    var id = updated.GetProperty("id").GetGuid();
                    if (!_copies.TryGetValue(id, out var copy))
                        return null;

                    copy.TakePointers(updated.GetProperty("participants"));

                    return updated.GetProperty("revision").GetInt64() > copy.Revision ? id : null;
            }
        }
    }

    private async Task CatchUpAsync(HubConnection hub, Guid conversationId)
    {
        var sinceRevision = RevisionOf(conversationId);
        var joined = await hub.InvokeAsync<JsonElement>("Join", new { conversationId, sinceRevision }, _stopping.Token);
        if (joined.GetProperty("recovered").GetBoolean())
        {
            lock (_copies)
                _copies[conversationId].TakeChanges(joined);

            return;
        }

        // Replaces the whole copy with fetched pages; events that arrive in the meantime wait.
        var fresh = new Copy();
        await fresh.FetchAsync(GetAsync, conversationId);
        lock (_copies)
        {
            _copies[conversationId] = fresh;
            Fetches++;
        }
    }

    private async Task<Answer> GetAsync(string path)
    {
        var answer = await _user!.GetAsync(path);

        return answer.Status == HttpStatusCode.Unauthorized ? throw new HttpRequestException("401", null, answer.Status) : answer;
    }

    private HubConnection Build(TestUser user) =>
        new HubConnectionBuilder()
            .WithUrl(new Uri(user.Client.BaseAddress!, "/hubs/messaging"), options =>
            {
                options.Transports = HttpTransportType.WebSockets;
                options.SkipNegotiation = true;
                options.WebSocketFactory = async (context, cancellationToken) =>
                {
                    var socket = new ClientWebSocket();
                    socket.Options.SetRequestHeader("Authorization", $"Bearer {user.AccessToken}");
                    lock (_gate)
                        (_socket, _sockets) = (socket, _sockets + 1);

                    await socket.ConnectAsync(context.Uri, cancellationToken);

                    return socket;
                };
            })
            .Build();

    /// <summary>A client's copy of one conversation.</summary>
    private sealed class Copy
    {
        private readonly SortedDictionary<long, JsonElement> _messages = [];
        private readonly SortedDictionary<Guid, long> _pointers = [];

        /// <summary>The copy is complete up to this revision; expired messages are not part of it.</summary>
        public long Revision { get; private set; }

        /// <summary>Adds a message. Returns false when an earlier one is missing.</summary>
        public bool OnMessageReceived(JsonElement message)
        {
            var revision = message.GetProperty("revision").GetInt64();
            if (revision > Revision + 1)
                return false;

            if (revision == Revision + 1)
            {
                _messages[message.Sequence()] = message;
                Revision = revision;
            }

            return true;
        }

        public void TakePointer(Guid userId, long lastReadSequence) =>
            _pointers[userId] = Math.Max(_pointers.GetValueOrDefault(userId), lastReadSequence);

        public void TakePointers(JsonElement participants)
        {
            foreach (var participant in participants.EnumerateArray())
                TakePointer(participant.GetProperty("userId").GetGuid(), participant.GetProperty("lastReadSequence").GetInt64());
        }

        public void TakeChanges(JsonElement joined)
        {
            foreach (var message in joined.GetProperty("messages").EnumerateArray())
                _messages[message.Sequence()] = message;
            TakePointers(joined.GetProperty("participants"));
            Revision = Math.Max(Revision, joined.GetProperty("revision").GetInt64());
        }

        public async Task FetchAsync(Func<string, Task<Answer>> get, Guid conversationId)
        {
            // Reads the numbers first, so that messages that are stored while the pages are read are fetched afterwards.
            var conversation = (await get($"/api/conversations/{conversationId}")).Expect(HttpStatusCode.OK).Data;
            var before = "";
            bool hasMore;
            do
            {
                var page = (await get($"/api/messages?conversationId={conversationId}&limit=100{before}")).Expect(HttpStatusCode.OK);
                var messages = page.Data.EnumerateArray().ToList();
                foreach (var message in messages)
                    _messages[message.Sequence()] = message;

                hasMore = page.Body.GetProperty("page").GetProperty("hasMoreBefore").GetBoolean();
                before = messages.Count == 0 ? "" : $"&before={messages[0].Id()}";
            }
            while (hasMore);

            TakePointers(conversation.GetProperty("participants"));
            Revision = conversation.GetProperty("revision").GetInt64();
        }

        public string View(Guid viewerId, DateTimeOffset now)
        {
            var visible = _messages.Values
                .Where(
                    message =>
                        message.GetProperty("expiresAt") is not { ValueKind: JsonValueKind.String } expiresAt
                            || expiresAt.GetDateTimeOffset() > now)
                .ToList();
            var unread = visible.Count(message =>
                message.GetProperty("senderId").GetGuid() != viewerId && message.Sequence() > _pointers.GetValueOrDefault(viewerId));
            var lines = visible.Select(
                message => $"{message.Sequence()} {message.Id()} {message.GetProperty("revision").GetInt64()} {message.Content()}");

            return $"revision {Revision}, unread {unread}, read {string.Join(' ', _pointers)}\n{string.Join('\n', lines)}";
        }
    }
}
