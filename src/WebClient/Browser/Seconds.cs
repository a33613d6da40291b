namespace CleanMessaging.WebClient.Browser;

/// <summary>Beats once a second, for whatever changes with the time, and only while something does.</summary>
internal sealed class Seconds(TimeProvider clock)
{
    private readonly List<Action> _listeners = [];
    private ITimer? _timer;

    /// <summary>Calls each second until what is returned is disposed.</summary>
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
