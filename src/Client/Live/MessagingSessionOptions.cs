using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace CleanMessaging.Client;

/// <summary>Options of a <see cref="MessagingSession"/>. The defaults suit interactive chat.</summary>
public sealed record MessagingSessionOptions
{
    private const int PageSizeMax = 100;

    private static readonly TimeSpan _longest = TimeSpan.FromDays(1);

    /// <summary>The number of conversations and messages in the first page, 1 to 100; 50 by default.</summary>
    public int PageSize { get; init; } = 50;

    /// <summary>
    /// The interval at which an open conversation is synchronized even if nothing indicates a missing change; an hour by default, at most a
    /// day. Missing changes are usually found earlier: by a gap, by any event of the conversation, by the server's request, or by
    /// <see cref="ListCheck"/>.
    /// </summary>
    public TimeSpan ConversationCheck { get; init; } = TimeSpan.FromHours(1);

    /// <summary>
    /// The interval at which the list of conversations is requested, and compared with the open conversations; 15 minutes by default, at
    /// most a day.
    /// </summary>
    public TimeSpan ListCheck { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>The interval at which the quota is requested even if no message was sent; 30 minutes by default, at most a day.</summary>
    public TimeSpan QuotaCheck { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>
    /// The interval at which the session polls over REST while live connections cannot be used; 10 seconds by default, at most a day.
    /// </summary>
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// The time limit of a call to the hub; 10 seconds by default, at most a day. The server's own limit for a response is 6 seconds.
    /// </summary>
    public TimeSpan HubCallTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// The longest delay before the second attempt to connect or send; half a second by default. It doubles with each failure.
    /// </summary>
    public TimeSpan FirstRetry { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>
    /// The longest delay between two attempts; 30 seconds by default, at most a day. The number of attempts is unlimited.
    /// </summary>
    public TimeSpan LongestRetry { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// The longest delay between two attempts to connect while the session is in the foreground, unless the server asks for more; 4 seconds
    /// by default, at most a day. With the default, the session is connected within 5 seconds after the server is available again.
    /// </summary>
    public TimeSpan LongestForegroundRetry { get; init; } = TimeSpan.FromSeconds(4);

    /// <summary>
    /// Returns whether the device has a network, as far as it knows; always true by default. Without a network and a connection, and
    /// for 30 seconds after a connected session has lost its network, the session does not begin to send messages, so that the user can
    /// still change or withdraw them. Call <see cref="MessagingSession.RetryNow"/> when it is back.
    /// </summary>
    public Func<bool> HasNetwork { get; init; } = static () => true;

    /// <summary>The logger for failures; none by default. Message texts and tokens are never logged.</summary>
    public ILogger Logger { get; init; } = NullLogger.Instance;

    /// <exception cref="ArgumentOutOfRangeException">An option is out of range.</exception>
    internal void EnsureInRange()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(PageSize, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(PageSize, PageSizeMax);
        EnsureInRange(ConversationCheck, nameof(ConversationCheck));
        EnsureInRange(ListCheck, nameof(ListCheck));
        EnsureInRange(QuotaCheck, nameof(QuotaCheck));
        EnsureInRange(PollInterval, nameof(PollInterval));
        EnsureInRange(HubCallTimeout, nameof(HubCallTimeout));
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
