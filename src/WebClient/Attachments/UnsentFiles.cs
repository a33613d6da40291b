using CleanMessaging.Client;

namespace CleanMessaging.WebClient.Attachments;

/// <summary>Removes files from the server that no message was sent with.</summary>
internal static class UnsentFiles
{
    /// <summary>Removes the files of a message that is not sent, without waiting.</summary>
    public static void RemoveFilesOf(this AttachmentsClient attachments, QueuedMessage discarded)
    {
        foreach (var file in discarded.Attachments)
            _ = attachments.TryRemoveAsync(file.Id);
    }

    /// <summary>
    /// Removes an upload whose id is not known, because the response to its beginning was lost or not awaited. Beginning it again returns
    /// the id.
    /// </summary>
    public static async Task TryRemoveAsync(this AttachmentsClient attachments, NewUpload upload)
    {
        try
        {
            var begun = await attachments.BeginAsync(upload);
            await attachments.CancelAsync(begun.Id);
        }
        catch (MessagingException)
        {
            // The server has rejected it, or cannot be reached.
        }
    }

    /// <summary>Frees the space of a file. The server does it by itself within a day if this fails.</summary>
    public static async Task TryRemoveAsync(this AttachmentsClient attachments, Guid uploadId)
    {
        try
        {
            await attachments.CancelAsync(uploadId);
        }
        catch (MessagingException)
        {
            // It was sent, is removed already, or the server cannot be reached.
        }
    }
}
