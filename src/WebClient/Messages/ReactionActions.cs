using System.Runtime.InteropServices.JavaScript;
using CleanMessaging.Client;
using CleanMessaging.WebClient.Errors;
using CleanMessaging.WebClient.Shell;
using CleanMessaging.WebClient.SignedIn;

namespace CleanMessaging.WebClient.Messages;

/// <summary>Sets and removes the user's reactions.</summary>
internal static class ReactionActions
{
    /// <summary>
    /// Removes the user's reaction if it is this emoji; sets this emoji otherwise. The other participant may have reacted with an emoji
    /// that the server no longer allows.
    /// </summary>
    public static async Task ToggleReactionAsync(
        this ConversationTimeline timeline, Message message, string emoji, SignedInUser me, Announcements announcements)
    {
        var isOwn = timeline.ShownReactionsOf(message, me.User.Id).Any(chip => chip.IsOwn && ReactionChip.IsSame(chip.Emoji, emoji));
        if (!isOwn && !ReactionChoices.IsAllowed(emoji, me.Session.Rules.AllowedReactions))
        {
            announcements.Warn(Explanation.OfError("reaction.not_allowed"));
            return;
        }

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
