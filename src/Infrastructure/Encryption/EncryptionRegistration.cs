using CleanMessaging.Domain.Messages;
using CleanMessaging.Infrastructure.Encryption.Kms;
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
        services.AddSingleton<KeyDecryption>();
        services.AddSingleton<MessageEncryption>();
        services.AddSingleton<IRequestHasher, RequestHasher>();

        return services;
    }

    /// <summary>Decrypts the keys by the KMS, if there is one. Call it before anything uses a key.</summary>
    /// <exception cref="KmsException">A key was not decrypted.</exception>
    public static Task DecryptKeysAsync(this IServiceProvider services, CancellationToken cancellationToken) =>
        services.GetRequiredService<KeyDecryption>().RunAsync(cancellationToken);
}
