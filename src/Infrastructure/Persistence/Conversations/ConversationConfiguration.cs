using CleanMessaging.Domain.Conversations;
using CleanMessaging.Infrastructure.Postgres;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace CleanMessaging.Infrastructure.Persistence.Conversations;

internal sealed class ConversationConfiguration : IEntityTypeConfiguration<Conversation>
{
    public void Configure(EntityTypeBuilder<Conversation> builder)
    {
        builder.ToTable("conversations", table =>
        {
            table.HasCheckConstraint("ck_conversations_pair_order", "pair_low <> pair_high");
            table.HasCheckConstraint("ck_conversations_last_sequence", "last_sequence >= 0 AND revision >= last_sequence");
        });
        builder.HasKey(conversation => conversation.Id);
        builder.Property(conversation => conversation.Id).ValueGeneratedNever();
        builder.HasIndex(conversation => new { conversation.PairLow, conversation.PairHigh })
            .IsUnique()
            .HasDatabaseName(ConstraintNames.Pair);
        builder.Ignore(conversation => conversation.DomainEvents);
        builder.Ignore(conversation => conversation.ParticipantIds);
        builder.HasMany(conversation => conversation.Participants)
            .WithOne()
            .HasForeignKey(participant => participant.ConversationId)
            .OnDelete(DeleteBehavior.Restrict);
        builder.HasMany(conversation => conversation.NewReadMarks)
            .WithOne()
            .HasForeignKey(mark => mark.ConversationId)
            .OnDelete(DeleteBehavior.Restrict);
    }
}
