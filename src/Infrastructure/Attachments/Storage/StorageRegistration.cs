using CleanMessaging.Application.Attachments;
using CleanMessaging.Infrastructure.Encryption;
using CleanMessaging.Infrastructure.Telemetry;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;

namespace CleanMessaging.Infrastructure.Attachments.Storage;

public static class StorageRegistration
{
    /// <summary>Adds the storage of attachments: a folder, a bucket, or neither, which turns attachments off.</summary>
    /// <param name="backplaneName">The name of the connection string that says that there are several servers.</param>
    public static IServiceCollection AddAttachmentStorage(
        this IServiceCollection services, IConfiguration configuration, string backplaneName)
    {
        services
            .AddOptions<StorageOptions>()
            .Bind(configuration.GetSection(StorageOptions.Section))
            .ValidateDataAnnotations()
            .ValidateOnStart();
        services.AddSingleton<IValidateOptions<StorageOptions>>(new StorageValidation(
            hasKeys: () => configuration.GetSection(EncryptionOptions.Section).AsEnumerable().Any(key => !string.IsNullOrEmpty(key.Value)),
            hasBackplane: () => !string.IsNullOrEmpty(configuration.GetConnectionString(backplaneName))));
        services.AddSingleton<FileKeys>();
        services.AddSingleton(provider => new ConfiguredStorage(Open(
            provider.GetRequiredService<IOptions<StorageOptions>>().Value, provider.GetRequiredService<TimeProvider>())));
        services.AddSingleton<IAttachmentStore>(provider => new AttachmentStore(
            provider.GetRequiredService<ConfiguredStorage>().Storage,
            provider.GetRequiredService<FileKeys>(),
            provider.GetRequiredService<MessagingMetrics>(),
            provider.GetRequiredService<ILogger<AttachmentStore>>()));
        services.AddSingleton(provider => new ObjectReconciliation(
            provider.GetRequiredService<ConfiguredStorage>().Storage, provider.GetRequiredService<NpgsqlDataSource>()));
        services.AddHostedService<StorageCheck>();

        return services;
    }

    private static IObjectStorage? Open(StorageOptions options, TimeProvider clock)
    {
        if (options.HasBucket)
            return new BucketStorage(options.S3);

        return options.HasFolder ? FolderStorage.Open(options.Folder!, clock.GetUtcNow()) : null;
    }
}
