namespace CleanMessaging.WebClient.Browser;

/// <summary>Calls back once a second, for texts that depend on the time. The timer runs only while there are callbacks.</summary>
internal sealed class Seconds(TimeProvider clock)
{
    private readonly List<Action> _listeners = [];
    private ITimer? _timer;

    /// <summary>Calls back each second until the result is disposed.</summary>
    public IDisposable Each(Action listener)
    {
        _listeners.Add(listener);
        _timer ??= clock.CreateTimer(_ => Beat(), null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));

        return new Listening(this, listener);
    }

    private void Beat()
    {
        foreach (var listener in _listeners.ToArray())
            listener();
    }

    private void Remove(Action listener)
    {
        _listeners.Remove(listener);
        if (_listeners.Count > 0)
            return;

        _timer?.Dispose();
        _timer = null;
    }

    private sealed class Listening(Seconds seconds, Action listener) : IDisposable
    {
        public void Dispose() => seconds.Remove(listener);
    }
}
