namespace CleanMessaging.Application.Attachments;

/// <summary>
/// Thrown when the storage of attachments or a part of their inspection is not available. The caller gets 503 and can repeat the request.
/// </summary>
public class AttachmentUnavailableException(string message, Exception? cause = null) : Exception(message, cause);
