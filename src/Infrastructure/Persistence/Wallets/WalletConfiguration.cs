using CleanMessaging.Domain.Messages;
using CleanMessaging.Domain.Text;
using CleanMessaging.Domain.Wallets;
using CleanMessaging.Infrastructure.Persistence.Accounts;
using CleanMessaging.Infrastructure.Postgres;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace CleanMessaging.Infrastructure.Persistence.Wallets;

internal sealed class WalletConfiguration : IEntityTypeConfiguration<Wallet>
{
    public static readonly TableColumns<Wallet> Columns = new TableColumns<Wallet>("wallets")
        .With(wallet => wallet.UserId)
        .With(wallet => wallet.Balance)
        .With(wallet => wallet.LastNumber);

    public void Configure(EntityTypeBuilder<Wallet> builder)
    {
        Columns.MapTo(builder, table =>
        {
            table.HasCheckConstraint("ck_wallets_balance", "balance >= 0");
            table.HasCheckConstraint("ck_wallets_last_number", "last_number >= 0");
        });
        builder.Ignore(wallet => wallet.DomainEvents);
        builder.HasOne<Account>().WithOne().HasForeignKey<Wallet>(wallet => wallet.UserId).OnDelete(DeleteBehavior.Restrict);
        builder.HasMany(wallet => wallet.NewTransactions)
            .WithOne()
            .HasForeignKey(line => line.UserId)
            .OnDelete(DeleteBehavior.Restrict);
    }
}

internal sealed class WalletTransactionConfiguration : IEntityTypeConfiguration<WalletTransaction>
{
    public static readonly TableColumns<WalletTransaction> Columns = new TableColumns<WalletTransaction>("wallet_transactions")
        .With(line => line.Id)
        .With(line => line.UserId)
        .With(line => line.Number)
        .With(line => line.Type, type => type.ToString().ToUpperInvariant(), text => Enum.Parse<WalletTransactionType>(text, true))
        .With(line => line.Amount)
        .With(line => line.BalanceAfter)
        .With(line => line.MessageId)
        .With(line => line.ConversationId)
        .With(line => line.ReversesId)
        .With(line => line.Reason)
        .With(line => line.ActorId)
        .With(line => line.IdempotencyKey)
        .With(line => line.CreatedAt);

    public void Configure(EntityTypeBuilder<WalletTransaction> builder)
    {
        Columns.MapTo(builder, table =>
        {
            table.HasCheckConstraint("ck_wallet_transactions_amount", "amount <> 0");
            table.HasCheckConstraint("ck_wallet_transactions_balance_after", "balance_after >= 0");
            table.HasCheckConstraint("ck_wallet_transactions_type", "type IN ('GRANT', 'TOPUP', 'SPEND', 'REVERSAL')");
            table.HasCheckConstraint("ck_wallet_transactions_reverses", "(type = 'REVERSAL') = (reverses_id IS NOT NULL)");
        });
        builder.Property(line => line.Type).HasMaxLength(8);
        builder.Property(line => line.Reason).HasMaxLength(Reason.MaxLength);
        builder.Property(line => line.IdempotencyKey).HasMaxLength(WalletTransaction.IdempotencyKeyMaxLength);
        builder.HasIndex(line => new { line.UserId, line.Number }).IsUnique().HasDatabaseName("ux_wallet_transactions_user_id_number");
        builder.HasIndex(line => line.ReversesId).IsUnique().HasDatabaseName(ConstraintNames.Reversal);
        builder.HasIndex(line => line.IdempotencyKey).IsUnique().HasDatabaseName(ConstraintNames.IdempotencyKey);
        builder.HasIndex(line => line.MessageId)
            .IsUnique()
            .HasFilter("type = 'SPEND'")
            .HasDatabaseName("ux_wallet_transactions_paid_message");
        builder.HasOne<Message>().WithMany().HasForeignKey(line => line.MessageId).OnDelete(DeleteBehavior.Restrict);
        builder.HasOne<WalletTransaction>().WithMany().HasForeignKey(line => line.ReversesId).OnDelete(DeleteBehavior.Restrict);
    }
}
