using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using CleanMessaging.Application.Conversations;
using CleanMessaging.Domain.Conversations;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Messages;
using CleanMessaging.Infrastructure.Realtime;
using CleanMessaging.Tests.Support;
using MediatR;
using Microsoft.Extensions.DependencyInjection;

namespace CleanMessaging.Api.Tests.Realtime;

public sealed class NotifierTests(ApiServerFixture fixture) : IClassFixture<ApiServerFixture>
{
    [Theory]
    [InlineData(typeof(OperationCanceledException))]
    [InlineData(typeof(InvalidOperationException))]
    public async Task ConversationUpdated_AfterOneThatFailed_IsSentAgain(Type failure)
    {
        var failing = new FailingOnce();
        await using var server = await fixture.StartAnotherAsync(
            new Dictionary<string, string?> { ["Logging:LogLevel:CleanMessaging"] = "None" },
            services => services.AddSingleton<IPipelineBehavior<ViewConversationsQuery, IReadOnlyList<ConversationView>>>(failing));
        var (investor, startup, conversationId) = await server.RegisterPairAsync();
        await using var listener = await startup.ConnectAsync();

        failing.FailWith((Exception)Activator.CreateInstance(failure)!);
        (await investor.SendAsync(conversationId, "Not told")).Expect(HttpStatusCode.Created);
        await failing.Failed.WaitAsync(TimeSpan.FromSeconds(5), TestContext.Current.CancellationToken);
        (await investor.SendAsync(conversationId, "Told")).Expect(HttpStatusCode.Created);

        await listener.NextAsync(
            "ConversationUpdated", update => update.GetProperty("conversation").GetProperty("lastSequence").GetInt64() == 2);

        // Clients that missed the first update are asked to sync.
        await listener.NextAsync("SyncNeeded");
    }

    [Fact]
    public async Task ConversationUpdated_OfManyConversations_IsAskedForByOneQuery()
    {
        var blocking = new Blocking { IsOpen = true };
        await using var server = await fixture.StartAnotherAsync(
            new Dictionary<string, string?>(),
            services => services.AddSingleton<IPipelineBehavior<ViewConversationsQuery, IReadOnlyList<ConversationView>>>(blocking));
        var (investor, _, first) = await server.RegisterPairAsync();
        var others = new List<Guid>();
        for (var number = 1; number <= 8; number++)
            others.Add(await investor.ConversationWithAsync(await server.RegisterStartupAsync()));

        // The queue is in order: when another user gets the update of a later message, those of the starts have left it.
        var (writer, reader, last) = await server.RegisterPairAsync();
        await using (var observer = await reader.ConnectAsync())
        {
            (await writer.SendAsync(last, "After all starts")).Expect(HttpStatusCode.Created);
            await observer.NextAsync("ConversationUpdated");
        }

        var connections = server.Services.GetRequiredService<BoundedHubLifetimeManager>();
        await Eventually.TrueAsync(() => !connections.HasConnections, "The observer is still connected.");
        blocking.IsOpen = false;
        await using var listener = await investor.ConnectAsync();
        (await investor.SendAsync(first, "Holds the queue up")).Expect(HttpStatusCode.Created);
        await blocking.Blocked.WaitAsync(TimeSpan.FromSeconds(5), TestContext.Current.CancellationToken);
        foreach (var conversationId in others)
            (await investor.SendAsync(conversationId, "Waits to be told")).Expect(HttpStatusCode.Created);

        blocking.Release();

        foreach (var conversationId in others)
            await listener.NextAsync("ConversationUpdated", update => update.GetProperty("conversation").Id() == conversationId);
        blocking.Asked.Max(query => query.ConversationIds.Count).ShouldBeInRange(others.Count - 1, others.Count + 1);
        blocking.Asked.ShouldAllBe(query => query.ViewerIds.Single() == investor.Id, "Nobody else listens.");
    }

    [Fact]
    public async Task ConversationUpdated_DuringManySends_IsSentAFewTimesAndInTheEndForTheNewest()
    {
        const int Said = 40;
        var (investor, startup, conversationId) = await fixture.Server.RegisterPairAsync();
        await using var listener = await startup.ConnectAsync();
        await fixture.Server.ExecuteAsync($"UPDATE message_quotas SET daily_free_limit = {Said} WHERE user_id = '{investor.Id}'");

        var began = Stopwatch.GetTimestamp();
        for (var number = 1; number <= Said; number++)
            (await investor.SendAsync(conversationId, $"Message {number}")).Expect(HttpStatusCode.Created);

        var received = 0;
        await listener.NextAsync("ConversationUpdated", update =>
        {
            received++;

            return update.GetProperty("conversation").GetProperty("lastSequence").GetInt64() == Said;
        });
        received.ShouldBeLessThanOrEqualTo(2 + (int)(Stopwatch.GetElapsedTime(began) / TimeSpan.FromMilliseconds(200)));
    }

