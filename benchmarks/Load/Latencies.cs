namespace CleanMessaging.Benchmarks.Load;

/// <summary>Collects individual latencies from several threads, in microseconds.</summary>
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

    /// <summary>Returns a percentile in milliseconds.</summary>
    /// <param name="part">The percentile as a fraction, 0 to 1.</param>
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
