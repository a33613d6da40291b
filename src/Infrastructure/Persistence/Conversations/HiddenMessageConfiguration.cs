using CleanMessaging.Domain.Conversations;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace CleanMessaging.Infrastructure.Persistence.Conversations;

internal sealed class HiddenMessageConfiguration : IEntityTypeConfiguration<HiddenMessage>
{
    public void Configure(EntityTypeBuilder<HiddenMessage> builder)
    {
        builder.ToTable("hidden_messages");
        builder.HasKey(hidden => new { hidden.ConversationId, hidden.UserId, hidden.Sequence });

        // For clients that missed changes.
        builder.HasIndex(hidden => new { hidden.ConversationId, hidden.UserId, hidden.PersonalRevision });
    }
}
