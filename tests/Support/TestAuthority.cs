using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace CleanMessaging.Tests.Support;

/// <summary>A CA that issues real certificates for servers, with its files in a folder that every account can read.</summary>
public sealed class TestAuthority : IDisposable
{
    private static readonly TimeSpan _day = TimeSpan.FromDays(1);

    private readonly DateTimeOffset _now = TimeProvider.System.GetUtcNow();
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly X509Certificate2 _root;
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("ca-");
    private int _certificates;

    public TestAuthority()
    {
        if (!OperatingSystem.IsWindows())
        {
            _folder.UnixFileMode |= UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;
        }

        var request = new CertificateRequest("CN=Test CA", _key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        _root = request.CreateSelfSigned(_now - (10 * _day), _now + (10 * _day));
        File.WriteAllText(RootFile, _root.ExportCertificatePem());
    }

    /// <summary>The file with the certificate of the CA.</summary>
    public string RootFile => Path.Combine(_folder.FullName, "root.pem");

    /// <summary>Issues a certificate for a DNS name and, if it is localhost, also for 127.0.0.1.</summary>
    public ServerCertificate Issue(string name, bool isExpired = false)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        if (name == "localhost")
            names.AddIpAddress(IPAddress.Loopback);

        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], false));
        using var certificate = request.Create(
            _root, _now - (2 * _day), isExpired ? _now - _day : _now + _day, RandomNumberGenerator.GetBytes(16));

        var path = Path.Combine(_folder.FullName, $"server{Interlocked.Increment(ref _certificates)}");
        File.WriteAllText($"{path}.pem", certificate.ExportCertificatePem());
        File.WriteAllText($"{path}.key", key.ExportPkcs8PrivateKeyPem());

        return new ServerCertificate($"{path}.pem", $"{path}.key", certificate.Thumbprint);
    }

    public void Dispose()
    {
        _root.Dispose();
        _key.Dispose();
        _folder.Delete(recursive: true);
    }
}

/// <summary>The files of a certificate and of its private key, in PEM.</summary>
public sealed record ServerCertificate(string File, string KeyFile, string Thumbprint);
