using System.IO.Pipelines;
using CleanMessaging.Infrastructure.Realtime;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;
using Microsoft.Extensions.Logging.Abstractions;

namespace CleanMessaging.Api.Tests.Realtime;

/// <summary>Tests that group membership stays exact, and that a broken connection does not prevent delivery to the others.</summary>
public sealed class BoundedHubLifetimeManagerTests
{
    private const string Group = "group";
    private const string UserId = "user";

    private readonly BoundedHubLifetimeManager _manager = new(NullLogger<BoundedHubLifetimeManager>.Instance);

    [Fact]
    public async Task Group_JoinedAndLeftAtTheSameTime_IsEmptyInTheEnd()
    {
        var one = await ConnectAsync();
        var other = await ConnectAsync();
        using var barrier = new Barrier(2);

        await Task.WhenAll(
            Task.Run(() => ComeAndGo(one), TestContext.Current.CancellationToken),
            Task.Run(() => ComeAndGo(other), TestContext.Current.CancellationToken));

        void ComeAndGo(HubConnectionContext connection)
        {
            for (var round = 0; round < 50_000; round++)
            {
                _manager.AddToGroupAsync(connection.ConnectionId, Group).IsCompletedSuccessfully.ShouldBeTrue();
                _manager.RemoveFromGroupAsync(connection.ConnectionId, Group).IsCompletedSuccessfully.ShouldBeTrue();
                if (round % 10 != 0)
                    continue;

                barrier.SignalAndWait(TestContext.Current.CancellationToken);
                _manager.HasConnectionsIn(Group).ShouldBeFalse();
                barrier.SignalAndWait(TestContext.Current.CancellationToken);
            }
        }
    }

    [Fact]
    public async Task Group_JoinedWhileAnotherConnectionLeaves_ReceivesTheFollowingEvents()
    {
        var leaver = await ConnectAsync();
        var comer = await ConnectAsync();
        for (var round = 1; round <= 20_000; round++)
        {
            await _manager.AddToGroupAsync(leaver.ConnectionId, Group, TestContext.Current.CancellationToken);
            var leaving = Task.Run(() => _manager.RemoveFromGroupAsync(leaver.ConnectionId, Group), TestContext.Current.CancellationToken);
            await _manager.AddToGroupAsync(comer.ConnectionId, Group, TestContext.Current.CancellationToken);
            await _manager.SendGroupAsync(Group, "Event", [round], TestContext.Current.CancellationToken);
            comer.Writes.ShouldBe(round);
            await leaving;
            await _manager.RemoveFromGroupAsync(comer.ConnectionId, Group, TestContext.Current.CancellationToken);
        }
    }

    [Fact]
    public async Task Send_WhenOneConnectionFails_ReachesTheOthersAndLeavesNothingOutstanding()
    {
        var broken = await ConnectAsync(_ => throw new InvalidOperationException("Broken."));
        var good = await ConnectAsync();
        await _manager.AddToGroupAsync(broken.ConnectionId, Group, TestContext.Current.CancellationToken);
        await _manager.AddToGroupAsync(good.ConnectionId, Group, TestContext.Current.CancellationToken);

        for (var number = 1; number <= 1000; number++)
            await _manager.SendGroupAsync(Group, "Event", [number], TestContext.Current.CancellationToken);

        good.Writes.ShouldBe(1000);
        broken.Writes.ShouldBe(1000);
    }

    [Fact]
    public async Task Send_ToAConnectionThatDoesNotRead_StopsAfter256Events()
    {
        var stalled = await ConnectAsync(_ => new ValueTask(Task.Delay(Timeout.Infinite, TestContext.Current.CancellationToken)));
        await _manager.AddToGroupAsync(stalled.ConnectionId, Group, TestContext.Current.CancellationToken);

        for (var number = 1; number <= 1000; number++)
            await _manager.SendGroupAsync(Group, "Event", [number], TestContext.Current.CancellationToken);

        stalled.Writes.ShouldBe(256);
    }

    [Fact]
    public async Task Send_LargeEventsToAConnectionThatDoesNotRead_StopsAfterOneMegabyte()
    {
        var stalled = await ConnectAsync(_ => new ValueTask(Task.Delay(Timeout.Infinite, TestContext.Current.CancellationToken)));
        await _manager.AddToGroupAsync(stalled.ConnectionId, Group, TestContext.Current.CancellationToken);

        for (var number = 1; number <= 100; number++)
            await _manager.SendGroupAsync(Group, "Event", [new string('a', 100_000)], TestContext.Current.CancellationToken);

        stalled.Writes.ShouldBe(10);
    }

    /// <summary>Calls every send method for a connection that reads nothing and one that reads everything.</summary>
    public static TheoryData<string> Sends => [.. _sends.Keys];

