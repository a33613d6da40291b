using CleanMessaging.Domain.Attachments;
using CleanMessaging.Domain.Conversations;
using CleanMessaging.Domain.Messages;
using CleanMessaging.Infrastructure.Persistence.Accounts;
using CleanMessaging.Infrastructure.Postgres;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace CleanMessaging.Infrastructure.Persistence.Attachments;

internal sealed class AttachmentConfiguration : IEntityTypeConfiguration<Attachment>
{
    private const int RejectionCodeMaxLength = 60;
    private const int ContentTypeMaxLength = 100;
    private const int BlurhashMaxLength = 40;

    public static readonly TableColumns<Attachment> Columns = new TableColumns<Attachment>("attachments")
        .With(attachment => attachment.Id)
        .With(attachment => attachment.UploaderId)
        .With(attachment => attachment.ConversationId)
        .With(attachment => attachment.ClientUploadId)
        .With(attachment => attachment.Kind, kind => (short)kind, number => (AttachmentKind)number)
        .With(attachment => attachment.Name)
        .With(attachment => attachment.Description)
        .With(attachment => attachment.DeclaredBytes)
        .With(attachment => attachment.ReceivedBytes)
        .With(attachment => attachment.State, state => (short)state, number => (AttachmentState)number)
        .With(attachment => attachment.RejectionCode)
        .With(attachment => attachment.ContentType)
        .With(attachment => attachment.Bytes)
        .With(attachment => attachment.Width)
        .With(attachment => attachment.Height)
        .With(attachment => attachment.Blurhash)
        .With(attachment => attachment.DurationMs)
        .With(attachment => attachment.Waveform)
        .With(attachment => attachment.ThumbnailBytes)
        .With(attachment => attachment.EncryptedKey)
        .With(attachment => attachment.ObjectId)
        .With(attachment => attachment.ThumbnailObjectId)
        .With(attachment => attachment.CreatedAt)
        .With(attachment => attachment.RemoveAt)
        .With(attachment => attachment.MessageId)
        .With(attachment => attachment.ErasedAt)
        .With(attachment => attachment.InspectionTimeouts);

    public void Configure(EntityTypeBuilder<Attachment> builder)
    {
        Columns.MapTo(builder, table =>
        {
            table.HasCheckConstraint(
                "ck_attachments_received_bytes", "declared_bytes >= 1 AND received_bytes BETWEEN 0 AND declared_bytes");
            table.HasCheckConstraint("ck_attachments_state", "(state = 1) = (object_id IS NOT NULL) AND (state = 2) = (rejection_code IS NOT NULL)");
            table.HasCheckConstraint("ck_attachments_message_id", "message_id IS NULL OR state = 1");

            // An avatar (kind 3) belongs to no conversation, and so to no message.
            table.HasCheckConstraint(
                "ck_attachments_conversation_id",
                "(conversation_id IS NULL) = (kind = 3) AND (conversation_id IS NOT NULL OR message_id IS NULL)");
        });
        builder.Property(attachment => attachment.Name).HasMaxLength(AttachmentName.MaxLength);
        builder.Property(attachment => attachment.Description).HasMaxLength(AttachmentName.DescriptionMaxLength);
        builder.Property(attachment => attachment.RejectionCode).HasMaxLength(RejectionCodeMaxLength);
        builder.Property(attachment => attachment.ContentType).HasMaxLength(ContentTypeMaxLength);
        builder.Property(attachment => attachment.Blurhash).HasMaxLength(BlurhashMaxLength);
        builder.Property(attachment => attachment.InspectionTimeouts).HasDefaultValue(0).ValueGeneratedNever();
        builder.Ignore(attachment => attachment.DomainEvents);
        builder.HasIndex(attachment => new { attachment.UploaderId, attachment.ClientUploadId })
            .IsUnique()
            .HasDatabaseName(ConstraintNames.ClientUploadId);
        builder.HasIndex(attachment => attachment.MessageId).HasDatabaseName("ix_attachments_message_id");
        builder.HasIndex(attachment => attachment.UploaderId)
            .IncludeProperties(attachment => new
            {
                attachment.DeclaredBytes,
                attachment.Bytes,
                attachment.ThumbnailBytes,
                attachment.State,
                attachment.RemoveAt,
            })
            .HasFilter("erased_at IS NULL AND encrypted_key IS NOT NULL")
            .HasDatabaseName("ix_attachments_stored");
        builder.HasIndex(attachment => attachment.RemoveAt)
            .HasFilter("erased_at IS NULL AND remove_at IS NOT NULL")
            .HasDatabaseName("ix_attachments_to_remove");
        builder.HasIndex(attachment => attachment.CreatedAt)
            .HasFilter("erased_at IS NULL AND encrypted_key IS NULL")
            .HasDatabaseName("ix_attachments_without_key");
        builder.HasOne<Account>().WithMany().HasForeignKey(attachment => attachment.UploaderId).OnDelete(DeleteBehavior.Restrict);
        builder.HasOne<Conversation>().WithMany().HasForeignKey(attachment => attachment.ConversationId).OnDelete(DeleteBehavior.Restrict);
        builder.HasOne<Message>().WithMany().HasForeignKey(attachment => attachment.MessageId).OnDelete(DeleteBehavior.Restrict);
    }
}
