using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace CleanMessaging.Infrastructure.Transport;

/// <summary>Reads files with the certificates of CAs.</summary>
public static class RootCertificates
{
    /// <summary>Reads the certificates of a file in PEM, or the one of a file in DER.</summary>
    /// <exception cref="CryptographicException">The file does not have a certificate.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static X509Certificate2Collection Load(string path)
    {
        var certificates = new X509Certificate2Collection();
        certificates.ImportFromPemFile(path);
        if (certificates.Count == 0)
            certificates.Add(X509CertificateLoader.LoadCertificateFromFile(path));

        return certificates;
    }

    /// <summary>Returns why a file cannot be used, as the predicate of a sentence; null if it can.</summary>
    public static string? ErrorOf(string path)
    {
        try
        {
            foreach (var certificate in Load(path))
                certificate.Dispose();

            return null;
        }
        catch (CryptographicException)
        {
            return $"is '{path}', which does not have a certificate in PEM.";
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return $"cannot be read. {exception.Message}";
        }
    }
}
