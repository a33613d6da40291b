using CleanMessaging.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace CleanMessaging.Client.Tests.Live;

public sealed class ChangeFeedTests : IAsyncDisposable
{
    private readonly ChangeFeed _feed = new(NullLogger.Instance);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _feed.DisposeAsync();

    [Fact]
    public async Task Changes_AddedInAnOrder_AreToldInThatOrderToAllOneAtATime()
    {
        var (heard, atOnce, most) = (new List<long>(), 0, 0);
        _feed.Changed += change =>
        {
            most = Math.Max(most, Interlocked.Increment(ref atOnce));
            heard.Add(NumberOf(change));
            Interlocked.Decrement(ref atOnce);
        };
        var (one, other) = (ReadAllAsync(), ReadAllAsync());

        for (var number = 1; number <= 500; number++)
            _feed.Add(Change(number));
        await _feed.DisposeAsync();

        var all = Enumerable.Range(1, 500).Select(number => (long)number).ToList();
        heard.ShouldBe(all);
        (await one).ShouldBe(all);
        (await other).ShouldBe(all);
        most.ShouldBe(1);
    }

    [Fact]
    public async Task Handler_ThatThrows_SilencesNobodyAndNothing()
    {
        var heard = new List<long>();
        _feed.Changed += _ => throw new InvalidOperationException("A handler's own fault.");
        _feed.Changed += change => heard.Add(NumberOf(change));

        _feed.Add(Change(1));
        _feed.Add(Change(2));
        await _feed.DisposeAsync();

        heard.ShouldBe([1, 2]);
    }

    [Fact]
    public async Task Handler_ThatAddsAChange_IsToldOfItNext()
    {
        var heard = new List<long>();
        _feed.Changed += change =>
        {
            heard.Add(NumberOf(change));
            if (NumberOf(change) == 1)
                _feed.Add(Change(3));
        };

        _feed.Add(Change(1));
        _feed.Add(Change(2));
        await Eventually.TrueAsync(() => heard.Count == 3, "The feed does not deliver the changes.");
        await _feed.DisposeAsync();

        heard.ShouldBe([1, 2, 3]);
    }

    [Fact]
    public async Task Read_AfterTheEnd_IsOverAtOnce()
    {
        await _feed.DisposeAsync();
        _feed.Add(Change(1));

        (await ReadAllAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Read_ThatWasLeftOrNeverBegun_GathersNothing()
    {
        var left = LeaveAfterOneAsync();
        _ = _feed.ReadAsync(Cancellation);
        _feed.Readers.ShouldBe(1);

        _feed.Add(Change(1));
        await left;

        _feed.Readers.ShouldBe(0);
    }

    private static ReadAdvanced Change(long number) => new(Given.ConversationId, Given.Ines.Id, number);

    private static long NumberOf(SessionChange change) => ((ReadAdvanced)change).LastReadSequence;

    /// <summary>Starts reading; reading has begun when the method returns.</summary>
    private async Task<List<long>> ReadAllAsync()
    {
        var numbers = new List<long>();
        await foreach (var change in _feed.ReadAsync(Cancellation))
            numbers.Add(NumberOf(change));

        return numbers;
    }

    private async Task LeaveAfterOneAsync()
    {
        await foreach (var _ in _feed.ReadAsync(Cancellation))
            break;
    }
}
