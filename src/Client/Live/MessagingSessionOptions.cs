using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace CleanMessaging.Client;

/// <summary>How a <see cref="MessagingSession"/> goes about its work. The defaults suit people who chat.</summary>
public sealed record MessagingSessionOptions
{
    private const int PageSizeMax = 100;

    private static readonly TimeSpan _longest = TimeSpan.FromDays(1);

    /// <summary>How many conversations and messages are read at first, 1 to 100; 50 by default.</summary>
    public int PageSize { get; init; } = 50;

    /// <summary>
    /// How often an open conversation is compared with the server although nothing seems to be missing, so that a lost last event is found too;
    /// 30 seconds by default, at most a day.
    /// </summary>
    public TimeSpan ConversationCheck { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The same for the list of conversations and the quota; 2 minutes by default, at most a day.</summary>
    public TimeSpan ListCheck { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>The most that is waited before the second attempt to connect or send; half a second by default. It doubles with each failure.</summary>
    public TimeSpan FirstRetry { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>The most that is ever waited between two attempts; 30 seconds by default. At most a day. There is no last attempt.</summary>
    public TimeSpan LongestRetry { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// The most that is waited between two attempts to connect while the session is in the foreground, unless the server asks for more; 4 seconds
    /// by default, so that it is back within 5 seconds after the server is. At most a day.
    /// </summary>
    public TimeSpan LongestForegroundRetry { get; init; } = TimeSpan.FromSeconds(4);

    /// <summary>Told what goes wrong, never a text or a token; nobody by default.</summary>
    public ILogger Logger { get; init; } = NullLogger.Instance;

    /// <exception cref="ArgumentOutOfRangeException">One of them is out of its range.</exception>
    internal void EnsureInRange()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(PageSize, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(PageSize, PageSizeMax);
        EnsureInRange(ConversationCheck, nameof(ConversationCheck));
        EnsureInRange(ListCheck, nameof(ListCheck));
        EnsureInRange(FirstRetry, nameof(FirstRetry));
        EnsureInRange(LongestRetry, nameof(LongestRetry));
        EnsureInRange(LongestForegroundRetry, nameof(LongestForegroundRetry));
    }

    private static void EnsureInRange(TimeSpan time, string name)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(time, TimeSpan.Zero, name);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(time, _longest, name);
    }
}
