using CleanMessaging.Application.Attachments;
using Microsoft.Extensions.Logging;

namespace CleanMessaging.Infrastructure.Attachments.Storage;

/// <summary>
/// Logs missing and damaged objects, which need an operator. Call it where the exception is final: a request that loses a race with the
/// completion or the cancellation of its upload gets the same exception, and handles it.
/// </summary>
public static partial class CorruptAttachmentLog
{
    /// <summary>Logs that an object is missing or damaged, at the level critical.</summary>
    public static void Write(ILogger logger, AttachmentCorruptException exception) => Write(logger, exception, exception.Message);

    [LoggerMessage(Level = LogLevel.Critical, Message = "{Problem} Restore the object from a backup.")]
    private static partial void Write(ILogger logger, Exception exception, string problem);
}
