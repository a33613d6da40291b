using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using CleanMessaging.Tests.Support;
using Microsoft.AspNetCore.SignalR.Client;

namespace CleanMessaging.Fault.Tests.ManyServers;

/// <summary>
/// A client as docs/realtime.md describes it: it joins with the revision that it has, again after <c>SyncNeeded</c>, reads pages where the
/// answer cannot contain everything that it missed, and reconnects after <c>ServerDraining</c> and when its connection ends.
/// </summary>
internal sealed class ReconnectingClient : IAsyncDisposable
{
    private readonly Balancer _balancer;
    private readonly TestUser _user;
    private readonly Guid _conversationId;
    private readonly CancellationTokenSource _stopping = new();
    private readonly ConcurrentDictionary<long, int> _sequences = new();
    private readonly ConcurrentQueue<int> _reconnectTimes = new();
    private readonly Task _following;

    public ReconnectingClient(Balancer balancer, TestUser user, Guid conversationId)
    {
        _balancer = balancer;
        _user = user;
        _conversationId = conversationId;
        _following = FollowAsync();
    }

    public IReadOnlyCollection<int> ReconnectTimes => _reconnectTimes;

    /// <summary>Returns whether it has every message up to and including this sequence.</summary>
    public bool HasAllUpTo(long sequence) => KnownWithoutGap() >= sequence;

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _following.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stopping.Dispose();
    }

    private long KnownWithoutGap()
    {
        var known = 0L;
        while (_sequences.ContainsKey(known + 1))
            known++;

        return known;
    }

    private async Task FollowAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                await FollowOnceAsync(await _balancer.NextAsync());
            }
            catch (Exception exception) when (!_stopping.IsCancellationRequested && exception is not OperationCanceledException)
            {
                // The server has stopped in the meantime; the balancer soon selects another one.
                await Task.Delay(50, _stopping.Token);
            }
        }
    }

    private async Task FollowOnceAsync(ApiProcess api)
    {
        var ended = new TaskCompletionSource();
        await using var hub = ServerPair.At(api, _user).BuildConnection();
        hub.On<JsonElement>("NewMessage", received => Keep(received.GetProperty("message")));
        hub.On<JsonElement>("SyncNeeded", _ => JoinAsync(hub, api));
        hub.On<JsonElement>("ServerDraining", received =>
        {
            _reconnectTimes.Enqueue(received.GetProperty("reconnectAfterMs").GetInt32());
            ended.TrySetResult();
        });
        hub.Closed += _ => Task.FromResult(ended.TrySetResult());
        await hub.StartAsync(_stopping.Token);
        await JoinAsync(hub, api);
        await ended.Task.WaitAsync(_stopping.Token);
    }

    private async Task JoinAsync(HubConnection hub, ApiProcess api)
    {
        var request = new { conversationId = _conversationId, sinceRevision = KnownWithoutGap() };
        var joined = await hub.InvokeAsync<JsonElement>("Join", request, _stopping.Token);
        foreach (var message in joined.GetProperty("messages").EnumerateArray())
            Keep(message);

        if (joined.GetProperty("recovered").ValueKind == JsonValueKind.False)
            await ReadPagesAsync(ServerPair.At(api, _user));
    }

    /// <summary>Reads all messages after the last one that it has.</summary>
    private async Task ReadPagesAsync(TestUser user)
    {
        bool hasMore;
        do
        {
            var page = (await user.GetAsync($"/api/messages?conversationId={_conversationId}&limit=100&afterSequence={KnownWithoutGap()}"))
                .Expect(HttpStatusCode.OK);
            foreach (var message in page.Data.EnumerateArray())
                Keep(message);

            hasMore = page.Body.GetProperty("page").GetProperty("hasMoreAfter").GetBoolean();
        }
        while (hasMore);
    }

    private void Keep(JsonElement message) =>
        _sequences.AddOrUpdate(message.GetProperty("sequence").GetInt64(), 1, (_, times) => times + 1);
}
