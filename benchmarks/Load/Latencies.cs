namespace CleanMessaging.Benchmarks.Load;

/// <summary>Times that many threads add to; in microseconds, as they are.</summary>
internal sealed class Latencies
{
    private readonly Lock _gate = new();
    private readonly List<double> _microseconds = [];

    public int Count
    {
        get
        {
            lock (_gate)
                return _microseconds.Count;
        }
    }

    public void Add(TimeSpan time)
    {
        lock (_gate)
            _microseconds.Add(time.TotalMicroseconds);
    }

    /// <summary>The time that a part of all does not exceed, in milliseconds.</summary>
    /// <param name="part">0 to 1.</param>
    public double Percentile(double part)
    {
        lock (_gate)
        {
            if (_microseconds.Count == 0)
                return double.NaN;

            _microseconds.Sort();

            return _microseconds[Math.Min(_microseconds.Count - 1, (int)(part * _microseconds.Count))] / 1000;
        }
    }
}
