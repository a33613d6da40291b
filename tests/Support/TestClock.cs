namespace CleanMessaging.Tests.Support;

/// <summary>The system's clock, until a test moves it or makes it stand still.</summary>
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

    /// <summary>Moves the clock, forward or back; it goes on from there.</summary>
    public void Shift(TimeSpan by)
    {
        lock (_lock)
        {
            _shift += by;
            _frozenAt += by;
        }
    }

    /// <summary>Stands still at an instant, until moved or released.</summary>
    public void FreezeAt(DateTimeOffset instant)
    {
        lock (_lock)
            _frozenAt = instant;
    }

    /// <summary>Goes with the system's clock again.</summary>
    public void Release()
    {
        lock (_lock)
        {
            _frozenAt = null;
            _shift = TimeSpan.Zero;
        }
    }
}
