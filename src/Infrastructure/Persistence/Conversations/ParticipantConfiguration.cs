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
        .With(participant => participant.LastReadSequence)
        .With(participant => participant.PersonalRevision)
        .With(participant => participant.ClearedThrough)
        .With(participant => participant.HiddenCount)
        .With(participant => participant.DeletedThrough)
        .With(participant => participant.ArchivedThrough)
        .With(participant => participant.MutedUntil)
        .With(participant => participant.PinnedAt);

    public void Configure(EntityTypeBuilder<Participant> builder)
    {
        Columns.MapTo(builder, table =>
        {
            table.HasCheckConstraint("ck_participants_last_read_sequence", "last_read_sequence >= 0");
            table.HasCheckConstraint(
                "ck_participants_personal", "personal_revision >= 0 AND cleared_through >= 0 AND hidden_count BETWEEN 0 AND 5000");
        });

        // Servers of the previous version insert participants without these columns during a rolling upgrade.
        builder.Property(participant => participant.PersonalRevision).HasDefaultValue(0L).ValueGeneratedNever();
        builder.Property(participant => participant.ClearedThrough).HasDefaultValue(0L).ValueGeneratedNever();
        builder.Property(participant => participant.HiddenCount).HasDefaultValue(0).ValueGeneratedNever();
        builder.HasIndex(participant => participant.UserId);
        builder.HasOne<Account>().WithMany().HasForeignKey(participant => participant.UserId).OnDelete(DeleteBehavior.Restrict);
    }
}
