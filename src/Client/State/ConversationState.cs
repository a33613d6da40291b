using System.Collections.Immutable;

namespace CleanMessaging.Client;

/// <summary>
/// What a client knows about an open conversation: a range of its messages (usually the newest), and the read pointers. Immutable;
/// <see cref="ConversationReducer"/> derives the next state from a change.
/// </summary>
internal sealed record ConversationState
{
    /// <summary>The number of messages kept in addition to those that the user loads.</summary>
    public const int KeptMessages = 1_000;

    /// <summary>The loaded visible messages in the order of the conversation.</summary>
    public ImmutableArray<Message> Messages { get; init; } = [];

    /// <summary>
    /// The deletions in the loaded range, by sequence. A deletion that arrives before its message is kept here, so that the message is not
    /// added afterwards.
    /// </summary>
    public ImmutableSortedDictionary<long, Deletion> Deletions { get; init; } = ImmutableSortedDictionary<long, Deletion>.Empty;

    /// <summary>
    /// The messages outside of the loaded range that replies refer to, by sequence. Changes of them are applied as to loaded messages.
    /// </summary>
    public ImmutableDictionary<long, MessageQuote> Quotes { get; init; } = [];

    /// <summary>The sequences of the messages that the user has hidden, as far as they are known.</summary>
    public ImmutableHashSet<long> Hidden { get; init; } = [];

    /// <summary>The user has cleared the messages up to and including this sequence.</summary>
    public long ClearedThrough { get; init; }

    /// <summary>
    /// The personal revision up to which all hidden messages are known. Null before the first load, and with a server of an earlier
    /// version.
    /// </summary>
    public long? PersonalRevision { get; init; }

    /// <summary>Up to where all changes are known.</summary>
    public RevisionTracker Revisions { get; init; } = RevisionTracker.Empty;

    /// <summary>The sequence by user up to which the user has read the conversation.</summary>
    public ImmutableDictionary<Guid, long> ReadPointers { get; init; } = [];

    /// <summary>The participants; empty until they are known.</summary>
    public IReadOnlyList<Participant> Participants { get; init; } = [];

    /// <summary>The default expiration, and the revision at which it was known.</summary>
    public KnownExpiration Expiration { get; init; }

    /// <summary>Why the conversation cannot be read; null if there is no error.</summary>
    public MessagingException? Failure { get; init; }

    /// <summary>Whether a page was loaded. Before that, the state only collects live changes.</summary>
    public bool IsLoaded => Revisions.IsStarted;

    /// <summary>Whether the next synchronization has to load everything again.</summary>
    public bool IsReloadRequested { get; init; }

    /// <summary>Whether there are visible messages before the loaded ones.</summary>
    public bool HasEarlier { get; init; }

    /// <summary>
    /// Whether there may be messages after the loaded ones. Live messages are then not added, because there would be a gap before them.
    /// </summary>
    public bool HasLater { get; init; }

    /// <summary>The first message of the loaded range, which may have expired; null when the range is empty.</summary>
    public Message? First { get; init; }

    /// <summary>The last sequence of the loaded range while <see cref="HasLater"/> is true.</summary>
    public long End { get; init; }

    /// <summary>The latest revision and the number of the announcement of each known message after the loaded range, by sequence.</summary>
    public ImmutableDictionary<long, (long Revision, int Number)> Later { get; init; } = [];

    /// <summary>How many live changes after the loaded range were announced.</summary>
    public int LaterChanges { get; init; }

    /// <summary>How many live changes before the loaded range were ignored.</summary>
    public int EarlierChanges { get; init; }

    /// <summary>
    /// When each message outside of the loaded range expires, by sequence, as far as changes have said so. A message that was deleted or
    /// has expired has the lowest time. It stays here, because lists of files may still have it.
    /// </summary>
    public ImmutableDictionary<long, DateTimeOffset> UnloadedExpirations { get; init; } = [];

    /// <summary>How often the loaded range was replaced.</summary>
    public int Replacements { get; init; }

    /// <summary>The number of messages at which the oldest ones are removed from memory.</summary>
    public int Capacity { get; init; } = KeptMessages;

    /// <summary>No message, tombstone or quote expires before this time; null when none expires.</summary>
    public DateTimeOffset? NextMessageExpiry { get; init; }

    /// <summary>The sequence up to which every message from the start of the range is loaded or has expired.</summary>
    public long LoadedToSequence => HasLater ? End : Revisions.CompleteSequence;