    [Fact]
    public async Task SyncNeeded_AfterTheQueueWasFull_IsSentToEveryConnection()
    {
        var blocking = new Blocking();
        await using var server = await fixture.StartAnotherAsync(
            new Dictionary<string, string?> { ["Logging:LogLevel:CleanMessaging"] = "None" },
            services => services.AddSingleton<IPipelineBehavior<ViewConversationsQuery, IReadOnlyList<ConversationView>>>(blocking));
        var (investor, startup, conversationId) = await server.RegisterPairAsync();
        await using var one = await investor.ConnectAsync();
        await using var other = await startup.ConnectAsync();
        (await investor.SendAsync(conversationId, "Holds the queue up")).Expect(HttpStatusCode.Created);
        await blocking.Blocked.WaitAsync(TimeSpan.FromSeconds(5), TestContext.Current.CancellationToken);
        var notifier = server.Services.GetRequiredService<RealtimeNotifier>();

        for (var number = 1; number <= 10_000; number++)
            notifier.Notify(new ConversationStarted(new ConversationId(Guid.CreateVersion7()), [], server.Clock.GetUtcNow()));

        await one.CatchUpAsync(conversationId);
        one.Unread("SyncNeeded").ShouldBeEmpty("Nothing was dropped yet.");
        notifier.Notify(new ConversationStarted(new ConversationId(Guid.CreateVersion7()), [], server.Clock.GetUtcNow()));

        foreach (var connection in new[] { one, other })
            (await connection.NextAsync("SyncNeeded")).GetProperty("withinMs").GetInt32().ShouldBe(1_000);

        blocking.Release();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task NewMessage_ThatWasDeletedOrHasExpiredWhileItWaited_IsNotSent(bool hasExpired)
    {
        var (investor, startup, conversationId) = await fixture.Server.RegisterPairAsync();
        await using var connection = await startup.ConnectAsync();
        await connection.JoinAsync(conversationId);
        var now = fixture.Server.Clock.GetUtcNow();
        var waiting = new MessageSent(
            new MessageId(Guid.CreateVersion7()), new ConversationId(conversationId), Sequence: 1, Revision: 1, new UserId(investor.Id), "Gone", now,
            hasExpired ? now : null, ClientMessageId: null, [investor.Id, startup.Id]);
        var notifier = fixture.Server.Services.GetRequiredService<RealtimeNotifier>();

        if (!hasExpired)
        {
            notifier.Notify(new MessageDeleted(
                waiting.MessageId, waiting.ConversationId, waiting.Sequence, Revision: 2, now, MessageDeleter.Sender, ExpiresAt: null, []));
        }

        notifier.Notify(waiting);

        (await investor.SendAsync(conversationId, "Still there")).Expect(HttpStatusCode.Created);
        (await connection.NextAsync("NewMessage")).GetProperty("message").Content().ShouldBe("Still there");
    }

    [Fact]
    public async Task SyncNeeded_AThousandTimesAtOnce_IsSentAFewTimes()
    {
        await using var server = await fixture.StartAnotherAsync(new Dictionary<string, string?>());
        var (investor, _, conversationId) = await server.RegisterPairAsync();
        await using var connection = await investor.ConnectAsync();
        var notifier = server.Services.GetRequiredService<RealtimeNotifier>();
        notifier.SyncNeeded();
        await connection.NextAsync("SyncNeeded");

        for (var number = 1; number <= 1000; number++)
            notifier.SyncNeeded();

        // A client that has already synced must sync once more.
        await connection.NextAsync("SyncNeeded");
        await connection.CatchUpAsync(conversationId);
        connection.Unread("SyncNeeded").Count.ShouldBeLessThan(5);
    }

    private sealed class Blocking : IPipelineBehavior<ViewConversationsQuery, IReadOnlyList<ConversationView>>
    {
        private readonly TaskCompletionSource _blocked = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);

        private volatile bool _isOpen;

        public Task Blocked => _blocked.Task;

        /// <summary>Whether queries pass without being recorded or blocked.</summary>
        public bool IsOpen
        {
            get => _isOpen;
            set => _isOpen = value;
        }

        public ConcurrentQueue<ViewConversationsQuery> Asked { get; } = [];

        public void Release() => _released.SetResult();

        public async Task<IReadOnlyList<ConversationView>> Handle(
            ViewConversationsQuery request,
            CancellationToken cancellationToken,
            RequestHandlerDelegate<IReadOnlyList<ConversationView>> next)
        {
            if (IsOpen)
                return await next();

            Asked.Enqueue(request);
            _blocked.TrySetResult();
            await _released.Task;

            return await next();
        }
    }

    private sealed class FailingOnce : IPipelineBehavior<ViewConversationsQuery, IReadOnlyList<ConversationView>>
    {
        private readonly TaskCompletionSource _failed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private Exception? _failure;

        public Task Failed => _failed.Task;

        public void FailWith(Exception failure) => Volatile.Write(ref _failure, failure);

        public Task<IReadOnlyList<ConversationView>> Handle(
            ViewConversationsQuery request,
            CancellationToken cancellationToken,
            RequestHandlerDelegate<IReadOnlyList<ConversationView>> next)
        {
            if (Interlocked.Exchange(ref _failure, null) is not { } failure)
                return next();

            _failed.SetResult();
            throw failure;
        }
    }
}
