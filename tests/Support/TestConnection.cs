using System.Text.Json;
using System.Threading.Channels;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;

namespace CleanMessaging.Tests.Support;

/// <summary>A hub connection that keeps every event it gets, in the order in which it got them.</summary>
public sealed class TestConnection : IAsyncDisposable
{
    private static readonly string[] _events = ["Connected", "Joined", "NewMessage", "Typing", "Read", "ConversationUpdated", "SyncNeeded", "ServerDraining"];

    private readonly Dictionary<string, Channel<JsonElement>> _received = _events.ToDictionary(name => name, _ => Channel.CreateUnbounded<JsonElement>());

    public TestConnection(HubConnection hub)
    {
        Hub = hub;
        foreach (var name in _events)
            hub.On<JsonElement>(name, payload => _received[name].Writer.TryWrite(payload));

        hub.Closed += error =>
        {
            Closed.TrySetResult(error);

            return Task.CompletedTask;
        };
    }

    public HubConnection Hub { get; }

    /// <summary>Completes when the connection has ended, with the reason if there was one.</summary>
    public TaskCompletionSource<Exception?> Closed { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Connects, and waits until the server has said who it takes us for.</summary>
    public async Task StartAsync()
    {
        await Hub.StartAsync(TestContext.Current.CancellationToken);
        await NextAsync("Connected");
    }

    public Task<JsonElement> JoinAsync(Guid conversationId) => Hub.InvokeAsync<JsonElement>("Join", new { conversationId });

    /// <summary>The next event of a name; fails after 5 seconds without one.</summary>
    public async Task<JsonElement> NextAsync(string name)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(TimeSpan.FromSeconds(5));
        try
        {
            return await _received[name].Reader.ReadAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"No {name} within 5 seconds.");
        }
    }

    /// <summary>The next event of a name that a condition holds for; fails after 5 seconds without any event.</summary>
    public async Task<JsonElement> NextAsync(string name, Func<JsonElement, bool> wanted)
    {
        while (true)
        {
            var payload = await NextAsync(name);
            if (wanted(payload))
                return payload;
        }
    }

    /// <summary>What has been received of a name and not been looked at.</summary>
    public IReadOnlyList<JsonElement> Unread(string name)
    {
        var payloads = new List<JsonElement>();
        while (_received[name].Reader.TryRead(out var payload))
            payloads.Add(payload);

        return payloads;
    }

    /// <summary>
    /// Waits until everything that the server had for this connection by now has been received: events keep their order, and
    /// <c>Joined</c> is the last of them.
    /// </summary>
    /// <param name="conversationId">One that the user is in; it is joined.</param>
    public async Task CatchUpAsync(Guid conversationId)
    {
        Unread("Joined");
        await JoinAsync(conversationId);
        await NextAsync("Joined");
    }

    /// <summary>What the hub rejects a call with.</summary>
    public async Task<JsonElement> ErrorOfAsync(string method, params object?[] arguments)
    {
        var rejection = await Should.ThrowAsync<HubException>(() => Hub.InvokeCoreAsync(method, arguments, TestContext.Current.CancellationToken));
        var json = rejection.Message.IndexOf('{', StringComparison.Ordinal);
        json.ShouldBeGreaterThanOrEqualTo(0, rejection.Message);

        return JsonDocument.Parse(rejection.Message[json..]).RootElement.Clone();
    }

    public async ValueTask DisposeAsync() => await Hub.DisposeAsync();
}
