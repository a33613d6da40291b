namespace CleanMessaging.Application.Attachments;

/// <summary>Thrown when a stored object is missing, or is not what the server stored. Operators must look into it.</summary>
public sealed class AttachmentCorruptException(string message, Exception? cause = null) : Exception(message, cause);
