using CleanMessaging.Application.Attachments;
using CleanMessaging.Domain.Attachments;
using CleanMessaging.Domain.Ids;
using Microsoft.EntityFrameworkCore;

namespace CleanMessaging.Infrastructure.Persistence.Attachments;

internal sealed class AttachmentRepository(MessagingDbContext context) : IAttachmentRepository
{
    public Task<Attachment?> FindAsync(UserId uploaderId, ClientUploadId clientUploadId, CancellationToken cancellationToken) =>
        context.Attachments.SingleOrDefaultAsync(
            attachment => attachment.UploaderId == uploaderId.Value && attachment.ClientUploadId == clientUploadId.Value,
            cancellationToken);

    public Task<Attachment?> LoadAsync(AttachmentId attachmentId, UserId uploaderId, CancellationToken cancellationToken) =>
        context.Attachments
            .FromSql(
                $"""
                SELECT * FROM attachments WHERE id = {attachmentId.Value} AND uploader_id = {uploaderId.Value} FOR NO KEY UPDATE
                """)
            .SingleOrDefaultAsync(cancellationToken);

    public async Task<IReadOnlyList<Attachment>> LoadAsync(
        IReadOnlyCollection<AttachmentId> attachmentIds, UserId uploaderId, CancellationToken cancellationToken)
    {
        var ids = attachmentIds.Select(id => id.Value).ToArray();

        return await context.Attachments
            .FromSql($"SELECT * FROM attachments WHERE id = ANY ({ids}) AND uploader_id = {uploaderId.Value} ORDER BY id FOR NO KEY UPDATE")
            .OrderBy(attachment => attachment.Id)
            .ToListAsync(cancellationToken);
    }

    public async Task<IReadOnlyList<Attachment>> LoadOfMessageAsync(MessageId messageId, CancellationToken cancellationToken) =>
        await context.Attachments
            .FromSql($"SELECT * FROM attachments WHERE message_id = {messageId.Value} ORDER BY id FOR NO KEY UPDATE")

            // Makes EF Core name the columns: PostgreSQL rejects a prepared statement whose result gets a further column.
            .OrderBy(attachment => attachment.Id)
            .ToListAsync(cancellationToken);

    public async Task<IReadOnlyList<AttachmentObject>> LoadObjectsAsync(AttachmentId attachmentId, CancellationToken cancellationToken) =>
        await context.AttachmentObjects
            .Where(stored => stored.AttachmentId == attachmentId.Value)
            .OrderBy(stored => stored.Id)
            .ToListAsync(cancellationToken);

    public Task<AttachmentObject?> FindObjectAsync(Guid objectId, CancellationToken cancellationToken) =>
        context.AttachmentObjects.SingleOrDefaultAsync(stored => stored.Id == objectId, cancellationToken);

    public Task<int> CountObjectsAsync(AttachmentId attachmentId, CancellationToken cancellationToken) =>
        context.AttachmentObjects.CountAsync(stored => stored.AttachmentId == attachmentId.Value, cancellationToken);

    public void Add(Attachment attachment) => context.Attachments.Add(attachment);

    public void Add(AttachmentObject stored) => context.AttachmentObjects.Add(stored);

    public Task DeleteUnusedRowsAsync(IReadOnlyList<Guid> objectIds, CancellationToken cancellationToken) =>
        context.AttachmentObjects
            .Where(stored => objectIds.Contains(stored.Id) && !stored.IsUsed)
            .ExecuteDeleteAsync(cancellationToken);
}
