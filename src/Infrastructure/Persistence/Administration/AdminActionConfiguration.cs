using CleanMessaging.Domain.Administration;
using CleanMessaging.Domain.Text;
using CleanMessaging.Infrastructure.Persistence.Accounts;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace CleanMessaging.Infrastructure.Persistence.Administration;

internal sealed class AdminActionConfiguration : IEntityTypeConfiguration<AdminAction>
{
    public void Configure(EntityTypeBuilder<AdminAction> builder)
    {
        builder.ToTable("admin_actions", table => table.HasCheckConstraint("ck_admin_actions_count", "count >= 1"));
        builder.HasKey(action => action.Id);
        builder.Property(action => action.Id).ValueGeneratedNever();
        builder.Property(action => action.Action).HasMaxLength(AdminAction.ActionMaxLength);
        builder.Property(action => action.Subject).HasMaxLength(AdminAction.SubjectMaxLength);
        builder.Property(action => action.Reason).HasMaxLength(Reason.MaxLength);
        builder.HasOne<Account>().WithMany().HasForeignKey(action => action.ActorId).OnDelete(DeleteBehavior.Restrict);
    }
}
