namespace CleanMessaging.Tests.Support;

/// <summary>The system clock, which a test can shift or stop.</summary>
public sealed class TestClock : TimeProvider
{
    private readonly Lock _lock = new();
    private TimeSpan _shift = TimeSpan.Zero;
    private DateTimeOffset? _frozenAt;

    public override DateTimeOffset GetUtcNow()
    {
        lock (_lock)
            return _frozenAt ?? System.GetUtcNow() + _shift;
    }

    /// <summary>Shifts the clock forward or back; it continues to run from there.</summary>
    public void Shift(TimeSpan by)
    {
        lock (_lock)
        {
            _shift += by;
            _frozenAt += by;
        }
    }

    /// <summary>Stops the clock at an instant, until it is shifted or released.</summary>
    public void FreezeAt(DateTimeOffset instant)
    {
        lock (_lock)
            _frozenAt = instant;
    }

    /// <summary>Follows the system clock again.</summary>
    public void Release()
    {
        lock (_lock)
        {
            _frozenAt = null;
            _shift = TimeSpan.Zero;
        }
    }
}
