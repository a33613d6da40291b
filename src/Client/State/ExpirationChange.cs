namespace CleanMessaging.Client;

/// <summary>The part of the reducer for the default expiration of a conversation.</summary>
internal static class ExpirationChange
{
    /// <summary>Applies a change of the default and its revision, which no message has.</summary>
    public static ConversationState ChangeExpiration(this ConversationState state, ExpirationChangeReceived change) =>
        state.Note(change.Revision, sequence: 0).UpdateExpiration(new KnownExpiration(change.Hours, change.ByUserId, change.Revision));

    /// <summary>Applies the default that the conversation has at a revision. An older one has no effect.</summary>
    public static ConversationState UpdateExpiration(this ConversationState state, KnownExpiration known) =>
        known.Revision < state.Expiration.Revision || state.Expiration == known ? state : state with { Expiration = known };

    /// <summary>Applies the default of a response to a join or a synchronization, unless the server does not know defaults.</summary>
    public static ConversationState UpdateExpiration(this ConversationState state, JoinedConversation joined) =>
        KnowsDefault(joined.Personal, joined.DefaultExpirationHours)
        ? state.UpdateExpiration(new KnownExpiration(joined.DefaultExpirationHours, joined.DefaultExpirationSetBy, joined.Revision))
        : state;

    /// <summary>Applies what the list knows of a conversation.</summary>
    public static ConversationState UpdateFrom(this ConversationState state, Conversation conversation)
    {
        state = state.UpdateParticipants(conversation.Participants);

        return KnowsDefault(conversation.Personal, conversation.DefaultExpirationHours)
            ? state.UpdateExpiration(new KnownExpiration(
                conversation.DefaultExpirationHours, conversation.DefaultExpirationSetBy, conversation.Revision))
            : state;
    }

    /// <summary>Whether a response states the default. A server of an earlier version sends neither it nor a personal state.</summary>
    private static bool KnowsDefault(PersonalState personal, int? hours) => personal.IsKnown || hours is not null;
}
