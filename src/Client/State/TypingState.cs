using System.Collections.Immutable;

namespace CleanMessaging.Client;

/// <summary>
/// Who is typing in which conversation. Immutable: each method returns the next state. The result is the same for changes in any order.
/// </summary>
internal sealed record TypingState
{
    public static readonly TypingState Empty = new();

    /// <summary>How long a typing indicator is valid without being renewed.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(6);

    /// <summary>
    /// The latest indicator of each user and conversation. That a user has stopped is kept as long as an indicator, so that an older event
    /// that arrives late has no effect.
    /// </summary>
    private ImmutableDictionary<(Guid ConversationId, Guid UserId), Indicator> Latest { get; init; } = [];

    /// <summary>When the next indicator expires; null when no one is typing.</summary>
    public DateTimeOffset? NextExpiry =>
        Latest.Values.Where(indicator => indicator.IsTyping).Min(indicator => (DateTimeOffset?)indicator.Until);

    private IEnumerable<(Guid ConversationId, Guid UserId)> Typing =>
        Latest.Where(latest => latest.Value.IsTyping).Select(latest => latest.Key);

    public IReadOnlyList<Guid> UsersIn(Guid conversationId) =>
        [.. Typing.Where(typing => typing.ConversationId == conversationId).Select(typing => typing.UserId)];

    /// <summary>Returns the conversations in which other users are typing than in an earlier state.</summary>
    public IReadOnlyList<Guid> ChangedSince(TypingState earlier) =>
        ReferenceEquals(this, earlier)
            ? []
            : [.. Typing.Except(earlier.Typing).Concat(earlier.Typing.Except(Typing)).Select(typing => typing.ConversationId).Distinct()];

    public TypingState Apply(TypingEvent typing) =>
        With(typing.ConversationId, typing.UserId, new Indicator(typing.IsTyping, typing.Until, typing.Sequence));

    /// <summary>Applies a message: its sender has stopped typing.</summary>
    public TypingState Apply(Message message) =>
        With(
            message.ConversationId,
            message.SenderId,
            new Indicator(IsTyping: false, message.CreatedAt + Lifetime, message.Sequence));

    /// <summary>Applies the current state of a conversation. Users who are not listed are not typing.</summary>
    public TypingState Apply(JoinedConversation joined)
    {
        var state = this;
        if (joined.Typing is { } typing)
        {
            var stopped = new Indicator(IsTyping: false, joined.ServerTime + Lifetime, joined.LastSequence);
            foreach (var userId in UsersIn(joined.ConversationId).Except(typing.Select(user => user.UserId)))
                state = state.With(joined.ConversationId, userId, stopped);
            foreach (var user in typing)
                state = state.With(joined.ConversationId, user.UserId, new Indicator(IsTyping: true, user.Until, joined.LastSequence));
        }

        return joined.Messages.Aggregate(state, (next, message) => next.Apply(message));
    }

    /// <summary>Removes the indicators that have expired.</summary>
    public TypingState Expire(DateTimeOffset now) =>
        Latest.Where(one => one.Value.Until <= now).Select(one => one.Key).ToList() is [_, ..] expired
            ? new TypingState { Latest = Latest.RemoveRange(expired) }
            : this;

    private TypingState With(Guid conversationId, Guid userId, Indicator indicator) =>
        Latest.TryGetValue((conversationId, userId), out var latest) && indicator.IsBefore(latest)
            ? this
            : new TypingState { Latest = Latest.SetItem((conversationId, userId), indicator) };

    /// <param name="Until">When the indicator expires: a full lifetime after the user has typed or stopped.</param>
    /// <param name="Sequence">The sequence of the conversation's newest message at that time.</param>
    private readonly record struct Indicator(bool IsTyping, DateTimeOffset Until, long Sequence)
    {
        /// <summary>
        /// Whether this one is older. Sequences are exact; times of different servers only decide between indicators without a message in
        /// between.
        /// </summary>
        public bool IsBefore(Indicator other) => (Sequence, Until).CompareTo((other.Sequence, other.Until)) < 0;
    }
}
