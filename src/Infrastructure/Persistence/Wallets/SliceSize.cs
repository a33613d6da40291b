using System.Diagnostics;

namespace CleanMessaging.Infrastructure.Persistence.Wallets;

/// <summary>
/// How many rows of a table one slice reads: as many as take about <see cref="Wanted"/> where the database is, which depends on its disks and on
/// what else it does. One slice at a time.
/// </summary>
/// <param name="min">At least 2, so that every slice gets further than the one before.</param>
internal sealed class SliceSize(int min, int max)
{
    public const int Min = 100;
    public const int Max = 10_000;

    /// <summary>Short enough that a snapshot holds back no clean-up, and that a step ends in time.</summary>
    public static readonly TimeSpan Wanted = TimeSpan.FromMilliseconds(150);

    public int Current { get; private set; } = Math.Clamp(1000, min, max);

    /// <summary>Reads a slice of the current size, and chooses the next size by how long that took.</summary>
    public async Task<T> ChooseAsync<T>(Func<long, Task<T>> read)
    {
        var started = Stopwatch.GetTimestamp();
        try
        {
            var slice = await read(Current);
            Take(Stopwatch.GetElapsedTime(started));

            return slice;
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // Too long for a statement, perhaps: the next attempt asks for less.
            Current = Math.Max(min, Current / 2);
            throw;
        }
    }

    /// <summary>At most twice as many, and at least half as many as before: one odd measurement is no reason for more.</summary>
    public void Take(TimeSpan elapsed)
    {
        var factor = Math.Clamp(Wanted / (elapsed + TimeSpan.FromMilliseconds(1)), 0.5, 2);
        Current = (int)Math.Clamp(Current * factor, min, max);
    }
}
