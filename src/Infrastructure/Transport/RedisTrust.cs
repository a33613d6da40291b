using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using StackExchange.Redis;

namespace CleanMessaging.Infrastructure.Transport;

internal static class RedisTrust
{
    /// <summary>
    /// Makes connections accept only certificates for the host name whose chain ends in one of the configured certificates, if there are
    /// any. Otherwise StackExchange.Redis verifies the host name and a chain to a certificate of the system.
    /// </summary>
    public static ConfigurationOptions WithRoot(this ConfigurationOptions redis, TransportOptions transport)
    {
        if (!transport.HasRedisRoot)
            return redis;

        var roots = RootCertificates.Load(transport.RedisRootCertificate!);
        redis.SslClientAuthenticationOptions = host => new SslClientAuthenticationOptions
        {
            TargetHost = host,
            EnabledSslProtocols = redis.SslProtocols ?? SslProtocols.None,
            CertificateChainPolicy = PolicyFor(roots),
        };

        // Without a callback, StackExchange.Redis would also trust the certificate of an environment variable.
        redis.CertificateValidation += (_, _, _, errors) => errors == SslPolicyErrors.None;

        return redis;
    }

    private static X509ChainPolicy PolicyFor(X509Certificate2Collection roots)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
        };
        policy.CustomTrustStore.AddRange(roots);

        return policy;
    }
}
