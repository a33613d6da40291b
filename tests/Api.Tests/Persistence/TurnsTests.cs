using CleanMessaging.Infrastructure.Persistence;

namespace CleanMessaging.Api.Tests.Persistence;

public sealed class TurnsTests
{
    private static readonly Guid _ines = Guid.CreateVersion7();
    private static readonly Guid _stan = Guid.CreateVersion7();

    private readonly Turns _turns = new();

    [Fact]
    public async Task Take_OfTheSameUser_WaitsInTheOrderOfComing()
    {
        var first = await TakeAsync(_ines);
        var second = TakeAsync(_ines);
        var third = TakeAsync(_ines);
        second.IsCompleted.ShouldBeFalse();

        first.Dispose();
        var held = await second;
        third.IsCompleted.ShouldBeFalse();

        held.Dispose();
        (await third).Dispose();
    }

    [Fact]
    public async Task Take_OfAnotherUser_DoesNotWait()
    {
        using var held = await TakeAsync(_ines);

        var other = TakeAsync(_stan);

        other.IsCompletedSuccessfully.ShouldBeTrue();
        (await other).Dispose();
    }

    [Fact]
    public async Task Take_CanceledWhileWaiting_LetsTheNextMoveUp()
    {
        using var leaving = new CancellationTokenSource();
        var held = await TakeAsync(_ines);
        var leaver = _turns.TakeAsync(_ines, leaving.Token).AsTask();
        var next = TakeAsync(_ines);

        await leaving.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => leaver);
        held.Dispose();

        (await next).Dispose();
    }

    [Fact]
    public async Task Take_ByManyAtOnce_IsHeldByOneAtATimeAndLeavesNothingBehind()
    {
        var holders = 0;

        await Parallel.ForEachAsync(Enumerable.Range(0, 1000), new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (_, cancellationToken) =>
        {
            using var held = await _turns.TakeAsync(_ines, cancellationToken);
            Interlocked.Increment(ref holders).ShouldBe(1);
            await Task.Yield();
            Interlocked.Decrement(ref holders);
        });

        _turns.Count.ShouldBe(0);
    }

    private Task<IDisposable> TakeAsync(Guid of) => _turns.TakeAsync(of, TestContext.Current.CancellationToken).AsTask();
}
