using CleanMessaging.Domain.Ids;

namespace CleanMessaging.Application.Attachments;

/// <summary>Scans the content of attachments for viruses, if the server has a scanner.</summary>
public interface IVirusScanner
{
    /// <summary>
    /// Returns whether the scanner found a virus in the rest of a stream. Without a scanner the result is false, and nothing is read.
    /// </summary>
    /// <exception cref="AttachmentUnavailableException">
    /// The scanner does not answer in time, or not with a result. The content may contain a virus.
    /// </exception>
    Task<bool> IsInfectedAsync(AttachmentId attachmentId, Stream plain, CancellationToken cancellationToken);
}
