using CleanMessaging.Client;
using CleanMessaging.WebClient.Browser;
using CleanMessaging.WebClient.Errors;
using CleanMessaging.WebClient.SignedIn;

namespace CleanMessaging.WebClient.Media;

/// <summary>Downloads files.</summary>
internal static class Downloads
{
    /// <summary>
    /// Makes the browser store a file; returns an error for the user, or null. The caller shows the error, because a dialog may cover the
    /// warnings of the page.
    /// </summary>
    public static async Task<string?> DownloadAsync(this SignedInUser me, MessageAttachment file)
    {
        try
        {
            // A renewed address is valid for as long as possible, because a large file takes its time to begin.
            if (await me.Links.FindAsync(file.Id, isRenewed: true) is not { } url)
                return Explanation.OfError("attachment.not_found");

            FilesModule.Download(url, file.Name);

            return null;
        }
        catch (MessagingException rejection)
        {
            return Explanation.OfNotDone("The file was not downloaded", rejection, me.IsConnected);
        }
    }
}