    /// <summary>The sequence from which all visible messages are loaded; 0 when the beginning of the conversation is loaded.</summary>
    public long LoadedFromSequence => HasEarlier && First is { } first ? first.Sequence : 0;

    /// <summary>The state to keep with the request for a page, to check whether the page still fits.</summary>
    public PageMark Mark => new(Replacements, LaterChanges, EarlierChanges, First?.Id, Revisions.Revision, Revisions.CompleteSequence);

    /// <summary>The newest message before which nothing is missing; null when there is none.</summary>
    public Message? NewestComplete => Messages.LastOrDefault(message => message.Sequence <= Revisions.CompleteSequence);

    /// <summary>Whether all visible messages around a sequence are loaded.</summary>
    public bool Covers(long sequence) => IsLoaded && sequence >= LoadedFromSequence && sequence <= LoadedToSequence;

    /// <summary>Whether a message is known to have expired, or to be deleted or hidden, also if it is not loaded.</summary>
    public bool IsRemoved(long sequence, DateTimeOffset now) =>
        IsHidden(sequence)
        || Deletions.ContainsKey(sequence)
        || (Find(sequence) is { } message ? !message.IsVisibleAt(now) : Covers(sequence) || ExpirationOf(sequence) <= now);

    /// <summary>Returns when a message expires; null for never, or if it is neither loaded nor was changed.</summary>
    public DateTimeOffset? ExpirationOf(long sequence) =>
        Find(sequence) is { } message ? message.ExpiresAt
        : UnloadedExpirations.TryGetValue(sequence, out var expiresAt) ? expiresAt : null;

    /// <summary>Returns a loaded message; null when it is not loaded.</summary>
    public Message? Find(long sequence) => IndexOf(sequence) is >= 0 and var index ? Messages[index] : null;

    /// <summary>Returns the sequence up to which a user has read the conversation.</summary>
    public long ReadBy(Guid userId) => ReadPointers.GetValueOrDefault(userId);

    /// <summary>Returns the lowest read pointer of all participants except one.</summary>
    public long ReadByOthersThan(Guid userId) =>
        ReadPointers.Where(pointer => pointer.Key != userId).Select(pointer => pointer.Value).DefaultIfEmpty().Min();

    /// <summary>Returns whether the user has hidden or cleared a message.</summary>
    public bool IsHidden(long sequence) => sequence <= ClearedThrough || Hidden.Contains(sequence);

    /// <summary>Returns the index of a message, or the bitwise complement of the insertion index when it is not loaded.</summary>
    public int IndexOf(long sequence)
    {
        // Fast path: usually it is the newest message.
        if (Messages.IsEmpty || Messages[^1].Sequence < sequence)
            return ~Messages.Length;

        var (low, high) = (0, Messages.Length - 1);
        while (low <= high)
        {
            var middle = (low + high) / 2;
            var found = Messages[middle].Sequence;
            if (found == sequence)
                return middle;

            if (found < sequence)
                low = middle + 1;
            else
                high = middle - 1;
        }

        return ~low;
    }
}

/// <summary>A message that was deleted for everyone.</summary>
/// <param name="ExpiresAt">
/// When the message would have expired; null for never, or if neither the server nor the loaded message says it.
/// </param>
internal sealed record Deletion(DeletedMessage Message, DateTimeOffset? ExpiresAt);

/// <summary>The default expiration of a conversation at a revision.</summary>
/// <param name="Hours">Null for none.</param>
/// <param name="SetBy">The participant who last set or removed it; null if no one did, or if it is not known.</param>
internal readonly record struct KnownExpiration(int? Hours, Guid? SetBy, long Revision);

/// <summary>The state when a page was requested, to check whether the page still fits.</summary>
/// <param name="Replacements">How often the loaded range was replaced.</param>
/// <param name="LaterChanges">How many changes after the range were announced.</param>
/// <param name="EarlierChanges">How many changes before the range were ignored.</param>
/// <param name="FirstId">The first message of the range.</param>
/// <param name="Revision">The revision up to which the page has all changes.</param>
/// <param name="CompleteSequence">The sequence up to which the page has all messages.</param>
internal readonly record struct PageMark(
    int Replacements, int LaterChanges, int EarlierChanges, Guid? FirstId, long Revision, long CompleteSequence);
