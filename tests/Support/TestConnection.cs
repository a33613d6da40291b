using System.Text.Json;
using System.Threading.Channels;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;

namespace CleanMessaging.Tests.Support;

/// <summary>A hub connection that records every event in the order of arrival.</summary>
public sealed class TestConnection : IAsyncDisposable
{
    private static readonly string[] _events =
        ["Connected", "Joined", "NewMessage", "MessageChanged", "MessageDeleted", "ExpirationChanged", "Typing", "Read", "ConversationUpdated", "PersonalChanged", "SyncNeeded", "ServerDraining"];

    private readonly Dictionary<string, Channel<JsonElement>> _received = _events.ToDictionary(
        name => name, _ => Channel.CreateUnbounded<JsonElement>());

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

    /// <summary>Completes when the connection is closed, with the error if there was one.</summary>
    public TaskCompletionSource<Exception?> Closed { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Connects, and waits for the event in which the server states the authenticated user.</summary>
    public async Task StartAsync()
    {
        await Hub.StartAsync(TestContext.Current.CancellationToken);
        await NextAsync("Connected");
    }

    public Task<JsonElement> JoinAsync(Guid conversationId) => Hub.InvokeAsync<JsonElement>("Join", new { conversationId });

    /// <summary>Returns the next event with a name; fails after 15 seconds without one.</summary>
    public async Task<JsonElement> NextAsync(string name)
    {
        using var waitLimit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        waitLimit.CancelAfter(TimeSpan.FromSeconds(15));
        try
        {
            return await _received[name].Reader.ReadAsync(waitLimit.Token);
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"No {name} within 15 seconds. The connection is {Hub.State}; received and unread: {UnreadCounts()}.");
        }
    }

    /// <summary>Returns the next event with a name that meets a condition; fails after 5 seconds without any event.</summary>
    public async Task<JsonElement> NextAsync(string name, Func<JsonElement, bool> wanted)
    {
        while (true)
        {
            var payload = await NextAsync(name);
            if (wanted(payload))
                return payload;
        }
    }

    /// <summary>Returns the received events with a name that the test has not read yet.</summary>
    public IReadOnlyList<JsonElement> Unread(string name)
    {
        var payloads = new List<JsonElement>();
        while (_received[name].Reader.TryRead(out var payload))
            payloads.Add(payload);

        return payloads;
    }

    /// <summary>
    /// Waits until this connection has received every event that the server has queued for it. Events keep their order, and
    /// <c>Joined</c> is the last one.
    /// </summary>
    /// <param name="conversationId">A conversation of the user; the method joins it.</param>
    public async Task CatchUpAsync(Guid conversationId)
    {
        Unread("Joined");
        await JoinAsync(conversationId);
        await NextAsync("Joined");
    }

    /// <summary>Calls a hub method and returns the error.</summary>
    public async Task<JsonElement> ErrorOfAsync(string method, params object?[] arguments)
    {
        var rejection = await Should.ThrowAsync<HubException>(
            () => Hub.InvokeCoreAsync(method, arguments, TestContext.Current.CancellationToken));
        var json = rejection.Message.IndexOf('{', StringComparison.Ordinal);
        json.ShouldBeGreaterThanOrEqualTo(0, rejection.Message);

        return JsonDocument.Parse(rejection.Message[json..]).RootElement.Clone();
    }

    public async ValueTask DisposeAsync() => await Hub.DisposeAsync();

    private string UnreadCounts() =>
        string.Join(", ", _received.Where(entry => entry.Value.Reader.Count > 0).Select(entry => $"{entry.Value.Reader.Count} {entry.Key}"));
}
