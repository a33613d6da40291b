using CleanMessaging.Infrastructure.Attachments.Inspection;
using CleanMessaging.Infrastructure.Errors;
using CleanMessaging.Infrastructure.Limits;
using Microsoft.Extensions.Logging.Abstractions;

namespace CleanMessaging.Api.Tests.Attachments.Inspection;

public sealed class InspectionQueueTests
{
    [Fact]
    public async Task Images_BeyondThoseThatWait_AreRejectedUntilOneIsConverted()
    {
        using var queue = Create(TimeSpan.FromMinutes(1));
        var first = await queue.EnterImagesAsync(Cancellation);
        var waiting = Enumerable.Range(0, InspectionQueue.ImagesWaitingMax).Select(_ => queue.EnterImagesAsync(Cancellation)).ToList();

        (await CodeOfAsync(queue.EnterImagesAsync(Cancellation))).ShouldBe("server.busy");

        waiting.ShouldAllBe(lease => !lease.IsCompleted);
        first.Dispose();
        var second = await waiting[0];
        var last = queue.EnterImagesAsync(Cancellation);
        foreach (var lease in waiting.Skip(1).Append(last))
        {
            second.Dispose();
            second = await lease;
        }

        second.Dispose();
    }

    [Fact]
    public async Task Inspections_AsManyAsMayRunAndWait_AreAccepted()
    {
        using var queue = Create(TimeSpan.FromMinutes(1));
        var accepted = Enumerable.Range(0, InspectionQueue.InspectionsAtOnce + InspectionQueue.InspectionsWaitingMax).Select(_ => queue.EnterAsync(Cancellation)).ToList();

        (await CodeOfAsync(queue.EnterAsync(Cancellation))).ShouldBe("server.busy");

        accepted.Count(lease => lease.IsCompletedSuccessfully).ShouldBe(InspectionQueue.InspectionsAtOnce);
        foreach (var lease in accepted)
            (await lease).Dispose();
    }

    [Theory]
    [InlineData(8, 64_000, 7)]
    [InlineData(8, 6_144, 4)]
    [InlineData(8, 6_143, 3)]
    [InlineData(8, 512, 1)]
    [InlineData(1, 64_000, 1)]
    public void Images_AtTheSameTime_FitIntoTheCoresAndHalfOfTheMemory(int cores, long mebibytes, int images) =>
        InspectionQueue.ImagesAtOnce(cores, mebibytes << 20, memoryOfImage: 768 << 20).ShouldBe(images);

    [Fact]
    public async Task Image_ThatWaitsTooLong_IsRejected()
    {
        using var queue = Create(TimeSpan.FromMilliseconds(50));
        using var first = await queue.EnterImagesAsync(Cancellation);

        (await CodeOfAsync(queue.EnterImagesAsync(Cancellation))).ShouldBe("server.busy");
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static InspectionQueue Create(TimeSpan wait) =>
        new(new LimitLog(NullLogger<LimitLog>.Instance, TimeProvider.System), imagesAtOnce: 1, wait);

    private static async Task<string> CodeOfAsync(Task entering) =>
        (await Should.ThrowAsync<RequestRejectedException>(entering)).Problem.Code;
}
