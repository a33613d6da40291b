using CleanMessaging.Client;

namespace CleanMessaging.WebClient.Attachments;

/// <summary>Removes files from the server that no message was sent with.</summary>
internal static class UnsentFiles
{
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
