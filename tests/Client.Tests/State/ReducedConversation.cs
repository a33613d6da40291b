namespace CleanMessaging.Client.Tests.State;

/// <summary>The result of applying a message.</summary>
internal enum MergeResult
{
    /// <summary>The message was known, has expired, or is outside of the loaded range.</summary>
    Nothing,

    Added,

    Changed,
}

/// <summary>A conversation whose state is the result of the changes that a test has applied with the reducer.</summary>
internal sealed class ReducedConversation
{
    public ConversationState State { get; private set; } = new();

    public bool IsLoaded => State.IsLoaded;

    public long Revision => State.Revisions.Revision;

    public long CompleteSequence => State.Revisions.CompleteSequence;

    public long LoadedToSequence => State.LoadedToSequence;

    public bool HasEarlier => State.HasEarlier;

    public bool HasLater => State.HasLater;

    public PageMark Mark => State.Mark;

    public Message? First => State.First;

    public bool HasGap => State.Revisions.HasGap;

    public int Count => State.Messages.Length;

    public IReadOnlyList<Message> Messages => State.Messages;

    public Message? NewestComplete => State.NewestComplete;

    public DateTimeOffset? NextExpiry => State.NextMessageExpiry;

    /// <summary>Applies a change; returns whether it had an effect.</summary>
    public bool Apply(ConversationChange change)
    {
        var before = State;
        State = ConversationReducer.Reduce(before, change);

        return !ReferenceEquals(before, State);
    }

    public MergeResult Receive(Message message, DateTimeOffset now) => Receive(new MessageReceived(message, now));

    public MergeResult Receive(MessageReceived change)
    {
        var before = State;
        Apply(change);

        return ChangeReport.Between(Given.ConversationId, before, State, change).FirstOrDefault() switch
        {
            MessageAdded => MergeResult.Added,
            MessageChanged => MergeResult.Changed,
            _ => MergeResult.Nothing,
        };
    }

    public IReadOnlyList<DeletedMessage> Deleted => [.. State.Deletions.Values.Select(deletion => deletion.Message)];

    public void Load(JoinedConversation position, MessagePage page, DateTimeOffset now) => Apply(new PageLoaded(position, page, now));

    public bool Replace(MessagePage page, PageMark mark, DateTimeOffset now) => Apply(new PageReplaced(page, mark, now));

    public void Recover(JoinedConversation answer, long since) => Apply(new ChangesRecovered(answer, since, Given.Noon));

    public bool Prepend(MessagePage page, DateTimeOffset now) => Prepend(page, Mark, now);

    public bool Prepend(MessagePage page, PageMark mark, DateTimeOffset now) => Apply(new EarlierPageLoaded(page, mark, now));

    public bool Append(MessagePage page, PageMark mark, DateTimeOffset now) => Apply(new LaterPageLoaded(page, mark, now));

    public bool MoveReadPointer(Guid userId, long lastReadSequence) => Apply(new ReadReceived(userId, lastReadSequence));

    public long ReadBy(Guid userId) => State.ReadBy(userId);

    public long ReadByOthersThan(Guid userId) => State.ReadByOthersThan(userId);

    public void TrimTo(int atMost) => State = State.TrimTo(atMost);

    /// <summary>Removes and returns the messages that have expired.</summary>
    public IReadOnlyList<Message> Expire(DateTimeOffset now)
    {
        var before = State.Messages;
        Apply(new TimePassed(now));

        return [.. before.Except(State.Messages)];
    }
}
