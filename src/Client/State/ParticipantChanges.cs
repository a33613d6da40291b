namespace CleanMessaging.Client;

/// <summary>The part of the reducer for participants: read pointers and typing indicators.</summary>
internal static class ParticipantChanges
{
    /// <summary>Moves a read pointer forward, never back.</summary>
    public static ConversationState MoveReadPointer(this ConversationState state, Guid userId, long lastReadSequence) =>
        lastReadSequence <= state.ReadPointers.GetValueOrDefault(userId, -1)
            ? state
            : state with { ReadPointers = state.ReadPointers.SetItem(userId, lastReadSequence) };

    public static ConversationState UpdateParticipants(this ConversationState state, IReadOnlyList<Participant> participants)
    {
        if (!participants.SequenceEqual(state.Participants))
            state = state with { Participants = participants };

        return participants.Aggregate(
            state, (moved, participant) => moved.MoveReadPointer(participant.UserId, participant.LastReadSequence));
    }

    public static ConversationState UpdateTyping(this ConversationState state, TypingReceived change) =>
        change.IsTyping ? state with { Typing = state.Typing.SetItem(change.UserId, change.Until) } : state.StopTyping(change.UserId);

    public static ConversationState StopTyping(this ConversationState state, Guid userId) =>
        state.Typing.ContainsKey(userId) ? state with { Typing = state.Typing.Remove(userId) } : state;

    /// <summary>Removes the typing indicators that have expired.</summary>
    public static ConversationState ExpireTyping(this ConversationState state, DateTimeOffset now) =>
        state.Typing.Where(typing => typing.Value <= now).Select(typing => typing.Key).ToList() is [_, ..] expired
            ? state with { Typing = state.Typing.RemoveRange(expired) }
            : state;
}
