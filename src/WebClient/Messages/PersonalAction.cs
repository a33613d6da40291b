using CleanMessaging.Client;
using CleanMessaging.WebClient.Browser;
using CleanMessaging.WebClient.Errors;
using CleanMessaging.WebClient.Shell;

namespace CleanMessaging.WebClient.Messages;

/// <summary>
/// Runs what a user does for themselves: pin, mute, archive, clear, delete, hide. It needs a connection, because it is not saved for later.
/// </summary>
internal static class PersonalAction
{
    /// <summary>
    /// Runs an action; returns false after an error, which is shown until an action succeeds or, without a connection, until there is one.
    /// </summary>
    /// <param name="notDone">What is not done after an error, as a sentence without its period.</param>
    public static async Task<bool> TryAsync(this Announcements announcements, string notDone, Func<Task> action)
    {
        try
        {
            await action();
            announcements.ResolveActionWarning();

            return true;
        }
        catch (MessagingException rejection)
        {
            var isUnreachable = Explanation.IsUnreachable(rejection);
            announcements.Warn(
                Explanation.OfNotDone(notDone, rejection, BrowserModule.IsOnline()),
                isUnreachable ? WarningCause.Connection : WarningCause.Action);

            return false;
        }
    }
}
