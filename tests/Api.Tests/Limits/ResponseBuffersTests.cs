using CleanMessaging.Infrastructure.Limits;

namespace CleanMessaging.Api.Tests.Limits;

public sealed class ResponseBuffersTests
{
    private const int Budget = 1024 * 1024;

    private readonly ResponseBuffers _buffers = new(
        Microsoft.Extensions.Options.Options.Create(new LimitOptions { ResponseBufferBytes = Budget }));

    [Fact]
    public void Reserve_OfOneCaller_ReachesAQuarterOfWhatIsFree()
    {
        _buffers.TryReserve("a", (Budget / 4) + 1).ShouldBeFalse();
        _buffers.TryReserve("a", Budget / 8).ShouldBeTrue();
        _buffers.TryReserve("a", Budget / 8).ShouldBeTrue();
        _buffers.TryReserve("a", 1).ShouldBeFalse();
        _buffers.Used.ShouldBe(Budget / 4);

        _buffers.Release("a", Budget / 4);

        _buffers.Used.ShouldBe(0);
        _buffers.TryReserve("a", Budget / 4).ShouldBeTrue();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(20)]
    [InlineData(100)]
    public void Reserve_ByManyWhoTakeAllTheyCan_LeavesSomeForAnother(int greedy)
    {
        const int Step = 256;
        for (var round = 0; round < Budget / Step; round++)
        {
            for (var caller = 0; caller < greedy; caller++)
                _buffers.TryReserve($"greedy {caller}", Step);
        }

        var free = 3 * Budget / (greedy + 3);

        _buffers.Used.ShouldBeLessThanOrEqualTo(Budget - free);
        _buffers.TryReserve("other", free / 4).ShouldBeTrue();
    }

    [Fact]
    public async Task Reserve_InParallel_NeverExceedsTheBudgetAndEndsEmpty()
    {
        var most = 0L;
        await Task.WhenAll(Enumerable.Range(0, 8).Select(caller => Task.Run(() =>
        {
            for (var round = 0; round < 20_000; round++)
            {
                if (!_buffers.TryReserve($"{caller % 4}", 50_000))
                    continue;

                most = Math.Max(most, _buffers.Used);
                _buffers.Release($"{caller % 4}", 50_000);
            }
        })));

        most.ShouldBeInRange(50_000, Budget);
        _buffers.Used.ShouldBe(0);
    }
}
