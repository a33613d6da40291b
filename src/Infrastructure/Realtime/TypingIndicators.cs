using CleanMessaging.Application.Conversations;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Infrastructure.Limits;

namespace CleanMessaging.Infrastructure.Realtime;

/// <summary>
/// Stores the latest typing event of each user and conversation in memory, from this and the other servers, so that a client sees who is
/// typing right after it connects. Bounded: expired entries are removed when others are added. Thread-safe.
/// </summary>
internal sealed class TypingIndicators(TimeProvider clock) : ITypingIndicators
{
    public const int EntriesMax = 100_000;

    /// <summary>
    /// The maximum number of events of a user that the participants of a conversation receive in <see cref="_window"/>, over all
    /// connections of the user.
    /// </summary>
    private const int EventsMax = 5;

    private static readonly TimeSpan _window = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private readonly RecentEntries<(ConversationId ConversationId, UserId UserId), Entry> _entries =
        new(EntriesMax, MessagingHub.TypingLifetime);

    /// <summary>The number of entries, including expired ones.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
                return _entries.Count;
        }
    }

    /// <summary>
    /// Stores an event. Returns whether clients should receive it: it is not older than the latest one, and not too frequent.
    /// </summary>
    public bool Add(UserTyped typed)
    {
        var now = clock.GetUtcNow();
        lock (_gate)
        {
            var entry = _entries.Use((typed.ConversationId, typed.UserId), now);
            if (entry.Latest is { } latest && IsCurrent(entry, now) && IsBefore(typed, latest.Sequence, entry.Until))
                return false;

            entry.Latest = typed;
            entry.Until = Earlier(typed.Until, now + MessagingHub.TypingLifetime);
            if ((now - entry.WindowStart).Duration() >= _window)
                (entry.WindowStart, entry.Events) = (now, 0);

            return ++entry.Events <= EventsMax;
        }
    }

    public TypingIndicator? Find(ConversationId conversationId, UserId userId)
    {
        var now = clock.GetUtcNow();
        lock (_gate)
        {
            return _entries.Find((conversationId, userId)) is { Latest: { IsTyping: true } latest } entry && IsCurrent(entry, now)
                ? new TypingIndicator(entry.Until, latest.Sequence)
                : null;
        }
    }

    /// <summary>Whether an entry has not expired. An entry from before the clock was set back counts as expired.</summary>
    private static bool IsCurrent(Entry entry, DateTimeOffset now) =>
        now < entry.Until && entry.Until <= now + MessagingHub.TypingLifetime;

    /// <summary>
    /// Whether an event is older than the latest one. The sequence is the same on all servers; their clocks only decide between events
    /// without a message in between.
    /// </summary>
    private static bool IsBefore(UserTyped typed, long latestSequence, DateTimeOffset latestUntil) =>
        typed.Sequence < latestSequence || (typed.Sequence == latestSequence && typed.Until < latestUntil);

    private static DateTimeOffset Earlier(DateTimeOffset one, DateTimeOffset other) => one < other ? one : other;

    private sealed class Entry
    {
        public UserTyped? Latest { get; set; }

        /// <summary>
        /// When the indicator expires: no later than a full lifetime after its arrival, also if another server's clock is ahead.
        /// </summary>
        public DateTimeOffset Until { get; set; }

        public DateTimeOffset WindowStart { get; set; }

        /// <summary>The number of events since <see cref="WindowStart"/>.</summary>
        public int Events { get; set; }
    }
}
