using System.Collections.Concurrent;
using System.Net;
using System.Net.WebSockets;
using System.Text.Json;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;

namespace CleanMessaging.Fault.Tests.Load;

/// <summary>
/// A participant who follows conversations as documented: receives hub events while connected, and joins again from its last revision
/// after every disconnection.
/// </summary>
internal sealed class Observer : IAsyncDisposable
{
    private static readonly TimeSpan _beforeReconnect = TimeSpan.FromMilliseconds(200);

    private readonly Person _person;
    private readonly Journal _journal;
    private readonly CancellationTokenSource _stopping = new();
    private readonly ConcurrentDictionary<(Guid ConversationId, long Revision), Guid> _seen = new();
    private readonly Task _following;

    public Observer(Person person, IReadOnlyList<Guid> conversations, Journal journal)
    {
        _person = person;
        Conversations = conversations;
        _journal = journal;
        _following = Task.Run(FollowAsync);
    }

    public IReadOnlyList<Guid> Conversations { get; }

    /// <summary>The messages received so far, by conversation and revision.</summary>
    public IReadOnlyDictionary<(Guid ConversationId, long Revision), Guid> Seen => _seen;

    /// <summary>The number of messages received as events instead of by a join or sync.</summary>
    public int Received { get; private set; }

    /// <summary>Closes the connection, and fetches the missed messages.</summary>
    public async Task FinishAsync()
    {
        await _stopping.CancelAsync();
        await _following;

        var known = Conversations.Select(conversationId => new { conversationId, sinceRevision = LastComplete(conversationId) });
        var synced = (await _person.User.PostAsync("/api/sync", new { conversations = known })).Expect(HttpStatusCode.OK);
        foreach (var joined in synced.Data.GetProperty("conversations").EnumerateArray())
            await TakeMissedAsync(joined.GetProperty("conversationId").GetGuid(), joined);
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _following;
        _stopping.Dispose();
    }

    private async Task FollowAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                await FollowOnceAsync();
                await Task.Delay(_beforeReconnect, _stopping.Token);
            }
            catch (OperationCanceledException)
            {
                // The observer stops, or the connection was closed.
            }
        }
    }

    /// <summary>Runs one connection until it closes.</summary>
    private async Task FollowOnceAsync()
    {
        await using var hub = _person.User.BuildConnection();
        var closed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        hub.Closed += _ =>
        {
            closed.TrySetResult();

            return Task.CompletedTask;
        };
        hub.On<JsonElement>("NewMessage", received =>
        {
            Received++;
            Take(received.GetProperty("message"));
        });
        try
        {
            await hub.StartAsync(_stopping.Token);
            foreach (var conversationId in Conversations)
            {
                var joined = await hub.InvokeAsync<JsonElement>(
                    "Join", new { conversationId, sinceRevision = LastComplete(conversationId) }, _stopping.Token);
                await TakeMissedAsync(conversationId, joined);
            }

            await closed.Task.WaitAsync(_stopping.Token);
        }
        catch (HubException rejected) when (!rejected.Message.Contains("\"code\":\"storage.", StringComparison.Ordinal))
        {
            _journal.Fault($"join: {rejected.Message}");
        }
        catch (Exception broken) when (
            broken is HttpRequestException or HubException or IOException or WebSocketException or ShouldAssertException)
        {
            // The server is unavailable or cannot respond, or the token has expired. In the last case the user's sends get a new token.
        }
    }

    /// <summary>Applies the result of a join or a sync: all missed messages, or the request to fetch pages.</summary>
    private async Task TakeMissedAsync(Guid conversationId, JsonElement joined)
    {
        if (joined.GetProperty("recovered").GetBoolean())
        {
            foreach (var message in joined.GetProperty("messages").EnumerateArray())
                Take(message);

            return;
        }

        var since = LastComplete(conversationId);
        var before = "";
        bool more;
        do
        {
            var page = (await _person.User.GetAsync($"/api/messages?conversationId={conversationId}&limit=100{before}"))
                .Expect(HttpStatusCode.OK);
            foreach (var message in page.Data.EnumerateArray())
                Take(message);

            var about = page.Body.GetProperty("page");
            more = about.GetProperty("hasMoreBefore").GetBoolean() && about.GetProperty("oldestSequence").GetInt64() > since + 1;
            before = more ? $"&before={page.Data[0].GetProperty("id").GetGuid()}" : "";
        }
        while (more);
    }

    private void Take(JsonElement message)
    {
        var place = (message.GetProperty("conversationId").GetGuid(), message.GetProperty("revision").GetInt64());
        var id = message.GetProperty("id").GetGuid();
        if (_seen.GetOrAdd(place, id) != id)
            _journal.Fault($"Two messages were shown at {place}.");
    }

    /// <summary>Returns the revision up to which no message is missing.</summary>
    private long LastComplete(Guid conversationId)
    {
        var revision = 0L;
        while (_seen.ContainsKey((conversationId, revision + 1)))
            revision++;

        return revision;
    }
}
