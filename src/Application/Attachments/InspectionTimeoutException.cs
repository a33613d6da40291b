namespace CleanMessaging.Application.Attachments;

/// <summary>
/// Thrown when the content of an attachment is not inspected within the time limit. It can be the fault of the content or of other work of
/// the machine, so the caller can repeat the request a few times.
/// </summary>
public sealed class InspectionTimeoutException(string message, Exception? cause = null) : AttachmentUnavailableException(message, cause);
