using CleanMessaging.Domain.Ids;
using CleanMessaging.Infrastructure.Limits;

namespace CleanMessaging.Infrastructure.Realtime.Events;

/// <summary>
/// Stores the ids of messages that were deleted recently, on this and other servers, so that a <c>NewMessage</c> that still waits in a
/// queue is not sent after the deletion. Bounded. Thread-safe.
/// </summary>
internal sealed class RecentDeletions(TimeProvider clock)
{
    /// <summary>As many as the queue of new messages can hold.</summary>
    private const int EntriesMax = 10_000;

    /// <summary>Longer than an event waits in a queue or for the backplane.</summary>
    private static readonly TimeSpan _lifetime = TimeSpan.FromMinutes(10);

    private readonly Lock _gate = new();
    private readonly RecentEntries<MessageId, object> _entries = new(EntriesMax, _lifetime);

    public void Add(MessageId messageId)
    {
        lock (_gate)
            _entries.Use(messageId, clock.GetUtcNow());
    }

    public bool Contains(MessageId messageId)
    {
        lock (_gate)
            return _entries.Find(messageId) is not null;
    }
}
