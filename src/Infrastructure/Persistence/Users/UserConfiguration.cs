using CleanMessaging.Domain.Users;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace CleanMessaging.Infrastructure.Persistence.Users;

/// <summary>Maps the accounts table for the rest of the application: read-only and without credentials.</summary>
internal sealed class UserConfiguration : IEntityTypeConfiguration<User>
{
    public void Configure(EntityTypeBuilder<User> builder)
    {
        builder.ToView("users");
        builder.HasKey(user => user.Id);
        builder.Property(user => user.Role).HasConversion<string>();
    }
}
