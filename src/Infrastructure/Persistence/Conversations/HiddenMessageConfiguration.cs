using CleanMessaging.Domain.Conversations;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace CleanMessaging.Infrastructure.Persistence.Conversations;

internal sealed class HiddenMessageConfiguration : IEntityTypeConfiguration<HiddenMessage>
{
    public void Configure(EntityTypeBuilder<HiddenMessage> builder)
    {
        builder.ToTable("hidden_messages");

        // There is no index by revision: PostgreSQL could take it to find one message, and would read all rows of the user. A client that
        // missed changes reads these once instead.
        builder.HasKey(hidden => new { hidden.ConversationId, hidden.UserId, hidden.Sequence });
    }
}
