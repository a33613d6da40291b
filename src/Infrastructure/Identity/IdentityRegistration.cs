using CleanMessaging.Application.Accounts;
using CleanMessaging.Application.Storage;
using CleanMessaging.Infrastructure.Persistence;
using CleanMessaging.Infrastructure.Persistence.Accounts;
using CleanMessaging.Infrastructure.Tokens;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Identity.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace CleanMessaging.Infrastructure.Identity;

public static class IdentityRegistration
{
    /// <summary>PBKDF2-HMAC-SHA-512 iterations per password: the minimum of OWASP ASVS 5.0 (appendix C).</summary>
    public const int PasswordIterations = 210_000;

    /// <summary>Adds accounts with ASP.NET Core Identity, and the tokens of sessions.</summary>
    public static IServiceCollection AddAccounts(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<JwtOptions>().Bind(configuration.GetSection(JwtOptions.Section)).ValidateDataAnnotations().ValidateOnStart();
        services.AddOptions<ExternalIssuerOptions>()
            .Bind(configuration.GetSection(ExternalIssuerOptions.Section))
            .ValidateDataAnnotations()
            .ValidateOnStart();
        services.Configure<PasswordHasherOptions>(options => options.IterationCount = PasswordIterations);
        services.AddSingleton<IPasswordHasher<Account>, PasswordHasher<Account>>();
        services.AddSingleton<ILookupNormalizer, EmailLookupNormalizer>();
        services.AddIdentityCore<Account>(options =>
        {
            options.User.RequireUniqueEmail = true;

            // The e-mail address is the user name. RegisterAccountValidator validates its format.
            options.User.AllowedUserNameCharacters = "";
        });

        // The store adds entities; the unit of work saves them.
        services.AddScoped<IUserStore<Account>>(provider =>
            new UserOnlyStore<Account, MessagingDbContext, Guid>(
                provider.GetRequiredService<MessagingDbContext>())
            { AutoSaveChanges = false });
        services.AddScoped(provider => (IUserLoginStore<Account>)provider.GetRequiredService<IUserStore<Account>>());
        services.AddSingleton<PlaceholderPassword>();
        services.AddSingleton<PasswordVerifier>();
        services.AddSingleton<PasswordHashing>();
        services.AddScoped<IAccountStore, IdentityAccountStore>();
        services.AddSingleton<ITokenIssuer, JwtTokenIssuer>();
        services.AddScoped(provider => new DemoAccounts(
            provider.GetRequiredService<IAccountStore>(),
            provider.GetRequiredService<UserManager<Account>>(),
            provider.GetRequiredService<IUnitOfWork>(),
            provider.GetRequiredService<TimeProvider>()));

        return services;
    }
}
