using System.Net;
using Npgsql;
using StackExchange.Redis;

namespace CleanMessaging.Infrastructure.Transport;

/// <summary>
/// Decides which links are verified: their TLS checks the certificate and the host name of the other end. Links to this machine, over
/// loopback or a Unix socket, need no TLS.
/// </summary>
/// <remarks>Each method returns null for a verified link. The results contain host names, and no other part of a setting.</remarks>
public static class LinkRules
{
    /// <summary>Checks the hosts of an Npgsql connection string, which share one SSL mode.</summary>
    /// <exception cref="ArgumentException">The connection string cannot be read.</exception>
    public static UnverifiedLink? OfPostgres(string setting, string connectionString)
    {
        var given = new NpgsqlConnectionStringBuilder(connectionString);
        if (given.SslMode == SslMode.VerifyFull)
            return null;

        var hosts = (given.Host ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

        return Unverified(
            setting,
            hosts.Select(WithoutPort),
            "Set SSL Mode=VerifyFull in it, and Root Certificate if the certificate is from your own CA.");
    }

    /// <summary>Checks the end points of a StackExchange.Redis configuration.</summary>
    /// <exception cref="ArgumentException">The configuration cannot be read.</exception>
    public static UnverifiedLink? OfRedis(string setting, string configuration)
    {
        var redis = ConfigurationOptions.Parse(configuration);
        if (redis.Ssl)
            return null;

        return Unverified(
            setting,
            redis.EndPoints.Select(HostOf),
            "Set ssl=true in it, and Transport:RedisRootCertificate if the certificate is from your own CA.");
    }

    /// <summary>Checks an address of a web service. What is not an http address is not a matter of this rule.</summary>
    public static UnverifiedLink? OfAddress(string setting, string address) =>
        Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri.Scheme == Uri.UriSchemeHttp
            ? Unverified(setting, [uri.IdnHost], "Set an https address.")
            : null;

    /// <summary>Checks the address of Vault in the setting of a KMS. For AWS, the setting has no address.</summary>
    public static UnverifiedLink? OfKms(string setting, string kms)
    {
        const string Vault = "vault:";

        return kms.StartsWith(Vault, StringComparison.Ordinal) ? OfAddress(setting, kms[Vault.Length..]) : null;
    }

    /// <summary>Checks <c>host:port</c> or the path of a Unix socket of the virus scanner, whose protocol has no TLS.</summary>
    public static UnverifiedLink? OfScanner(string setting, string address) =>
        Unverified(setting, [WithoutPort(address)], "Use a Unix socket, or a TLS tunnel that listens on this machine.");

    private static UnverifiedLink? Unverified(string setting, IEnumerable<string> hosts, string remedy)
    {
        var remote = string.Join(", ", hosts.Where(host => !IsThisMachine(host)));

        return remote.Length == 0 ? null : new UnverifiedLink(setting, remote, remedy);
    }

    private static bool IsThisMachine(string host) =>
        host.StartsWith('/')
        || host.StartsWith('@')
        || host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address));

    private static string HostOf(EndPoint endPoint) => endPoint switch
    {
        DnsEndPoint name => name.Host,
        IPEndPoint address => address.Address.ToString(),
        _ => $"/{endPoint}",
    };

    /// <summary>Removes the port from <c>host:port</c> and <c>[address]:port</c>. An IPv6 address without brackets has no port.</summary>
    private static string WithoutPort(string host)
    {
        if (host.StartsWith('/'))
            return host;

        var colon = host.LastIndexOf(':');
        var hasPort = colon > 0 && (host.IndexOf(':') == colon || host[colon - 1] == ']');

        return (hasPort ? host[..colon] : host).Trim('[', ']');
    }
}
