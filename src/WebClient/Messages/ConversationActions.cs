using CleanMessaging.Client;
using CleanMessaging.WebClient.Errors;
using CleanMessaging.WebClient.Shell;

namespace CleanMessaging.WebClient.Messages;

/// <summary>What a user can do with a conversation for themselves. Announces the results, and shows errors to the user.</summary>
internal sealed class ConversationActions(MessagingSession session, Announcements announcements)
{
    /// <summary>
    /// Returns the text and the effect of each action that fits the state of a conversation. Clearing and deleting are not among them,
    /// because they need a question.
    /// </summary>
    public IEnumerable<(string Text, Func<Task> Run)> Of(Conversation conversation)
    {
        var (id, personal) = (conversation.Id, conversation.Personal);
        if (personal.PinnedAt is null)
            yield return ("Pin", () => RunAsync(() => session.Personal.PinAsync(id), "The conversation is pinned."));
        else
            yield return ("Unpin", () => RunAsync(() => session.Personal.UnpinAsync(id), "The conversation is no longer pinned."));

        if (personal.MutedUntil > session.Client.ServerTime)
        {
            yield return ("Unmute", () => RunAsync(() => session.Personal.UnmuteAsync(id), "The conversation is no longer muted."));
        }
        else
        {
            yield return ("Mute for 8 hours", () => MuteAsync(id, TimeSpan.FromHours(8)));
            yield return ("Mute for a week", () => MuteAsync(id, TimeSpan.FromDays(7)));
            yield return ("Mute permanently", () => MuteAsync(id, duration: null));
        }

        if (personal.Archived)
        {
            yield return (
                "Move to the inbox",
                () => RunAsync(() => session.Personal.UnarchiveAsync(id), "The conversation is in the inbox."));
        }
        else
        {
            yield return ("Archive until the next message", () => ArchiveAsync(conversation, forever: false));
            yield return ("Archive permanently", () => ArchiveAsync(conversation, forever: true));
        }
    }

    public Task ClearAsync(Conversation conversation) =>
        RunAsync(() => session.Personal.ClearAsync(conversation), "The messages were cleared for you.");

    /// <summary>Deletes a conversation; returns false after an error.</summary>
    public Task<bool> DeleteAsync(Conversation conversation) =>
        RunAsync(() => session.Personal.DeleteAsync(conversation), "The conversation was deleted for you.");

    private Task<bool> MuteAsync(Guid conversationId, TimeSpan? duration) =>
        RunAsync(() => session.Personal.MuteAsync(conversationId, session.Client.ServerTime + duration), "The conversation is muted.");

    /// <summary>Archives a conversation. A message that arrives at this moment keeps it in the inbox, which is announced.</summary>
    private Task<bool> ArchiveAsync(Conversation conversation, bool forever) => RunAsync(
        () => session.Personal.ArchiveAsync(conversation, forever),
        () => (session.FindConversation(conversation.Id)?.Personal.Archived, forever) switch
        {
            (false, _) => "A new message has arrived, so the conversation stays in the inbox.",
            (_, true) => "The conversation is in the archive.",
            _ => "The conversation is in the archive until the next message.",
        });

    private Task<bool> RunAsync(Func<Task> action, string success) => RunAsync(action, () => success);

    /// <summary>Runs an action; returns false after an error, which is shown.</summary>
    private async Task<bool> RunAsync(Func<Task> action, Func<string> success)
    {
        try
        {
            await action();
            announcements.Say(success());

            return true;
        }
        catch (MessagingException rejection)
        {
            announcements.Warn(Explanation.Of(rejection));

            return false;
        }
    }
}
