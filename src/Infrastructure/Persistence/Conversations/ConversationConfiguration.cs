using CleanMessaging.Domain.Conversations;
using CleanMessaging.Infrastructure.Postgres;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace CleanMessaging.Infrastructure.Persistence.Conversations;

internal sealed class ConversationConfiguration : IEntityTypeConfiguration<Conversation>
{
    public static readonly TableColumns<Conversation> Columns = new TableColumns<Conversation>("conversations")
        .With(conversation => conversation.Id)
        .With(conversation => conversation.PairLow)
        .With(conversation => conversation.PairHigh)
        .With(conversation => conversation.LastSequence)
        .With(conversation => conversation.Revision)
        .With(conversation => conversation.CreatedAt)
        .With(conversation => conversation.LastActivityAt)
        .With(conversation => conversation.DefaultExpirationHours)
        .WithQueryOnly(conversation => conversation.DefaultExpirationSetBy);

    public void Configure(EntityTypeBuilder<Conversation> builder)
    {
        Columns.MapTo(builder, table =>
        {
            table.HasCheckConstraint("ck_conversations_pair_order", "pair_low <> pair_high");
            table.HasCheckConstraint("ck_conversations_last_sequence", "last_sequence >= 0 AND revision >= last_sequence");
            table.HasCheckConstraint("ck_conversations_default_expiration_hours", "default_expiration_hours BETWEEN 1 AND 8760");
        });
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
        builder.HasMany(conversation => conversation.NewHiddenMessages)
            .WithOne()
            .HasForeignKey(hidden => hidden.ConversationId)
            .OnDelete(DeleteBehavior.Restrict);
    }
}
