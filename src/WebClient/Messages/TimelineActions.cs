using CleanMessaging.Client;
using CleanMessaging.WebClient.Errors;
using CleanMessaging.WebClient.Shell;

namespace CleanMessaging.WebClient.Messages;

/// <summary>Loads messages of an open conversation and marks them as read, and shows errors to the user.</summary>
internal sealed class TimelineActions(ConversationTimeline timeline, Announcements announcements)
{
    public Task<bool> TryLoadNewestAsync() => TryAsync(() => timeline.LoadNewestAsync(), "The newest messages could not be loaded. ");

    public Task<bool> TryLoadFirstUnreadAsync() =>
        TryAsync(() => timeline.LoadFirstUnreadAsync(), "The unread messages could not be loaded. ");

    public Task<bool> TryLoadAroundAsync(long sequence) =>
        TryAsync(() => timeline.LoadAroundAsync(sequence, limit: 100), "The message could not be loaded. ");

    public Task MarkReadAsync(Message upTo) => TryAsync(() => timeline.MarkReadAsync(upTo), failure: "");

    /// <summary>Runs an action; returns false after an error, which is shown.</summary>
    private async Task<bool> TryAsync(Func<Task> action, string failure)
    {
        try
        {
            await action();

            return true;
        }
        catch (MessagingException rejection)
        {
            announcements.Warn($"{failure}{Explanation.Of(rejection)}");

            return false;
        }
    }
}
