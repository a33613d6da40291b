using System.Collections.Immutable;

namespace CleanMessaging.Client.Tests.State;

/// <summary>A conversation as the server has it at one moment, and what one participant reads of it. Immutable.</summary>
internal sealed record ServerConversation
{
    /// <summary>The latest state of each message that was sent, also of deleted ones.</summary>
    public ImmutableList<Message> Messages { get; init; } = [];

    /// <summary>The sequences of the messages whose expiry was moved earlier.</summary>
    public ImmutableHashSet<long> ExpiringSooner { get; init; } = [];

    public ImmutableSortedDictionary<long, DeletedMessage> Deleted { get; init; } = ImmutableSortedDictionary<long, DeletedMessage>.Empty;

    /// <summary>The sequences that the participant has hidden, each with the personal revision that hid it.</summary>
    public ImmutableSortedDictionary<long, long> Hidden { get; init; } = ImmutableSortedDictionary<long, long>.Empty;

    public PersonalState Personal { get; init; } = PersonalState.None with { Revision = 0 };

    public ImmutableDictionary<Guid, long> ReadPointers { get; init; } = [];

    public long Revision { get; init; }

    public int? DefaultExpirationHours { get; init; }

    public long LastSequence => Messages.Count;

    /// <summary>The state that a join returns, without changes.</summary>
    public JoinedConversation Position => Given.Numbers(LastSequence, Revision) with
    {
        Participants = Participants,
        Personal = Personal,
        DefaultExpirationHours = DefaultExpirationHours,
    };

    /// <summary>The conversation in the list.</summary>
    public Conversation Listed => Given.Conversation(1) with
    {
        Participants = Participants,
        LastSequence = LastSequence,
        Revision = Revision,
        DefaultExpirationHours = DefaultExpirationHours,
        Personal = Personal,
    };

    private IReadOnlyList<Participant> Participants =>
    [
        .. new[] { Given.Ines, Given.Stan }.Select(
            user => new Participant(user.Id, user.DisplayName, user.Role, ReadPointers.GetValueOrDefault(user.Id))),
    ];

    public bool IsHidden(long sequence) => sequence <= Personal.ClearedThrough || Hidden.ContainsKey(sequence);

    /// <summary>Returns the messages that the participant sees.</summary>
    public IEnumerable<Message> ShownAt(DateTimeOffset now) => Messages.Where(
        message => message.IsVisibleAt(now) && !Deleted.ContainsKey(message.Sequence) && !IsHidden(message.Sequence));

    /// <summary>Returns the tombstones that the participant sees.</summary>
    public IEnumerable<DeletedMessage> TombstonesAt(DateTimeOffset now) =>
        Deleted.Values.Where(deleted => Messages[(int)deleted.Sequence - 1].IsVisibleAt(now) && !IsHidden(deleted.Sequence));

    /// <summary>Returns the page of all messages from a sequence to the newest, with the messages before it that its replies refer to.</summary>
    public MessagePage PageFrom(long sequence, DateTimeOffset now)
    {
        List<Message> page = [.. ShownAt(now).Where(message => message.Sequence >= sequence)];
        var hasMoreBefore = ShownAt(now).Any(message => message.Sequence < sequence);

        return Given.Page(page, hasMoreBefore) with
        {
            Deleted = [.. TombstonesAt(now).Where(deleted => !hasMoreBefore || deleted.Sequence >= sequence)],
            Quoted = [.. LookUp([.. page.Select(message => message.ReplyToSequence).OfType<long>().Where(one => one < sequence)], now).Messages],
        };
    }

    /// <summary>Returns the response to a join with the last revisions that a client has.</summary>
    public ChangesRecovered ChangesSince(long revision, long? personalRevision, DateTimeOffset now)
    {
        var response = Position with
        {
            Recovered = true,
            Messages = [.. ShownAt(now).Where(message => message.Revision > revision).OrderBy(message => message.Revision)],
            Deleted = [.. TombstonesAt(now).Where(deleted => deleted.Revision > revision).OrderBy(deleted => deleted.Revision)],
            Expired = [.. Messages.Where(message => RevisionOf(message) > revision && HasExpiredSooner(message, now)).Select(message => message.Sequence)],
            Hidden = personalRevision is { } since ? [.. Hidden.Where(one => one.Value > since).OrderBy(one => one.Value).Select(one => one.Key)] : null,
        };

        return new ChangesRecovered(response, revision, now);
    }

    private long RevisionOf(Message message) => Deleted.GetValueOrDefault(message.Sequence)?.Revision ?? message.Revision;

    private bool HasExpiredSooner(Message message, DateTimeOffset now) =>
        ExpiringSooner.Contains(message.Sequence) && message.ExpiresAt <= now && message.Sequence > Personal.ClearedThrough;

    /// <summary>Returns the response to a request for quoted messages.</summary>
    public QuotesFound LookUp(IReadOnlyList<long> sequences, DateTimeOffset now) =>
        new(sequences, [.. ShownAt(now).Where(message => sequences.Contains(message.Sequence))], now);
}
