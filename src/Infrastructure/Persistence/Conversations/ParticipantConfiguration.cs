using CleanMessaging.Domain.Conversations;
using CleanMessaging.Infrastructure.Persistence.Accounts;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace CleanMessaging.Infrastructure.Persistence.Conversations;

internal sealed class ParticipantConfiguration : IEntityTypeConfiguration<Participant>
{
    public static readonly TableColumns<Participant> Columns = new TableColumns<Participant>("participants", keyColumns: 2)
        .With(participant => participant.ConversationId)
        .With(participant => participant.UserId)
        .With(participant => participant.LastReadSequence);

    public void Configure(EntityTypeBuilder<Participant> builder)
    {
        Columns.MapTo(builder, table => table.HasCheckConstraint("ck_participants_last_read_sequence", "last_read_sequence >= 0"));
        builder.HasIndex(participant => participant.UserId);
        builder.HasOne<Account>().WithMany().HasForeignKey(participant => participant.UserId).OnDelete(DeleteBehavior.Restrict);
    }
}
