namespace CleanMessaging.Client;

/// <summary>The part of the reducer for the personal state: removes the messages that the user has hidden or cleared.</summary>
internal static class PersonalChanges
{
    /// <summary>
    /// Removes messages and tombstones that the user no longer sees. Hidden messages stay hidden, so that changes can arrive in any order.
    /// </summary>
    public static ConversationState ReceivePersonalState(this ConversationState state, PersonalStateReceived change)
    {
        var hidden = state.Hidden.Union(change.Hidden);
        var cleared = Math.Max(state.ClearedThrough, change.Personal.ClearedThrough);
        var isComplete = change.SinceRevision is { } since && since <= state.PersonalRevision;
        var revision = isComplete && change.Personal.Revision > state.PersonalRevision ? change.Personal.Revision : state.PersonalRevision;
        if (hidden == state.Hidden && cleared == state.ClearedThrough && revision == state.PersonalRevision)
            return state;

        return (state with { Hidden = hidden, ClearedThrough = cleared, PersonalRevision = revision }).RemoveHidden();
    }

    /// <summary>Applies the personal state of a response to a join or a synchronization.</summary>
    public static ConversationState UpdatePersonalState(this ConversationState state, JoinedConversation response) =>
        !response.Personal.IsKnown
            ? state
            : (state with
            {
                Hidden = state.Hidden.Union(response.Hidden ?? []),
                ClearedThrough = Math.Max(state.ClearedThrough, response.Personal.ClearedThrough),
                PersonalRevision = PersonalRevisionAfter(state, response),
            }).RemoveHidden();

    /// <summary>
    /// A response without hidden messages is complete only for a page that is loaded with it, which does not contain them. A server of an
    /// earlier version sends no personal state, and the revision stays.
    /// </summary>
    private static long? PersonalRevisionAfter(ConversationState state, JoinedConversation response) =>
        response.Hidden is null && response.Recovered == true
            ? state.PersonalRevision
            : Math.Max(state.PersonalRevision ?? 0, response.Personal.Revision);

    private static ConversationState RemoveHidden(this ConversationState state)
    {
        state = state.Quotes.Keys.Where(state.IsHidden).Aggregate(state, QuoteChanges.EndQuote);
        var deletions = state.Deletions.Keys.Where(state.IsHidden).ToList();
        if (deletions.Count == 0 && !state.Messages.Any(message => state.IsHidden(message.Sequence)))
            return state;

        return state with
        {
            Messages = state.Messages.RemoveAll(message => state.IsHidden(message.Sequence)),
            Deletions = state.Deletions.RemoveRange(deletions),
        };
    }
}
