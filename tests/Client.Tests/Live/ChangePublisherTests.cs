using CleanMessaging.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace CleanMessaging.Client.Tests.Live;

public sealed class ChangePublisherTests : IAsyncDisposable
{
    private readonly ChangePublisher _publisher = new(NullLogger.Instance);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _publisher.DisposeAsync();

    [Fact]
    public async Task Changes_AddedInAnOrder_AreReportedInThatOrderToAllOneAtATime()
    {
        var (heard, atOnce, most) = (new List<long>(), 0, 0);
        _publisher.Changed += change =>
        {
            most = Math.Max(most, Interlocked.Increment(ref atOnce));
            heard.Add(NumberOf(change));
            Interlocked.Decrement(ref atOnce);
        };
        var (one, other) = (ReadAllAsync(), ReadAllAsync());

        for (var number = 1; number <= 500; number++)
            _publisher.Add(Change(number));
        await _publisher.DisposeAsync();

        var all = Enumerable.Range(1, 500).Select(number => (long)number).ToList();
        heard.ShouldBe(all);
        (await one).ShouldBe(all);
        (await other).ShouldBe(all);
        most.ShouldBe(1);
    }

    [Fact]
    public async Task Handler_ThatThrows_AffectsNoOtherHandlerAndNoOtherChange()
    {
        var heard = new List<long>();
        _publisher.Changed += _ => throw new InvalidOperationException("A handler's own fault.");
        _publisher.Changed += change => heard.Add(NumberOf(change));

        _publisher.Add(Change(1));
        _publisher.Add(Change(2));
        await _publisher.DisposeAsync();

        heard.ShouldBe([1, 2]);
    }

    [Fact]
    public async Task Handler_ThatAddsAChange_IsReportedOfItNext()
    {
        var heard = new List<long>();
        using var areAdded = new ManualResetEventSlim();
        _publisher.Changed += change =>
        {
            heard.Add(NumberOf(change));
            if (NumberOf(change) != 1)
                return;

            areAdded.Wait(Cancellation);
            _publisher.Add(Change(3));
        };

        _publisher.Add(Change(1));
        _publisher.Add(Change(2));
        areAdded.Set();
        await Eventually.TrueAsync(() => heard.Count == 3, "The feed does not deliver the changes.");
        await _publisher.DisposeAsync();

        heard.ShouldBe([1, 2, 3]);
    }

    [Fact]
    public async Task Read_AfterTheEnd_IsOverAtOnce()
    {
        await _publisher.DisposeAsync();
        _publisher.Add(Change(1));

        (await ReadAllAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Read_ThatWasLeftOrNeverBegun_GathersNothing()
    {
        var left = LeaveAfterOneAsync();
        _ = _publisher.ReadAsync(Cancellation);
        _publisher.Readers.ShouldBe(1);

        _publisher.Add(Change(1));
        await left;

        _publisher.Readers.ShouldBe(0);
    }

    private static ReadAdvanced Change(long number) => new(Given.ConversationId, Given.Ines.Id, number);

    private static long NumberOf(SessionChange change) => ((ReadAdvanced)change).LastReadSequence;

    /// <summary>Starts reading; reading has begun when the method returns.</summary>
    private async Task<List<long>> ReadAllAsync()
    {
        var numbers = new List<long>();
        await foreach (var change in _publisher.ReadAsync(Cancellation))
            numbers.Add(NumberOf(change));

        return numbers;
    }

    private async Task LeaveAfterOneAsync()
    {
        await foreach (var _ in _publisher.ReadAsync(Cancellation))
            break;
    }
}
