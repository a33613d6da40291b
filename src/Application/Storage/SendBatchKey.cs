namespace CleanMessaging.Application.Storage;

/// <summary>What deciding a send needs, known before it is decided.</summary>
public sealed record SendBatchKey(Guid SenderId, Guid ConversationId, Guid? ClientMessageId);
