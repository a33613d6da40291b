using System.Data;
using CleanMessaging.Application.Storage;
using CleanMessaging.Domain.Administration;
using CleanMessaging.Domain.Attachments;
using CleanMessaging.Domain.Conversations;
using CleanMessaging.Domain.Messages;
using CleanMessaging.Domain.Quotas;
using CleanMessaging.Domain.Users;
using CleanMessaging.Domain.Wallets;
using Microsoft.EntityFrameworkCore;

namespace CleanMessaging.Infrastructure.Persistence;

internal sealed class ReadDatabase(MessagingDbContext context) : IReadDatabase
{
    public IQueryable<User> Users => context.Users.AsNoTracking();

    public IQueryable<Conversation> Conversations => context.Conversations.AsNoTracking();

    public IQueryable<Participant> Participants => context.Participants.AsNoTracking();

    public IQueryable<MessageQuota> Quotas => context.Quotas.AsNoTracking();

    public IQueryable<Wallet> Wallets => context.Wallets.AsNoTracking();

    public IQueryable<WalletTransaction> WalletTransactions => context.WalletTransactions.AsNoTracking();

    public IQueryable<StorageAllowance> StorageAllowances => context.StorageAllowances.AsNoTracking();

    public IQueryable<AdminAction> AdminActions => context.AdminActions.AsNoTracking();

    public IQueryable<AttachmentObject> AttachmentObjects => context.AttachmentObjects.AsNoTracking();

    public async Task<TResult> InSnapshotAsync<TResult>(Func<Task<TResult>> read, CancellationToken cancellationToken)
    {
        await using var snapshot = await context.Database.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);

        return await read();
    }

    public IQueryable<Message> VisibleMessages(Guid viewerId, DateTimeOffset now) =>
        context.Messages.AsNoTracking().VisibleTo(viewerId, now, Participants, context.HiddenMessages.AsNoTracking());

    public IQueryable<long> SequencesWithAttachments(Guid conversationId) => context.Messages.AsNoTracking()
        .Where(message => message.ConversationId == conversationId && message.Attachments != null)
        .Select(message => message.Sequence);

    public IQueryable<Attachment> VisibleAttachments(Guid viewerId, DateTimeOffset now)
    {
        var messages = VisibleMessages(viewerId, now);
        var users = Users.SeenBy(viewerId, Conversations);

        return context.Attachments.AsNoTracking()
            .Where(attachment => attachment.State == AttachmentState.Ready && attachment.EncryptedKey != null)
            .Where(attachment =>
                (attachment.MessageId == null && attachment.UploaderId == viewerId && attachment.RemoveAt > now)
                || messages.Any(message => message.Id == attachment.MessageId)
                || (attachment.Kind == AttachmentKind.Avatar
                    && users.Any(user => user.Id == attachment.UploaderId && user.AvatarId == attachment.Id)));
    }

    public IQueryable<Attachment> SentAttachments(DateTimeOffset now)
    {
        var messages = context.Messages.AsNoTracking().VisibleAt(now);

        return context.Attachments.AsNoTracking()
            .Where(attachment => attachment.EncryptedKey != null && messages.Any(message => message.Id == attachment.MessageId));
    }

    public IQueryable<Attachment> UploadsOf(Guid uploaderId, DateTimeOffset now) => context.Attachments.AsNoTracking()
        .Where(attachment => attachment.UploaderId == uploaderId && (attachment.RemoveAt == null || attachment.RemoveAt > now));

    public IQueryable<Attachment> StoredAttachmentsOf(Guid uploaderId, DateTimeOffset now) =>
        UploadsOf(uploaderId, now).Where(attachment => attachment.ErasedAt == null && attachment.EncryptedKey != null);
}