    private static readonly Dictionary<string, Func<HubLifetimeManager<MessagingHub>, string, string, Task>> _sends = new()
    {
        ["All"] = (manager, _, _) => manager.SendAllAsync("Event", [1]),
        ["AllExcept"] = (manager, _, _) => manager.SendAllExceptAsync("Event", [1], ["another"]),
        ["Connections"] = (manager, stalled, good) => manager.SendConnectionsAsync([stalled, good, "another"], "Event", [1]),
        ["Group"] = (manager, _, _) => manager.SendGroupAsync(Group, "Event", [1]),
        ["Groups"] = (manager, _, _) => manager.SendGroupsAsync([Group, "another"], "Event", [1]),
        ["GroupExcept"] = (manager, _, _) => manager.SendGroupExceptAsync(Group, "Event", [1], ["another"]),
        ["User"] = (manager, _, _) => manager.SendUserAsync(UserId, "Event", [1]),
        ["Users"] = (manager, _, _) => manager.SendUsersAsync([UserId, "another"], "Event", [1]),
    };

    [Theory]
    [MemberData(nameof(Sends))]
    public async Task Send_ByAnyMethod_GoesThroughTheConnectionsBuffersAndWaitsForNone(string method)
    {
        var stalled = await ConnectAsync(_ => new ValueTask(Task.Delay(Timeout.Infinite, TestContext.Current.CancellationToken)));
        var good = await ConnectAsync();
        var other = await ConnectAsync();
        other.UserIdentifier = "other";
        await _manager.AddToGroupAsync(stalled.ConnectionId, Group, TestContext.Current.CancellationToken);
        await _manager.AddToGroupAsync(good.ConnectionId, Group, TestContext.Current.CancellationToken);

        for (var number = 1; number <= 300; number++)
            _sends[method](_manager, stalled.ConnectionId, good.ConnectionId).IsCompletedSuccessfully.ShouldBeTrue();

        good.Writes.ShouldBe(300);
        stalled.Writes.ShouldBe(256);
        other.Writes.ShouldBe(method.StartsWith("All", StringComparison.Ordinal) ? 300 : 0);
    }

    [Theory]
    [InlineData("AllExcept")]
    [InlineData("GroupExcept")]
    public async Task Send_ExceptToAConnection_DoesNotReachIt(string method)
    {
        var one = await ConnectAsync();
        var other = await ConnectAsync();
        await _manager.AddToGroupAsync(one.ConnectionId, Group, TestContext.Current.CancellationToken);
        await _manager.AddToGroupAsync(other.ConnectionId, Group, TestContext.Current.CancellationToken);

        await (method == "AllExcept"
            ? _manager.SendAllExceptAsync("Event", [1], [one.ConnectionId], TestContext.Current.CancellationToken)
            : _manager.SendGroupExceptAsync(Group, "Event", [1], [one.ConnectionId], TestContext.Current.CancellationToken));

        (one.Writes, other.Writes).ShouldBe((0, 1));
    }

    [Fact]
    public async Task Send_ToOneConnectionThatDoesNotRead_StopsAfter256Events()
    {
        var stalled = await ConnectAsync(_ => new ValueTask(Task.Delay(Timeout.Infinite, TestContext.Current.CancellationToken)));

        var sends = Enumerable
            .Range(1, 300)
            .Select(number => _manager.SendConnectionAsync(stalled.ConnectionId, "Event", [number], TestContext.Current.CancellationToken))
            .ToList();

        stalled.Writes.ShouldBe(256);
        sends.Count(send => send.IsCompletedSuccessfully).ShouldBe(300 - 256);
    }

    [Fact]
    public async Task Send_LargeEventToOneConnection_LeavesSpaceForOthers()
    {
        var stalled = await ConnectAsync(_ => new ValueTask(Task.Delay(Timeout.Infinite, TestContext.Current.CancellationToken)));
        _ = _manager.SendConnectionAsync(
            stalled.ConnectionId, "Event", [new string('a', 2_000_000)], TestContext.Current.CancellationToken);
        for (var number = 1; number <= 7; number++)
            await _manager.SendAllAsync("Event", [new string('a', 100_000)], TestContext.Current.CancellationToken);

        stalled.Writes.ShouldBe(8);

        await _manager.SendAllAsync("Event", [new string('a', 100_000)], TestContext.Current.CancellationToken);
        stalled.Writes.ShouldBe(8);
    }

    private async Task<FakeConnection> ConnectAsync(Func<SerializedHubMessage, ValueTask>? write = null)
    {
        var connection = new FakeConnection(write ?? (_ => ValueTask.CompletedTask)) { UserIdentifier = UserId };
        await _manager.OnConnectedAsync(connection);

        return connection;
    }

    /// <summary>An in-memory connection.</summary>
    private sealed class FakeConnection : HubConnectionContext
    {
        private readonly Func<SerializedHubMessage, ValueTask> _write;

        public FakeConnection(Func<SerializedHubMessage, ValueTask> write)
            : base(
                new DefaultConnectionContext(Guid.CreateVersion7().ToString(), new Pair(), new Pair()),
                new HubConnectionContextOptions { KeepAliveInterval = TimeSpan.FromMinutes(1) },
                NullLoggerFactory.Instance)
        {
            _write = write;
            Protocol = new JsonHubProtocol();
        }

        public int Writes { get; private set; }

        public override ValueTask WriteAsync(SerializedHubMessage message, CancellationToken cancellationToken = default)
        {
            Writes++;

            return _write(message);
        }
    }

    private sealed class Pair : IDuplexPipe
    {
        private readonly Pipe _pipe = new();

        public PipeReader Input => _pipe.Reader;

        public PipeWriter Output => _pipe.Writer;
    }
}
