using CleanMessaging.Client;
using CleanMessaging.WebClient.Shell;

namespace CleanMessaging.WebClient.Messages;

/// <summary>What a user can do with a conversation for themselves. Announces the results, and shows errors to the user.</summary>
/// <param name="onArchived">Called after a conversation was archived.</param>
internal sealed class ConversationActions(MessagingSession session, Announcements announcements, Action? onArchived = null)
{
    /// <summary>
    /// Returns the text and the effect of each action that fits the state of a conversation. Clearing and deleting are not among them,
    /// because they need a question.
    /// </summary>
    public IEnumerable<(string Text, Func<Task> Run)> Of(Conversation conversation)
    {
        var (id, personal) = (conversation.Id, conversation.Personal);
        if (personal.PinnedAt is null)
            yield return ("Pin", () => PinAsync(id));
        else
            yield return ("Unpin", () => UnpinAsync(id));

        if (personal.IsMutedAt(session.Client.ServerTime))
        {
            yield return ("Unmute", () => UnmuteAsync(id));
        }
        else
        {
            yield return ("Mute for 8 hours", () => MuteAsync(id, TimeSpan.FromHours(8)));
            yield return ("Mute for a week", () => MuteAsync(id, TimeSpan.FromDays(7)));
            yield return ("Mute always", () => MuteAsync(id, duration: null));
        }

        if (personal.Archived)
        {
            yield return ("Unarchive", () => UnarchiveAsync(id));
        }
        else
        {
            yield return ("Archive until the next message", () => ArchiveAsync(conversation, forever: false));
            yield return ("Keep archived after new messages", () => ArchiveAsync(conversation, forever: true));
        }
    }

    public Task ClearAsync(Conversation conversation) => announcements.TryAsync(
        "The messages are not cleared",
        async () =>
        {
            await session.Personal.ClearAsync(conversation);
            announcements.Say("The messages were cleared for you.");
        });

    /// <summary>Deletes a conversation; returns false after an error.</summary>
    public Task<bool> DeleteAsync(Conversation conversation) =>
        RunAsync("deleted", () => session.Personal.DeleteAsync(conversation), "The conversation was deleted for you.");

    private Task<bool> PinAsync(Guid conversationId) =>
        RunAsync("pinned", () => session.Personal.PinAsync(conversationId), "The conversation is pinned.");

    private Task<bool> UnpinAsync(Guid conversationId) =>
        RunAsync("unpinned", () => session.Personal.UnpinAsync(conversationId), "The conversation is no longer pinned.");

    private Task<bool> UnarchiveAsync(Guid conversationId) =>
        RunAsync("unarchived", () => session.Personal.UnarchiveAsync(conversationId), "The conversation is no longer archived.");

    private Task<bool> MuteAsync(Guid conversationId, TimeSpan? duration) => RunAsync(
        "muted",
        () => session.Personal.MuteAsync(conversationId, session.Client.ServerTime + duration),
        "The conversation is muted.");

    private Task<bool> UnmuteAsync(Guid conversationId) =>
        RunAsync("unmuted", () => session.Personal.UnmuteAsync(conversationId), "The conversation is no longer muted.");

    /// <summary>
    /// Archives a conversation, and offers to undo it. A message that arrives at this moment keeps it out of the archive, which is shown.
    /// </summary>
    private async Task ArchiveAsync(Conversation conversation, bool forever)
    {
        if (!await announcements.TryAsync(NotDone("archived"), () => session.Personal.ArchiveAsync(conversation, forever)))
            return;

        if (session.FindConversation(conversation.Id) is { Personal.Archived: false })
        {
            announcements.Show("A new message has arrived, so the conversation is not archived.");
            return;
        }

        // Archiving unpins, and pinning takes out of the archive.
        var wasPinned = conversation.Personal.PinnedAt is not null;
        announcements.Show(
            forever ? "Archived." : "Archived until the next message.",
            () => wasPinned ? PinAsync(conversation.Id) : UnarchiveAsync(conversation.Id));
        onArchived?.Invoke();
    }

    private Task<bool> RunAsync(string notDone, Func<Task> action, string success) => announcements.TryAsync(
        NotDone(notDone),
        async () =>
        {
            await action();
            announcements.Hide();
            announcements.Say(success);
        });

    private static string NotDone(string participle) => $"The conversation is not {participle}";
}
