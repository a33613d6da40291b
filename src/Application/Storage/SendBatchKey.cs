namespace CleanMessaging.Application.Storage;

/// <summary>The keys of the state that a send needs. They are known before the send runs, so that a batch can load the state of all its sends.</summary>
public sealed record SendBatchKey(Guid SenderId, Guid ConversationId, Guid? ClientMessageId);
