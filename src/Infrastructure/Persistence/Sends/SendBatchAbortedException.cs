namespace CleanMessaging.Infrastructure.Persistence.Sends;

/// <summary>The decision for one send failed unexpectedly, so the whole batch was aborted before anything was stored.</summary>
internal sealed class SendBatchAbortedException(Exception cause) : Exception("A send of the batch could not be decided.", cause);
