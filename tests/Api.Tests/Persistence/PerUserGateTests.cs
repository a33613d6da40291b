using CleanMessaging.Infrastructure.Persistence;

namespace CleanMessaging.Api.Tests.Persistence;

public sealed class PerUserGateTests
{
    private static readonly Guid _ines = Guid.CreateVersion7();
    private static readonly Guid _stan = Guid.CreateVersion7();

    private readonly PerUserGate _gate = new();

    [Fact]
    public async Task Take_OfTheSameUser_WaitsInTheOrderOfComing()
    {
        var held = await TakeAllAsync();
        var second = TakeAsync(_ines);
        var third = TakeAsync(_ines);
        second.IsCompleted.ShouldBeFalse();

        held[0].Dispose();
        using var turn = await second;
        third.IsCompleted.ShouldBeFalse();

        held[1].Dispose();
        (await third).Dispose();
    }

    [Fact]
    public async Task Take_OfAnotherUser_DoesNotWait()
    {
        await TakeAllAsync();

        var other = TakeAsync(_stan);

        other.IsCompletedSuccessfully.ShouldBeTrue();
        (await other).Dispose();
    }

    [Fact]
    public async Task Take_CanceledWhileWaiting_LetsTheNextMoveUp()
    {
        using var leaving = new CancellationTokenSource();
        var held = await TakeAllAsync();
        var leaver = _gate.EnterAsync(_ines, leaving.Token).AsTask();
        var next = TakeAsync(_ines);

        await leaving.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => leaver);
        held[0].Dispose();

        (await next).Dispose();
    }

    [Fact]
    public async Task Take_ByManyAtOnce_IsHeldByAFewAtATimeAndLeavesNothingBehind()
    {
        var holders = 0;

        await Parallel.ForEachAsync(
            Enumerable.Range(0, 1000),
            new ParallelOptions { MaxDegreeOfParallelism = 16 },
            async (_, cancellationToken) =>
        {
            using var held = await _gate.EnterAsync(_ines, cancellationToken);
            Interlocked.Increment(ref holders).ShouldBeLessThanOrEqualTo(PerUserGate.AtOnce);
            await Task.Yield();
            Interlocked.Decrement(ref holders);
        });

        _gate.Count.ShouldBe(0);
    }

    private async Task<IReadOnlyList<IDisposable>> TakeAllAsync()
    {
        var held = new List<IDisposable>();
        while (held.Count < PerUserGate.AtOnce)
            held.Add(await TakeAsync(_ines));

        return held;
    }

    private Task<IDisposable> TakeAsync(Guid of) => _gate.EnterAsync(of, TestContext.Current.CancellationToken).AsTask();
}
