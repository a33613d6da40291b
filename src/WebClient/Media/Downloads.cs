using CleanMessaging.Client;
using CleanMessaging.WebClient.Browser;
using CleanMessaging.WebClient.Errors;
using CleanMessaging.WebClient.Shell;
using CleanMessaging.WebClient.SignedIn;

namespace CleanMessaging.WebClient.Media;

/// <summary>Downloads files, and shows errors to the user.</summary>
internal static class Downloads
{
    /// <summary>Makes the browser store a file.</summary>
    public static async Task DownloadAsync(this SignedInUser me, MessageAttachment file, Announcements announcements)
    {
        try
        {
            // A renewed address is valid for as long as possible, because a large file takes its time to begin.
            if (await me.Links.FindAsync(file.Id, isRenewed: true) is { } url)
                FilesModule.Download(url, file.Name);
            else
                announcements.Warn(Explanation.OfError("attachment.not_found"), WarningCause.Action);
        }
        catch (MessagingException rejection)
        {
            var cause = Explanation.IsUnreachable(rejection) ? WarningCause.Connection : WarningCause.Action;
            announcements.Warn(Explanation.OfNotDone("The file was not downloaded", rejection, me.IsConnected), cause);
        }
    }
}
