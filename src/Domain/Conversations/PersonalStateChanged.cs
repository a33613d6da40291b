using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Primitives;

namespace CleanMessaging.Domain.Conversations;

/// <summary>
/// A participant hid messages, or cleared, deleted, archived, muted or pinned the conversation, or undid it. Only this user is notified.
/// </summary>
/// <param name="PersonalRevision">The participant's personal revision of the change.</param>
public sealed record PersonalStateChanged(ConversationId ConversationId, UserId UserId, long PersonalRevision) : IDomainEvent;
