using CleanMessaging.Domain.Conversations;
using CleanMessaging.Domain.Primitives;

namespace CleanMessaging.Domain.Messages;

/// <content>The number and the time of each change, by which a change can be recognized later.</content>
public sealed partial class Message
{
    /// <summary>
    /// Returns whether the message has had a change with this revision and time; null if a later change makes it impossible to say.
    /// </summary>
    internal bool? HasChange(long revision, DateTimeOffset changedAt)
    {
        if (Revision <= revision)
            return Revision == revision && UpdatedAt == changedAt;

        var isKnown = EditedAt == changedAt
            || PlayedAt == changedAt
            || Reactions?.All.Any(reaction => reaction.At == changedAt) == true;

        return isKnown ? true : null;
    }

    /// <summary>Numbers a visible change. Its time is later than that of every earlier change, even if the clock was set back.</summary>
    private void Change(Conversation conversation, DateTimeOffset now)
    {
        Revision = conversation.AdvanceRevision();
        var at = now.ToStored();
        var earliest = UpdatedAt + Instant.Resolution;
        UpdatedAt = at > earliest ? at : earliest;
    }
}
