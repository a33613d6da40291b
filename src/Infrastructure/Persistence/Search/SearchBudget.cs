using System.Diagnostics;

namespace CleanMessaging.Infrastructure.Persistence.Search;

/// <summary>
/// What is left of the budget of a search: a time, and a length of texts that is searched however long it takes, so that a search always
/// goes on, and a short one is complete also on a busy machine.
/// </summary>
internal sealed class SearchBudget(TimeSpan time, CancellationToken cancellationToken)
{
    /// <summary>The length of texts that is searched in any case, in UTF-16 units: about 2,000 messages of usual length.</summary>
    public const int LengthInAnyCase = 100_000;

    private readonly long _started = Stopwatch.GetTimestamp();
    private long _searchedLength;

    /// <summary>Whether there is something left.</summary>
    public bool IsLeft => _searchedLength < LengthInAnyCase || Stopwatch.GetElapsedTime(_started) < time;

    /// <summary>Returns whether a text may be searched, and counts it.</summary>
    /// <exception cref="OperationCanceledException">The caller has canceled.</exception>
    public bool TryUse(string? text)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (!IsLeft)
            return false;

        _searchedLength += text?.Length ?? 0;

        return true;
    }
}
