using CleanMessaging.Domain.Conversations;
using CleanMessaging.Domain.Messages;
using CleanMessaging.Infrastructure.Persistence.Accounts;
using CleanMessaging.Infrastructure.Postgres;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace CleanMessaging.Infrastructure.Persistence.Messages;

internal sealed class MessageConfiguration : IEntityTypeConfiguration<Message>
{
    public static readonly TableColumns<Message> Columns = new TableColumns<Message>("messages")
        .With(message => message.Id)
        .With(message => message.ConversationId)
        .With(message => message.Sequence)
        .With(message => message.Revision)
        .With(message => message.SenderId)
        .With(message => message.Content)
        .With(message => message.CreatedAt)
        .With(message => message.UpdatedAt)
        .With(message => message.ExpiresAt)
        .With(message => message.IsExpired)
        .With(message => message.ClientMessageId)
        .With(message => message.PointsCharged);

    public void Configure(EntityTypeBuilder<Message> builder)
    {
        Columns.MapTo(builder, table =>
        {
            table.HasCheckConstraint("ck_messages_sequence", "sequence >= 1");
            table.HasCheckConstraint("ck_messages_points_charged", "points_charged >= 0");
        });
        builder.Property(message => message.Content).HasMaxLength(MessageContent.MaxLength);
        builder.Ignore(message => message.DomainEvents);
        builder.HasIndex(message => new { message.ConversationId, message.Sequence })
            .IsUnique()
            .HasDatabaseName("ux_messages_conversation_id_sequence");
        builder.HasIndex(message => new { message.ConversationId, message.Revision })
            .HasDatabaseName("ix_messages_conversation_id_revision");
        builder.HasIndex(message => new { message.SenderId, message.ClientMessageId })
            .IsUnique()
            .HasDatabaseName(ConstraintNames.ClientMessageId);
        builder.HasIndex(message => message.ExpiresAt)
            .HasFilter("NOT is_expired AND expires_at IS NOT NULL")
            .HasDatabaseName("ix_messages_to_flag");
        builder.HasOne<Conversation>().WithMany().HasForeignKey(message => message.ConversationId).OnDelete(DeleteBehavior.Restrict);
        builder.HasOne<Account>().WithMany().HasForeignKey(message => message.SenderId).OnDelete(DeleteBehavior.Restrict);
    }
}
