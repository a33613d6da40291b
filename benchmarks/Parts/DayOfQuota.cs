using BenchmarkDotNet.Attributes;
using CleanMessaging.Domain.Quotas;

namespace CleanMessaging.Benchmarks.Parts;

/// <summary>
/// Measures the calculation of the start of a quota day, which every send needs: in time zones without and with clock changes, and near a
/// clock change.
/// </summary>
[MemoryDiagnoser]
public class DayOfQuota
{
    private static readonly DateOnly _ordinary = new(2026, 3, 2);
    private static readonly DateOnly _afterSkippedMidnight = new(2024, 10, 6);
    private static readonly QuotaPolicy _utc = QuotaPolicy.Default;
    private static readonly QuotaPolicy _berlin = new(20, 10, TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin"));
    private static readonly QuotaPolicy _asuncion = new(20, 10, TimeZoneInfo.FindSystemTimeZoneById("America/Asuncion"));

    [Benchmark(Baseline = true)]
    public DateTimeOffset Utc() => _utc.StartOf(_ordinary);

    [Benchmark]
    public DateTimeOffset ZoneWithClockChanges() => _berlin.StartOf(_ordinary);

    [Benchmark]
    public DateTimeOffset SkippedMidnight() => _asuncion.StartOf(_afterSkippedMidnight);
}
