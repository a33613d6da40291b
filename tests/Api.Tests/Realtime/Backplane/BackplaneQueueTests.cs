using CleanMessaging.Domain.Conversations;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Wallets;
using CleanMessaging.Infrastructure.Realtime.Backplane;

namespace CleanMessaging.Api.Tests.Realtime.Backplane;

/// <summary>Tests that the queue stays bounded during an outage of any length, and counts the dropped events.</summary>
public sealed class BackplaneQueueTests
{
    private static readonly ConversationStarted _event = new(new ConversationId(Guid.CreateVersion7()), [], DateTimeOffset.UnixEpoch);

    private readonly BackplaneQueue _queue = new();

    [Fact]
    public void Add_WhileClosed_DropsEventsAndTakesHeartbeats()
    {
        _queue.Add(_event);
        _queue.Add(new Heartbeat());

        _queue.Dropped.ShouldBe(1);
        _queue.Waiting.TryRead(out var waiting).ShouldBeTrue();
        waiting.ShouldBeOfType<Heartbeat>();
        _queue.Waiting.TryRead(out _).ShouldBeFalse();
    }

    [Fact]
    public void Add_BeyondTenThousand_DropsAndCounts()
    {
        _queue.Open();

        for (var number = 1; number <= 10_003; number++)
            _queue.Add(_event);

        _queue.Waiting.Count.ShouldBe(10_000);
        _queue.Dropped.ShouldBe(3);
    }

    [Fact]
    public void Add_OfAnEventThatStaysOnItsServer_IsIgnored()
    {
        _queue.Open();

        _queue.Add(new WalletCharged(
            new UserId(Guid.CreateVersion7()), new TransactionId(Guid.CreateVersion7()), Points: 1, BalanceAfter: 0, ConversationId: null, MessageId: null));

        _queue.Waiting.Count.ShouldBe(0);
        _queue.Dropped.ShouldBe(0);
    }

    [Fact]
    public void Close_WithQueuedEvents_DropsAndCountsThem()
    {
        _queue.Open();
        _queue.Add(_event);
        _queue.Add(new Heartbeat());
        _queue.Add(_event);

        _queue.Close();

        _queue.IsOpen.ShouldBeFalse();
        _queue.Waiting.Count.ShouldBe(0);
        _queue.Dropped.ShouldBe(2);
    }
}
