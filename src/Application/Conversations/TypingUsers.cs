using CleanMessaging.Application.Storage;
using CleanMessaging.Domain.Ids;
using Microsoft.EntityFrameworkCore;

namespace CleanMessaging.Application.Conversations;

/// <summary>A user who is typing.</summary>
/// <param name="Until">When the indicator expires, unless a <c>Typing</c> event renews or ends it.</param>
public sealed record TypingUser(Guid UserId, DateTimeOffset Until);

/// <summary>Knows the latest typing indicators, from the events of all servers. They are not stored.</summary>
public interface ITypingIndicators
{
    /// <summary>Returns the indicator of a user who is typing in a conversation; null if there is none, or if it has expired.</summary>
    TypingIndicator? Find(ConversationId conversationId, UserId userId);
}

/// <param name="Sequence">The sequence of the conversation's newest message when the user typed.</param>
public sealed record TypingIndicator(DateTimeOffset Until, long Sequence);

internal static class TypingUsers
{
    /// <summary>
    /// Adds the other participants who are typing. A user who has sent a message since, or who is deactivated, is not among them.
    /// </summary>
    public static async Task<JoinedConversation> WithTypingAsync(
        this JoinedConversation joined,
        UserId viewerId,
        ITypingIndicators indicators,
        IReadDatabase database,
        CancellationToken cancellationToken)
    {
        var conversationId = new ConversationId(joined.ConversationId);
        var typing = new List<TypingUser>();
        foreach (var other in joined.Participants.Where(participant => participant.UserId != viewerId && !participant.IsDeactivated))
        {
            var userId = new UserId(other.UserId);
            if (indicators.Find(conversationId, userId) is not { } indicator)
                continue;

            // Only a conversation with newer messages needs a query: usually there are none since the user typed.
            if (joined.LastSequence > indicator.Sequence && await HasSentAsync(conversationId, userId, indicator.Sequence))
                continue;

            typing.Add(new TypingUser(other.UserId, indicator.Until));
        }

        return joined with { Typing = typing };

        Task<bool> HasSentAsync(ConversationId conversationId, UserId userId, long since) =>
            database.VisibleMessages(viewerId, joined.ServerTime).AnyAsync(
                message => message.ConversationId == conversationId && message.Sequence > since && message.SenderId == userId,
                cancellationToken);
    }
}
