using System.Collections.Concurrent;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Client.Tests;

/// <summary>A user's device: a client, its session, and every change that the session has raised.</summary>
internal sealed class Device : IAsyncDisposable
{
    /// <summary>Options without the usual waits before a retry.</summary>
    public static readonly MessagingSessionOptions ShortWaits = new()
    {
        FirstRetry = TimeSpan.FromMilliseconds(2),
        LongestRetry = TimeSpan.FromMilliseconds(20),
    };

    private readonly ConcurrentQueue<SessionChange> _changes = new();

    private Device(MessagingClient client, MessagingSession session, CapturedLogs logs)
    {
        Client = client;
        Session = session;
        Logs = logs;
        session.Changed += _changes.Enqueue;
    }

    public MessagingClient Client { get; }

    public MessagingSession Session { get; }

    public IReadOnlyCollection<SessionChange> Changes => _changes;

    /// <summary>The log lines of the session.</summary>
    public CapturedLogs Logs { get; }

    /// <summary>Signs in and opens a session; does not wait until it is connected.</summary>
    /// <param name="address">The address of the server, or of a proxy in front of it.</param>
    /// <param name="clock">The device's clock.</param>
    public static async Task<Device> OpenAsync(
        Uri address, TestUser user, MessagingSessionOptions? options = null, ISendQueueStore? store = null, TimeProvider? clock = null)
    {
        var client = await SignInAsync(address, user, clock);
        var logs = new CapturedLogs();
        var logged = (options ?? ShortWaits) with { Logger = logs.CreateLogger("Session") };

        return new Device(client, await MessagingSession.OpenAsync(client, store, logged, TestContext.Current.CancellationToken), logs);
    }

    public static async Task<MessagingClient> SignInAsync(Uri address, TestUser user, TimeProvider? clock = null)
    {
        var client = new MessagingClient(address, clock: clock);
        await client.Accounts.LogInAsync(user.Email, ApiServer.Password, TestContext.Current.CancellationToken);

        return client;
    }

    /// <summary>Opens a conversation and waits until it is loaded.</summary>
    public async Task<ConversationTimeline> OpenAsync(Guid conversationId)
    {
        var timeline = Session.Open(conversationId);
        await timeline.WaitUntilLoadedAsync(TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(10));

        return timeline;
    }

    /// <summary>
    /// Waits until the session has raised changes of a kind. It raises a change after its state has it, so a test that has seen the state
    /// still has to wait.
    /// </summary>
    public Task RaisesAsync<TChange>(int times = 1)
        where TChange : SessionChange =>
        Eventually.TrueAsync(() => Changes.OfType<TChange>().Count() >= times, $"The session does not raise {typeof(TChange).Name}.");

    public async Task BeAsync(ConnectionState state)
    {
        try
        {
            await Eventually.TrueAsync(() => Session.Connection == state, $"It is not {state}.");
        }
        catch (ShouldAssertException late)
        {
            throw new ShouldAssertException(
                $"It is {Session.Connection}:\n{string.Join('\n', Logs.Lines.TakeLast(20).Select(line => line.Text))}", late);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Session.DisposeAsync();
        Client.Dispose();
    }
}
