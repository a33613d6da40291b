using CleanMessaging.Domain.Messages;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace CleanMessaging.Infrastructure.Encryption;

public static class EncryptionRegistration
{
    /// <summary>Adds the keys outside of the database, and what is computed with them.</summary>
    public static IServiceCollection AddEncryption(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<EncryptionOptions>()
            .Configure(options => options.Read(configuration))
            .ValidateDataAnnotations()
            .ValidateOnStart();
        services.AddSingleton<KeyRing>();
        services.AddSingleton<MessageEncryption>();
        services.AddSingleton<IRequestHasher, RequestHasher>();

        return services;
    }
}
