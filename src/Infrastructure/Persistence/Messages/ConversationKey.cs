using CleanMessaging.Domain.Conversations;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace CleanMessaging.Infrastructure.Persistence.Messages;

/// <summary>
/// The key under which the texts of a conversation are encrypted, itself encrypted under a key of the ring. The table is separate from
/// conversations, so that it can be backed up by itself (docs/operations.md).
/// </summary>
internal sealed class ConversationKey
{
    public Guid ConversationId { get; init; }

    /// <summary>The key in the form of <see cref="Infrastructure.Encryption.KeyEncryption"/>.</summary>
    public byte[] EncryptedKey { get; init; } = [];
}

internal sealed class ConversationKeyConfiguration : IEntityTypeConfiguration<ConversationKey>
{
    public void Configure(EntityTypeBuilder<ConversationKey> builder)
    {
        builder.ToTable("conversation_keys");
        builder.HasKey(key => key.ConversationId);
        builder.Property(key => key.ConversationId).ValueGeneratedNever();
        builder.HasOne<Conversation>()
            .WithOne()
            .HasForeignKey<ConversationKey>(key => key.ConversationId)
            .OnDelete(DeleteBehavior.Restrict);
    }
}
