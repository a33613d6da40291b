using CleanMessaging.Domain.Attachments;
using CleanMessaging.Domain.Users;
using CleanMessaging.Infrastructure.Postgres;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace CleanMessaging.Infrastructure.Persistence.Accounts;

internal sealed class AccountConfiguration : IEntityTypeConfiguration<Account>
{
    public void Configure(EntityTypeBuilder<Account> builder)
    {
        builder.ToTable("users", table => table.HasCheckConstraint("ck_users_role", "role IN ('Investor', 'Startup', 'Admin')"));
        builder.HasKey(account => account.Id);
        builder.Property(account => account.Id).ValueGeneratedNever();
        builder.Property(account => account.Email).IsRequired().HasMaxLength(User.EmailMaxLength);
        builder.Property(account => account.NormalizedEmail).IsRequired().HasMaxLength(User.EmailMaxLength);
        builder.Property(account => account.UserName).IsRequired().HasMaxLength(User.EmailMaxLength);
        builder.Property(account => account.NormalizedUserName).IsRequired().HasMaxLength(User.EmailMaxLength);
        builder.Property(account => account.DisplayName).HasMaxLength(DisplayName.MaxLength);
        builder.Property(account => account.Role).HasMaxLength(8).HasConversion<string>();
        builder.Property(account => account.AccessVersion).HasDefaultValue(0);
        builder.Property(account => account.ConcurrencyStamp).IsConcurrencyToken();
        builder.HasIndex(account => account.NormalizedEmail).IsUnique().HasDatabaseName(ConstraintNames.Email);
        builder.HasIndex(account => account.NormalizedUserName).IsUnique().HasDatabaseName("ux_users_normalized_user_name");
        builder.HasIndex(account => account.DeactivatedAt).HasFilter("deactivated_at IS NOT NULL");
        builder.HasIndex(account => account.AccessChangedAt).HasFilter("access_changed_at IS NOT NULL");
        builder.HasIndex(account => new { account.Role, account.DisplayName, account.Id });
        builder.HasIndex(account => new { account.DisplayName, account.Id });

        // Partial, so that a change of the avatar does not block inserts that refer to the user.
        builder.HasIndex(account => account.AvatarId)
            .IsUnique()
            .HasFilter("avatar_id IS NOT NULL")
            .HasDatabaseName("ux_users_avatar_id");
        builder.HasOne<Attachment>().WithMany().HasForeignKey(account => account.AvatarId).OnDelete(DeleteBehavior.Restrict);

        // The index for searches is an expression index; the migration SearchUsers creates it.
        builder.HasIndex(account => account.Id).HasFilter("search_name IS NULL").HasDatabaseName("ix_users_without_search_text");

        // The product does not support telephone numbers, a second factor or lockout by count.
        builder.Ignore(account => account.PhoneNumber);
        builder.Ignore(account => account.PhoneNumberConfirmed);
        builder.Ignore(account => account.TwoFactorEnabled);
        builder.Ignore(account => account.LockoutEnabled);
        builder.Ignore(account => account.LockoutEnd);
        builder.Ignore(account => account.AccessFailedCount);
    }
}
