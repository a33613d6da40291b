using System.Diagnostics;

namespace CleanMessaging.Infrastructure.Persistence.Wallets;

/// <summary>
/// Adapts the number of rows that one slice reads, so that a slice takes about <see cref="Wanted"/>. The number depends on the database's
/// disks and its other load. One slice at a time.
/// </summary>
/// <param name="min">At least 2, so that every slice gets further than the one before.</param>
internal sealed class SliceSize(int min, int max)
{
    public const int Min = 100;
    public const int Max = 10_000;

    /// <summary>Short enough that a snapshot does not hold back vacuum, and that a step ends in time.</summary>
    public static readonly TimeSpan Wanted = TimeSpan.FromMilliseconds(150);

    public int Current { get; private set; } = Math.Clamp(1000, min, max);

    /// <summary>Reads a slice of the current size, and chooses the next size by the time it took.</summary>
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
            // The slice may be too long for the statement time limit: the next attempt reads fewer rows.
            Current = Math.Max(min, Current / 2);
            throw;
        }
    }

    /// <summary>Changes the size by at most a factor of two, so that a single outlier has little effect.</summary>
    public void Take(TimeSpan elapsed)
    {
        var factor = Math.Clamp(Wanted / (elapsed + TimeSpan.FromMilliseconds(1)), 0.5, 2);
        Current = (int)Math.Clamp(Current * factor, min, max);
    }
}
