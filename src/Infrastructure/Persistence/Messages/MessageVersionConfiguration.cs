using CleanMessaging.Domain.Messages;
using CleanMessaging.Infrastructure.Encryption;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace CleanMessaging.Infrastructure.Persistence.Messages;

internal sealed class MessageVersionConfiguration : IEntityTypeConfiguration<MessageVersion>
{
    public void Configure(EntityTypeBuilder<MessageVersion> builder)
    {
        builder.ToTable(
            "message_versions", table => table.HasCheckConstraint("ck_message_versions_content", MessageConfiguration.ContentLength));
        builder.HasKey(version => new { version.MessageId, version.Number });
        builder.Property(version => version.Content).HasMaxLength(MessageEncryption.StoredMaxLength);
        builder.Property<bool>(MessageConfiguration.IsEncrypted).HasDefaultValue(false).ValueGeneratedNever();
    }
}
