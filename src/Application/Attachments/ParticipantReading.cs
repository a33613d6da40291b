using CleanMessaging.Application.Storage;
using CleanMessaging.Domain.Conversations;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Primitives;
using Microsoft.EntityFrameworkCore;

namespace CleanMessaging.Application.Attachments;

internal static class ParticipantReading
{
    /// <summary>Verifies that a user is a participant of a conversation.</summary>
    /// <exception cref="DomainException"><c>conversation.not_found</c></exception>
    public static async Task EnsureParticipantAsync(
        this IReadDatabase database, ConversationId conversationId, UserId userId, CancellationToken cancellationToken)
    {
        var isParticipant = await database.Participants.AnyAsync(
            participant => participant.ConversationId == conversationId.Value && participant.UserId == userId.Value, cancellationToken);
        if (!isParticipant)
            throw new DomainException(ConversationErrors.NotFound);
    }
}
