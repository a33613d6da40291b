using CleanMessaging.Application.Conversations;
using CleanMessaging.Domain.Conversations;
using CleanMessaging.Domain.Ids;
using Microsoft.EntityFrameworkCore;

namespace CleanMessaging.Infrastructure.Persistence.Conversations;

internal sealed class ConversationRepository(MessagingDbContext context) : IConversationRepository
{
    public async Task<Guid?> FindIdByPairAsync(Guid one, Guid other, CancellationToken cancellationToken)
    {
        var (low, high) = Conversation.PairOf(one, other);

        return await context.Conversations
            .Where(conversation => conversation.PairLow == low && conversation.PairHigh == high)
            .Select(conversation => (Guid?)conversation.Id)
            .SingleOrDefaultAsync(cancellationToken);
    }

    public async Task<Conversation?> LoadForReadingAsync(
        ConversationId conversationId, UserId readerId, CancellationToken cancellationToken)
    {
        var reader = await context.Participants
            .FromSql($"SELECT * FROM participants WHERE conversation_id = {conversationId.Value} AND user_id = {readerId.Value} FOR NO KEY UPDATE")
            .SingleOrDefaultAsync(cancellationToken);
        if (reader is null)
            return null;

        // The reader is tracked from the locked row; the reader's columns of this query are ignored.
        return await context.Conversations
            .Include(conversation => conversation.Participants)
            .SingleAsync(conversation => conversation.Id == conversationId, cancellationToken);
    }

    public void Add(Conversation conversation) => context.Conversations.Add(conversation);
}
