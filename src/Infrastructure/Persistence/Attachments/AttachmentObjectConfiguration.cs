using CleanMessaging.Domain.Attachments;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace CleanMessaging.Infrastructure.Persistence.Attachments;

internal sealed class AttachmentObjectConfiguration : IEntityTypeConfiguration<AttachmentObject>
{
    public void Configure(EntityTypeBuilder<AttachmentObject> builder)
    {
        builder.ToTable(
            "attachment_objects",
            table => table.HasCheckConstraint(
                "ck_attachment_objects_part",
                "(role = 0) = (part_offset IS NOT NULL) AND (part_length IS NULL OR (role = 0 AND part_length >= 1))"));
        builder.HasKey(stored => stored.Id);
        builder.Property(stored => stored.Id).ValueGeneratedNever();
        builder.HasIndex(stored => stored.AttachmentId).HasDatabaseName("ix_attachment_objects_attachment_id");
        builder.HasIndex(stored => stored.CreatedAt).HasFilter("NOT is_used").HasDatabaseName("ix_attachment_objects_unused");
        builder.HasOne<Attachment>().WithMany().HasForeignKey(stored => stored.AttachmentId).OnDelete(DeleteBehavior.Restrict);
    }
}
