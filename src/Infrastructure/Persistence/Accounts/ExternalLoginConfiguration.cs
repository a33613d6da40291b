using CleanMessaging.Application.Accounts;
using CleanMessaging.Infrastructure.Postgres;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace CleanMessaging.Infrastructure.Persistence.Accounts;

internal sealed class ExternalLoginConfiguration : IEntityTypeConfiguration<IdentityUserLogin<Guid>>
{
    public void Configure(EntityTypeBuilder<IdentityUserLogin<Guid>> builder)
    {
        builder.ToTable("user_logins");
        builder.HasKey(login => new { login.LoginProvider, login.ProviderKey }).HasName(ConstraintNames.ExternalLogin);
        builder.Property(login => login.LoginProvider).HasMaxLength(ExternalLogin.IssuerMaxLength);
        builder.Property(login => login.ProviderKey).HasMaxLength(ExternalLogin.SubjectMaxLength);
        builder.Ignore(login => login.ProviderDisplayName);
        builder.HasIndex(login => login.UserId);
        builder.HasOne<Account>().WithMany().HasForeignKey(login => login.UserId).OnDelete(DeleteBehavior.Restrict);
    }
}
