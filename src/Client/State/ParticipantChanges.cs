namespace CleanMessaging.Client;

/// <summary>The part of the reducer for participants: read pointers.</summary>
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
}
