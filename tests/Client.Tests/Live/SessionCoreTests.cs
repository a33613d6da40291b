namespace CleanMessaging.Client.Tests.Live;

/// <summary>Tests the synchronization tasks of a session, without a server: no user is signed in.</summary>
public sealed class SessionCoreTests : IAsyncDisposable
{
    private readonly MessagingClient _client = new(new Uri("http://localhost"));
    private readonly SessionCore _core;

    public SessionCoreTests() => _core = new SessionCore(_client, Given.Ines, new MemorySendQueueStore(), new MessagingSessionOptions());

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await _core.DisposeAsync();
        _client.Dispose();
    }

    [Fact]
    public async Task Synchronize_OfEveryTask_HasACase()
    {
        var types = typeof(SyncTask).GetNestedTypes();
        types.Length.ShouldBeGreaterThan(5);

        foreach (var type in types)
        {
            var arguments = type.GetConstructors().Single().GetParameters().Select(_ => (object)Given.ConversationId);
            var task = (SyncTask)Activator.CreateInstance(type, [.. arguments])!;
            try
            {
                await _core.SynchronizeAsync(task, Cancellation);
            }
            catch (MessagingException)
            {
                // The task has sent a request.
            }
        }
    }

    [Fact]
    public async Task Synchronize_OfAConversationThatWasClosed_IsDone() =>
        (await _core.SynchronizeAsync(new SyncTask.Conversation(Given.ConversationId), Cancellation)).ShouldBeNull();
}
