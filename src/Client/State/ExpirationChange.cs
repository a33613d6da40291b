namespace CleanMessaging.Client;

/// <summary>The part of the reducer for the default expiration of a conversation.</summary>
internal static class ExpirationChange
{
    /// <summary>Applies a change of the default and its revision, which no message has.</summary>
    public static ConversationState ChangeExpiration(this ConversationState state, ExpirationChangeReceived change) =>
        state.Note(change.Revision, sequence: 0).UpdateExpiration(change.Revision, change.Hours);

    /// <summary>Applies the default that the conversation has at a revision. An older one has no effect.</summary>
    public static ConversationState UpdateExpiration(this ConversationState state, long revision, int? hours) =>
        revision < state.Expiration.Revision || state.Expiration == (hours, revision)
            ? state
            : state with { Expiration = (hours, revision) };

    /// <summary>Applies what the list knows of a conversation.</summary>
    public static ConversationState UpdateFrom(this ConversationState state, Conversation conversation) =>
        state.UpdateParticipants(conversation.Participants).UpdateExpiration(conversation.Revision, conversation.DefaultExpirationHours);
}
