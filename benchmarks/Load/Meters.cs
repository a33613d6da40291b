using System.Diagnostics;

namespace CleanMessaging.Benchmarks.Load;

/// <param name="PerSecond">Accepted requests.</param>
/// <param name="Rejected">Requests that were not accepted.</param>
/// <param name="ServerCpu">Of the server, for each accepted request.</param>
/// <param name="DatabaseCpu">Of PostgreSQL, for each accepted request.</param>
/// <param name="GeneratorCpu">Of this process, for each accepted request.</param>
internal sealed record LoadResult(
    double PerSecond, int Rejected, TimeSpan ServerCpu, TimeSpan DatabaseCpu, TimeSpan GeneratorCpu, double MedianMs, double P99Ms)
{
    /// <summary>The columns of a table, in microseconds and milliseconds.</summary>
    public double[] Figures =>
    [
        PerSecond,
        Rejected,
        ServerCpu.TotalMicroseconds,
        DatabaseCpu.TotalMicroseconds,
        GeneratorCpu.TotalMicroseconds,
        MedianMs,
        P99Ms,
    ];
}

/// <summary>Measures elapsed time and the CPU time of all processes since its creation.</summary>
internal sealed class Meters(IReadOnlyList<Target> targets, int postmaster)
{
    private readonly long _began = Stopwatch.GetTimestamp();
    private readonly TimeSpan _servers = CpuOf(targets);
    private readonly TimeSpan _database = CpuMeter.OfFamily(postmaster);
    private readonly TimeSpan _generator = CpuMeter.OfProcess(Environment.ProcessId);

    public TimeSpan Elapsed => Stopwatch.GetElapsedTime(_began);

    public LoadResult Result(Latencies latencies, int rejected)
    {
        var elapsed = Elapsed;
        var accepted = Math.Max(1, latencies.Count);

        return new LoadResult(
            latencies.Count / elapsed.TotalSeconds,
            rejected,
            (CpuOf(targets) - _servers) / accepted,
            (CpuMeter.OfFamily(postmaster) - _database) / accepted,
            (CpuMeter.OfProcess(Environment.ProcessId) - _generator) / accepted,
            latencies.Percentile(0.5),
            latencies.Percentile(0.99));
    }

    private static TimeSpan CpuOf(IReadOnlyList<Target> targets) =>
        targets.Aggregate(TimeSpan.Zero, (sum, target) => sum + CpuMeter.OfProcess(target.ProcessId));
}
