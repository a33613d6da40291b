using System.Collections.Concurrent;
using System.Diagnostics;
using CleanMessaging.Application.Conversations;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Infrastructure.Persistence.Conversations;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Api.Tests.Persistence;

/// <summary>Tests that joins share statements, and that each one gets its own result.</summary>
public sealed class JoinBatcherTests
{
    private readonly ConcurrentQueue<int> _statements = new();
    private readonly JoinBatcher _batcher;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public JoinBatcherTests() => _batcher = new JoinBatcher(ReadAsync);

    [Fact]
    public async Task Join_OfManyAtOnce_SharesStatementsAndGetsItsOwnConversation()
    {
        const int Joins = 1_000;
        var began = Stopwatch.GetTimestamp();
        var wanted = Enumerable
            .Range(0, Joins)
            .Select(_ => (ConversationId: NewConversation(), ViewerId: NewUser()))
            .ToList();

        var states = await Task.WhenAll(wanted.Select(join => _batcher.ReadAsync(join.ViewerId, join.ConversationId, Cancellation)));

        states.Select(state => state!.Conversation.Id).ShouldBe(wanted.Select(join => join.ConversationId.Value));
        _statements.Sum().ShouldBe(Joins);
        _statements.Count.ShouldBeLessThanOrEqualTo(
            (Joins / JoinBatcher.BatchMax) + 2 + (int)(Stopwatch.GetElapsedTime(began) / TimeSpan.FromMilliseconds(25)));
    }

    /// <summary>10,000 idle clients that verify their conversation every 30 seconds join 333 times a second.</summary>
    [Fact]
    public async Task Join_OfIdleClients_CostsFewerThanFiftyStatementsASecond()
    {
        var began = Stopwatch.GetTimestamp();
        var joins = new List<Task>();
        while (Stopwatch.GetElapsedTime(began) < TimeSpan.FromSeconds(1))
        {
            joins.Add(_batcher.ReadAsync(NewUser(), NewConversation(), Cancellation));
            await Task.Delay(1, TestContext.Current.CancellationToken);
        }

        await Task.WhenAll(joins);

        joins.Count.ShouldBeGreaterThan(_statements.Count);
        (_statements.Count / Stopwatch.GetElapsedTime(began).TotalSeconds).ShouldBeLessThan(50);
    }

    [Fact]
    public async Task Join_OfAnotherUsersConversation_FindsNothing()
    {
        var other = NewUser();
        var batcher = new JoinBatcher(
            (_, ids) => Task.FromResult(new JoinedViews([.. ids.Select(id => View(other, id))], DateTimeOffset.UnixEpoch)));

        (await batcher.ReadAsync(NewUser(), NewConversation(), Cancellation)).ShouldBeNull();
    }

    [Fact]
    public async Task Join_AfterAStatementThatFailed_IsReadAgain()
    {
        var isFailing = true;
        var batcher = new JoinBatcher((viewers, ids) => isFailing ? throw new TimeoutException() : ReadAsync(viewers, ids));

        await Should.ThrowAsync<TimeoutException>(() => batcher.ReadAsync(NewUser(), NewConversation(), Cancellation));
        isFailing = false;

        (await batcher.ReadAsync(NewUser(), NewConversation(), Cancellation)).ShouldNotBeNull();
    }

    /// <summary>Tests that callers who no longer wait cost no statement, however long a statement before them takes.</summary>
    [Fact]
    public async Task Join_CanceledWhileItWaits_EndsAtOnceAndIsNotRead()
    {
        var blocked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var read = new ConcurrentQueue<UserId>();
        var batcher = new JoinBatcher(async (viewers, ids) =>
        {
            foreach (var viewer in viewers)
                read.Enqueue(viewer);
            await blocked.Task;

            return await ReadAsync(viewers, ids);
        });
        using var leaving = new CancellationTokenSource();
        var first = batcher.ReadAsync(NewUser(), NewConversation(), Cancellation);
        await Eventually.TrueAsync(() => read.Count == 1, "The first join is not read.");
        var leavers = Enumerable.Range(0, 150)
            .Select(_ => batcher.ReadAsync(NewUser(), NewConversation(), leaving.Token))
            .ToList();
        var waiter = NewUser();
        var last = batcher.ReadAsync(waiter, NewConversation(), Cancellation);

        await leaving.CancelAsync();
        foreach (var leaver in leavers)
            await Should.ThrowAsync<OperationCanceledException>(() => leaver);
        blocked.SetResult();

        (await first).ShouldNotBeNull();
        (await last).ShouldNotBeNull();
        read.Skip(1).ShouldBe([waiter]);
    }

    private Task<JoinedViews> ReadAsync(IReadOnlyList<UserId> viewerIds, IReadOnlyList<ConversationId> conversationIds)
    {
        _statements.Enqueue(conversationIds.Count);

        return Task.FromResult(new JoinedViews(
            [.. viewerIds.SelectMany(viewerId => conversationIds.Select(id => View(viewerId, id)))], DateTimeOffset.UnixEpoch));
    }

    private static UserId NewUser() => new(Guid.CreateVersion7());

    private static ConversationId NewConversation() => new(Guid.CreateVersion7());

    private static ConversationView View(UserId viewerId, ConversationId id) =>
        new(viewerId, DateTimeOffset.UnixEpoch, new ConversationResponse(
            id, [], null, 0, 1, 1, DateTimeOffset.UnixEpoch, null, null, new PersonalState(0, false, false, false, null, null, 0)));
}
