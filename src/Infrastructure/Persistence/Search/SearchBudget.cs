using System.Diagnostics;

namespace CleanMessaging.Infrastructure.Persistence.Search;

/// <summary>The time that is left of the budget of a search. The first message is always searched, so that every search goes on.</summary>
internal sealed class SearchBudget(TimeSpan time, CancellationToken cancellationToken)
{
    private readonly long _started = Stopwatch.GetTimestamp();
    private bool _isBegun;

    /// <summary>Whether there is time for further work.</summary>
    public bool HasTime => Stopwatch.GetElapsedTime(_started) < time;

    /// <summary>Whether there is time for a further message; true for the first one. Call it before each message.</summary>
    /// <exception cref="OperationCanceledException">The caller has canceled.</exception>
    public bool Begin()
    {
        cancellationToken.ThrowIfCancellationRequested();
        var mayBegin = HasTime || !_isBegun;
        _isBegun = true;

        return mayBegin;
    }
}
