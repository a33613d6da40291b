using CleanMessaging.Domain.Attachments;
using CleanMessaging.Infrastructure.Persistence.Accounts;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace CleanMessaging.Infrastructure.Persistence.Attachments;

internal sealed class StorageAllowanceConfiguration : IEntityTypeConfiguration<StorageAllowance>
{
    public static readonly TableColumns<StorageAllowance> Columns = new TableColumns<StorageAllowance>("storage_allowances")
        .With(allowance => allowance.UserId)
        .With(allowance => allowance.BytesLimit)
        .With(allowance => allowance.UploadsSince)
        .With(allowance => allowance.UploadsBegun);

    public void Configure(EntityTypeBuilder<StorageAllowance> builder)
    {
        Columns.MapTo(builder, table => table.HasCheckConstraint("ck_storage_allowances_bytes_limit", "bytes_limit >= 0"));
        builder.Property(allowance => allowance.UploadsBegun).HasDefaultValue(0).ValueGeneratedNever();
        builder.Ignore(allowance => allowance.DomainEvents);
        builder.HasOne<Account>()
            .WithOne()
            .HasForeignKey<StorageAllowance>(allowance => allowance.UserId)
            .OnDelete(DeleteBehavior.Restrict);
    }
}
