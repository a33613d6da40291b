using System.Diagnostics;

namespace CleanMessaging.Tests.Support;

/// <summary>Polls a condition until it is true; fails after 30 seconds with the given message.</summary>
public static class Eventually
{
    private static readonly TimeSpan _waitLimit = TimeSpan.FromSeconds(30);

    public static Task TrueAsync(Func<bool> condition, string what) => TrueAsync(() => Task.FromResult(condition()), what);

    public static async Task TrueAsync(Func<Task<bool>> condition, string what)
    {
        var started = Stopwatch.GetTimestamp();
        while (!await condition())
        {
            Stopwatch.GetElapsedTime(started).ShouldBeLessThan(_waitLimit, what);
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }
    }
}
