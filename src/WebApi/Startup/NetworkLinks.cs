using CleanMessaging.Infrastructure.Attachments.Scanning;
using CleanMessaging.Infrastructure.Attachments.Storage;
using CleanMessaging.Infrastructure.Encryption;
using CleanMessaging.Infrastructure.Postgres;
using CleanMessaging.Infrastructure.Realtime;
using CleanMessaging.Infrastructure.Transport;
using Npgsql;
using StackExchange.Redis;

namespace CleanMessaging.WebApi.Startup;

/// <summary>The links of the server to other services that its settings configure.</summary>
internal static class NetworkLinks
{
    private const string Redis = $"ConnectionStrings:{RealtimeRegistration.RedisConnectionName}";
    private const string Bucket = $"{StorageOptions.Section}:{nameof(StorageOptions.S3)}:{nameof(BucketOptions.Endpoint)}";
    private const string Scanner = $"{ScannerOptions.Section}:{nameof(ScannerOptions.ClamAv)}";

    private const string Kms = $"{EncryptionOptions.Section}:Kms";
    private const string KmsEndpoint = $"{EncryptionOptions.Section}:KmsEndpoint";

    private static readonly string[] _databases =
    [
        $"ConnectionStrings:{DatabaseConnections.MessagingName}",
        $"ConnectionStrings:{DatabaseConnections.SendsName}",
        $"ConnectionStrings:{DatabaseConnections.MigrationName}",
    ];

    /// <summary>The exporter of a signal can have an address of its own.</summary>
    private static readonly string[] _telemetry =
    [
        Telemetry.Endpoint,
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
        "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
        "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT",
    ];

    /// <summary>Returns the links without verified TLS.</summary>
    public static IEnumerable<UnverifiedLink> FindUnverified(IConfiguration settings)
    {
        var isExported = !string.IsNullOrWhiteSpace(settings[Telemetry.Endpoint]);

        return
        [
            .. Find(LinkRules.OfPostgres, _databases),
            .. Find(LinkRules.OfRedis, Redis),
            .. Find(LinkRules.OfAddress, Bucket),
            .. Find(LinkRules.OfScanner, Scanner),
            .. Find(LinkRules.OfKms, Kms),
            .. Find(LinkRules.OfAddress, KmsEndpoint),
            .. Find(LinkRules.OfAddress, isExported ? _telemetry : []),
        ];

        IEnumerable<UnverifiedLink> Find(Func<string, string, UnverifiedLink?> rule, params string[] names) =>
            from name in names
            let value = settings[name]
            where !string.IsNullOrWhiteSpace(value)
            let link = rule(name, value)
            where link is not null
            select link;
    }

    /// <summary>Returns what is wrong with the certificates of CAs that the settings name.</summary>
    public static IEnumerable<string> FindCertificateErrors(IConfiguration settings, TransportOptions transport)
    {
        foreach (var name in _databases.Where(name => !string.IsNullOrWhiteSpace(settings[name])))
        {
            // Npgsql also reads archives, which can need a password.
            var root = new NpgsqlConnectionStringBuilder(settings[name]).RootCertificate;
            if (root is { Length: > 0 }
                && !root.EndsWith(".pfx", StringComparison.OrdinalIgnoreCase)
                && RootCertificates.ErrorOf(root) is { } error)
            {
                yield return $"Root Certificate in {name} {error}";
            }
        }

        if (!string.IsNullOrWhiteSpace(transport.RedisRootCertificate)
            && settings[Redis] is { Length: > 0 } redis
            && !ConfigurationOptions.Parse(redis).Ssl)
        {
            yield return $"{TransportOptions.Section}:{nameof(TransportOptions.RedisRootCertificate)} is set, but {Redis} does not have "
                + "ssl=true.";
        }
    }
}
