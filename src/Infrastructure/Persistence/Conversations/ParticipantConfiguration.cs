using CleanMessaging.Domain.Conversations;
using CleanMessaging.Infrastructure.Persistence.Accounts;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace CleanMessaging.Infrastructure.Persistence.Conversations;

internal sealed class ParticipantConfiguration : IEntityTypeConfiguration<Participant>
{
    public void Configure(EntityTypeBuilder<Participant> builder)
    {
        builder.ToTable("participants", table => table.HasCheckConstraint("ck_participants_last_read_sequence", "last_read_sequence >= 0"));
        builder.HasKey(participant => new { participant.ConversationId, participant.UserId });
        builder.HasIndex(participant => participant.UserId);
        builder.HasOne<Account>().WithMany().HasForeignKey(participant => participant.UserId).OnDelete(DeleteBehavior.Restrict);
    }
}
