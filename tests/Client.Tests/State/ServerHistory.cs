namespace CleanMessaging.Client.Tests.State;

/// <summary>
/// A random history of a conversation as the server has it, with the event of each step for one participant: new messages, some of which reply and some of which expire, edits,
/// earlier expiries, deletions, reads, other defaults, hidden and cleared messages.
/// </summary>
internal sealed class ServerHistory
{
    private readonly Random _random;
    private readonly bool _saysExpiryOfTombstones;
    private readonly List<ConversationChange> _events = [];
    private readonly List<ServerConversation> _moments;

    /// <param name="messages">How many messages are sent.</param>
    /// <param name="changesHidden">
    /// Whether messages change that the participant has hidden. The participant gets no event of such a change, so a revision is missing.
    /// </param>
    /// <param name="earlier">The history that this one continues.</param>
    public ServerHistory(Random random, int messages, bool changesHidden, ServerHistory? earlier = null)
    {
        _random = random;
        _saysExpiryOfTombstones = earlier?.SaysExpiryOfTombstones ?? random.Next(4) > 0;
        _moments = [earlier?.Now ?? new ServerConversation()];
        while (Now.LastSequence < messages)
            TakeStep(changesHidden);
    }

    /// <summary>The conversation in the end.</summary>
    public ServerConversation Now => _moments[^1];

    /// <summary>The events in the order of the steps.</summary>
    public IReadOnlyList<ConversationChange> Events => _events;

    /// <summary>Whether tombstones state when they expire. A server of an earlier version does not say it, and moves no expiry.</summary>
    public bool SaysExpiryOfTombstones => _saysExpiryOfTombstones;

    /// <summary>Returns the conversation at a random moment of the history.</summary>
    public ServerConversation PickMoment() => _moments[_random.Next(_moments.Count)];

    private void TakeStep(bool changesHidden)
    {
        switch (_random.Next(16))
        {
            case 0 or 1 when PickMessage(changesHidden) is { } message:
                Change(message with { ExpiresAt = _saysExpiryOfTombstones ? EarlierThan(message.ExpiresAt) : message.ExpiresAt });
                break;
            case 2 when PickMessage(changesHidden) is { } message:
                Delete(message);
                break;
            case 3 when Now.LastSequence > 0:
                Read(_random.Next(2) == 0 ? Given.Ines.Id : Given.Stan.Id, _random.NextInt64(1, Now.LastSequence + 1));
                break;
            case 4:
                SetDefault(_random.Next(3) == 0 ? null : _random.Next(1, 100));
                break;
            case 5 or 6 when Kept() is { Count: > 0 } kept:
                Hide(kept);
                break;
            case 7 when Now.LastSequence > 0 && _random.Next(4) == 0:
                ChangePersonal(Now.Personal with { ClearedThrough = _random.NextInt64(Now.Personal.ClearedThrough, Now.LastSequence + 1) }, []);
                break;
            case 8:
                ChangePersonal(Now.Personal with { MutedUntil = Given.Noon.AddMinutes(_random.Next(100)) }, []);
                break;
            case 9:
                Add(Now, new ConversationReceived(Now.Listed));
                break;
            default:
                Send();
                break;
        }
    }

    private void Send()
    {
        var (sequence, revision) = (Now.LastSequence + 1, Now.Revision + 1);
        var expiresAt = _random.Next(4) == 0 ? Given.Noon.AddMinutes(_random.Next(1, 120)) : default(DateTimeOffset?);
        var message = Given.Message(sequence, revision, expiresAt) with
        {
            ReplyToSequence = sequence > 1 && _random.Next(2) == 0 ? _random.NextInt64(1, sequence) : null,
        };
        Add(Now with { Messages = Now.Messages.Add(message), Revision = revision }, new MessageReceived(message, Given.Noon));
    }

    /// <summary>Changes a message. The event can also stand for its previous change.</summary>
    private void Change(Message message)
    {
        var revision = Now.Revision + 1;
        var changed = Given.Message(message.Sequence, revision, message.ExpiresAt) with { ReplyToSequence = message.ReplyToSequence };
        var expiresSooner = message.ExpiresAt != Now.Messages[(int)message.Sequence - 1].ExpiresAt;
        var next = Now with
        {
            Messages = Now.Messages.SetItem((int)message.Sequence - 1, changed),
            ExpiringSooner = expiresSooner ? Now.ExpiringSooner.Add(message.Sequence) : Now.ExpiringSooner,
            Revision = revision,
        };
        IReadOnlyList<long> revisions = _random.Next(2) == 0 ? [message.Revision, revision] : [revision];
        Add(next, Now.IsHidden(message.Sequence) ? null : new MessageReceived(changed, Given.Noon) { Revisions = revisions });
    }

    private void Delete(Message message)
    {
        var deleted = Given.Deleted(message.Sequence, Now.Revision + 1) with { ExpiresAt = _saysExpiryOfTombstones ? message.ExpiresAt : null };
        var next = Now with { Deleted = Now.Deleted.Add(message.Sequence, deleted), Revision = deleted.Revision };
        Add(next, Now.IsHidden(message.Sequence) ? null : new DeletionReceived(deleted));
    }

    private void Read(Guid userId, long sequence)
    {
        var pointer = Math.Max(sequence, Now.ReadPointers.GetValueOrDefault(userId));
        Add(Now with { ReadPointers = Now.ReadPointers.SetItem(userId, pointer) }, new ReadReceived(userId, pointer));
    }

    private void SetDefault(int? hours) =>
        Add(Now with { DefaultExpirationHours = hours, Revision = Now.Revision + 1 }, new ExpirationChangeReceived(Now.Revision + 1, hours, Given.Ines.Id));

    private void Hide(List<long> kept) => ChangePersonal(Now.Personal, [.. Enumerable.Range(0, 2).Select(_ => kept[_random.Next(kept.Count)]).Distinct()]);

    /// <summary>Changes the personal state. The event can also stand for the change before.</summary>
    private void ChangePersonal(PersonalState personal, IReadOnlyList<long> hidden)
    {
        var revision = Now.Personal.Revision + 1;
        var all = hidden.Aggregate(Now.Hidden, (before, sequence) => before.Add(sequence, revision));
        var next = Now with { Personal = personal with { Revision = revision }, Hidden = all.RemoveRange(all.Keys.Where(one => one <= personal.ClearedThrough)) };
        var since = Math.Max(0, revision - _random.Next(1, 3));
        Add(next, new PersonalStateReceived(next.Personal, since, [.. next.Hidden.Where(one => one.Value > since).Select(one => one.Key)]));
    }

    private void Add(ServerConversation next, ConversationChange? change)
    {
        _moments.Add(next);
        if (change is not null)
            _events.Add(change);
    }

    private Message? PickMessage(bool changesHidden)
    {
        var existing = Now.Messages.FindAll(
            message => !Now.Deleted.ContainsKey(message.Sequence) && (changesHidden || !Now.IsHidden(message.Sequence)));

        return existing.IsEmpty ? null : existing[_random.Next(existing.Count)];
    }

    private List<long> Kept() => [.. Now.Messages.Select(message => message.Sequence).Where(sequence => !Now.IsHidden(sequence))];

    private DateTimeOffset? EarlierThan(DateTimeOffset? expiresAt)
    {
        var earlier = Given.Noon.AddMinutes(_random.Next(1, 90));

        return _random.Next(2) == 0 && (expiresAt is null || earlier < expiresAt) ? earlier : expiresAt;
    }
}
