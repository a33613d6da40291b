using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Primitives;

namespace CleanMessaging.Domain.Conversations;

/// <summary>A participant set or removed the conversation's default expiration, which applies to later messages.</summary>
/// <param name="Revision">The conversation's revision of the change.</param>
/// <param name="DefaultExpirationHours">The new default; null for none.</param>
/// <param name="ByUserId">The participant who changed it.</param>
public sealed record DefaultExpirationChanged(
    ConversationId ConversationId, long Revision, int? DefaultExpirationHours, UserId ByUserId, IReadOnlyList<Guid> ParticipantIds)
    : IConversationEvent, IVerifiableEvent
{
    Type IVerifiableEvent.RowType => typeof(Conversation);

    IReadOnlyList<object> IVerifiableEvent.RowKey => [ConversationId.Value];

    /// <remarks>
    /// Another device of the user can have made the same change under this revision. Its event is equal, so publishing it is correct.
    /// </remarks>
    bool? IVerifiableEvent.IsCommitted(object? row)
    {
        if (row is not Conversation conversation || conversation.Revision < Revision)
            return false;

        var isSame = conversation.DefaultExpirationHours == DefaultExpirationHours && conversation.DefaultExpirationSetBy == ByUserId;

        return conversation.Revision == Revision ? isSame : null;
    }
}
