using System.Runtime.InteropServices.JavaScript;
using CleanMessaging.Client;
using CleanMessaging.WebClient.Shell;

namespace CleanMessaging.WebClient.Messages;

/// <summary>Sets and removes the user's reactions.</summary>
internal static class ReactionActions
{
    /// <summary>Removes the user's reaction if it is this emoji; sets this emoji otherwise.</summary>
    public static async Task ToggleReactionAsync(
        this ConversationTimeline timeline, Message message, string emoji, Guid userId, Announcements announcements)
    {
        var isOwn = timeline.ShownReactionsOf(message, userId).Any(chip => chip.IsOwn && ReactionChip.IsSame(chip.Emoji, emoji));
        try
        {
            await (isOwn ? timeline.UnreactAsync(message) : timeline.ReactAsync(message, emoji));
        }
        catch (JSException)
        {
            announcements.Warn("The reaction was not saved, because this browser's storage is full. Clear some of its site data, then try again.");
        }
    }

    /// <summary>Returns the reactions that the page shows at a message, including the user's waiting one.</summary>
    public static IReadOnlyList<ReactionChip> ShownReactionsOf(this ConversationTimeline timeline, Message message, Guid userId) =>
        ReactionChip.Of(message, userId, timeline.UnsentChanges.LastOrDefault(queued => IsWaitingFor(message, queued))?.Change?.Reaction);

    private static bool IsWaitingFor(Message message, QueuedMessage queued) =>
        queued is { Failure: null, Change.Reaction: not null } && queued.Change.MessageId == message.Id;
}
