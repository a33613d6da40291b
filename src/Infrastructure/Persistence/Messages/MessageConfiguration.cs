using CleanMessaging.Domain.Conversations;
using CleanMessaging.Domain.Messages;
using CleanMessaging.Infrastructure.Encryption;
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
        .With(message => message.PointsCharged)
        .With(message => message.ExpiresByDefault)
        .With(message => message.ReplyToSequence)
        .WithLaterColumns(columns => columns
            .With(message => message.SentExpirationHours)
            .With(message => message.Version)
            .With(message => message.EditedAt)
            .With(message => message.DeletedAt)
            .With(message => message.DeletedBy, deleter => (short?)deleter, number => (MessageDeleter?)number)
            .With(message => message.Reactions, reactions => ReactionsJson.Write(reactions), json => ReactionsJson.Read(json))
            .With(message => message.RequestHash)
            .With(message => message.Attachments, attachments => AttachmentsJson.Write(attachments), json => AttachmentsJson.Read(json))
            .With(message => message.PlayedAt));

    /// <summary>
    /// The property, which the aggregate does not have, that says whether the stored text is encrypted
    /// (<see cref="Infrastructure.Encryption.MessageEncryption"/>). Also that of an earlier text.
    /// </summary>
    public const string IsEncrypted = nameof(IsEncrypted);

    /// <summary>The rule of the database for the length of a text that is not encrypted.</summary>
    public static readonly string ContentLength = $"is_encrypted OR char_length(content) <= {MessageContent.MaxLength}";

    public void Configure(EntityTypeBuilder<Message> builder)
    {
        Columns.MapTo(builder, table =>
        {
            table.HasCheckConstraint("ck_messages_content", ContentLength);
            table.HasCheckConstraint("ck_messages_sequence", "sequence >= 1");
            table.HasCheckConstraint("ck_messages_points_charged", "points_charged >= 0");
            table.HasCheckConstraint("ck_messages_reply_to_sequence", "reply_to_sequence BETWEEN 1 AND sequence - 1");
            table.HasCheckConstraint("ck_messages_version", "version >= 0 AND (version = 0) = (edited_at IS NULL)");
            table.HasCheckConstraint(
                "ck_messages_deleted",
                "(deleted_at IS NULL) = (deleted_by IS NULL) AND CASE WHEN deleted_at IS NULL THEN is_expired OR content <> '' OR attachments IS NOT NULL ELSE content = '' END");
        });
        builder.Property(message => message.Content).HasMaxLength(MessageEncryption.StoredMaxLength);
        builder.Property<bool>(IsEncrypted).HasDefaultValue(false).ValueGeneratedNever();
        builder.Property(message => message.Reactions).HasColumnType("jsonb");
        builder.Property(message => message.Attachments).HasColumnType("jsonb");
        builder.Property(message => message.ExpiresByDefault).HasDefaultValue(false).ValueGeneratedNever();
        builder.Property(message => message.Version).HasDefaultValue(0).ValueGeneratedNever();
        builder.Ignore(message => message.DomainEvents);
        builder.HasIndex(message => new { message.ConversationId, message.Sequence })
            .IsUnique()
            .HasDatabaseName("ux_messages_conversation_id_sequence");
        builder.HasIndex(message => new { message.ConversationId, message.Revision })
            .IsUnique()
            .HasDatabaseName("ux_messages_conversation_id_revision");
        builder.HasIndex(message => new { message.SenderId, message.ClientMessageId })
            .IsUnique()
            .HasDatabaseName(ConstraintNames.ClientMessageId);
        builder.HasIndex(message => message.ExpiresAt)
            .HasFilter(ExpiredMessageStatements.ToFlag)
            .HasDatabaseName("ix_messages_to_flag");
        builder.HasIndex([nameof(Message.ExpiresAt)], "ix_messages_to_purge")
            .HasFilter(ExpiredMessageStatements.ToPurge)
            .HasDatabaseName("ix_messages_to_purge");
        builder.HasIndex([nameof(Message.ConversationId), nameof(Message.Sequence)], "ix_messages_deleted")
            .HasFilter("deleted_at IS NOT NULL")
            .HasDatabaseName("ix_messages_deleted");
        builder.HasIndex([nameof(Message.ConversationId), nameof(Message.Sequence)], "ix_messages_with_attachments")
            .HasFilter("attachments IS NOT NULL")
            .HasDatabaseName("ix_messages_with_attachments");
        builder.HasMany(message => message.NewVersions)
            .WithOne()
            .HasForeignKey(version => version.MessageId)
            .OnDelete(DeleteBehavior.Restrict);
        builder.HasOne<Conversation>().WithMany().HasForeignKey(message => message.ConversationId).OnDelete(DeleteBehavior.Restrict);
        builder.HasOne<Account>().WithMany().HasForeignKey(message => message.SenderId).OnDelete(DeleteBehavior.Restrict);
    }
}
