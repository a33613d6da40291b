using CleanMessaging.Domain.Ids;

namespace CleanMessaging.Domain.Conversations;

/// <summary>A participant set or removed the conversation's default expiration, which applies to later messages.</summary>
/// <param name="Revision">The conversation's revision of the change.</param>
/// <param name="DefaultExpirationHours">The new default; null for none.</param>
/// <param name="ByUserId">The participant who changed it.</param>
public sealed record DefaultExpirationChanged(
    ConversationId ConversationId, long Revision, int? DefaultExpirationHours, UserId ByUserId, IReadOnlyList<Guid> ParticipantIds)
    : IConversationEvent;
