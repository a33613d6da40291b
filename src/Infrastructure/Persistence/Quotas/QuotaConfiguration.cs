using CleanMessaging.Domain.Quotas;
using CleanMessaging.Infrastructure.Persistence.Accounts;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace CleanMessaging.Infrastructure.Persistence.Quotas;

internal sealed class QuotaConfiguration : IEntityTypeConfiguration<MessageQuota>
{
    public static readonly TableColumns<MessageQuota> Columns = new TableColumns<MessageQuota>("message_quotas")
        .With(quota => quota.UserId)
        .With(quota => quota.MessagesSentToday)
        .With(quota => quota.QuotaDate)
        .With(quota => quota.DailyFreeLimit)
        .With(quota => quota.PointsPerMessage);

    public void Configure(EntityTypeBuilder<MessageQuota> builder)
    {
        Columns.MapTo(builder, table =>
        {
            table.HasCheckConstraint("ck_message_quotas_messages_sent_today", "messages_sent_today >= 0");
            table.HasCheckConstraint("ck_message_quotas_daily_free_limit", "daily_free_limit >= 0");
            table.HasCheckConstraint("ck_message_quotas_points_per_message", "points_per_message >= 0");
        });
        builder.Ignore(quota => quota.DomainEvents);
        builder.HasOne<Account>().WithOne().HasForeignKey<MessageQuota>(quota => quota.UserId).OnDelete(DeleteBehavior.Restrict);
    }
}
