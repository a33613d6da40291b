using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using CleanMessaging.PrivatePostgres;
using Npgsql;

namespace CleanMessaging.Tests.Support;

/// <summary>A PostgreSQL with TLS, whose certificate can be replaced while it runs. Its folder is deleted with it.</summary>
public sealed class TlsPostgres : IAsyncDisposable
{
    private static readonly byte[] _sslRequest = [0, 0, 0, 8, 4, 210, 22, 47];

    private readonly DirectoryInfo _folder;
    private readonly ServerAccount _account;
    private PrivateCluster? _cluster;

    private TlsPostgres(DirectoryInfo folder, ServerAccount account)
    {
        _folder = folder;
        _account = account;
    }

    public static async Task<TlsPostgres> StartAsync(ServerCertificate certificate)
    {
        var folder = Directory.CreateTempSubdirectory("tls-postgres-");
        if (!OperatingSystem.IsWindows())
            folder.UnixFileMode |= UnixFileMode.GroupExecute | UnixFileMode.OtherExecute | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

        var postgres = new TlsPostgres(folder, await ServerAccount.FindAsync(CancellationToken.None));
        try
        {
            await postgres.CopyAsync(certificate);
            var settings = new Dictionary<string, string>
            {
                ["ssl"] = "on",
                ["ssl_cert_file"] = postgres.CertificateFile,
                ["ssl_key_file"] = postgres.KeyFile,
                ["fsync"] = "off",
            };
            postgres._cluster = await PrivateCluster.StartAsync(Path.Combine(folder.FullName, "cluster"), settings);

            return postgres;
        }
        catch
        {
            await postgres.DisposeAsync();
            throw;
        }
    }

    /// <summary>Returns a connection string that verifies the server.</summary>
    public string ConnectionStringFor(string database, string host, string rootFile) =>
        new NpgsqlConnectionStringBuilder(Cluster.ConnectionStringFor(database))
        {
            Host = host,
            SslMode = SslMode.VerifyFull,
            RootCertificate = rootFile,
        }.ConnectionString;

    /// <summary>Replaces the certificate; returns when the server presents the new one.</summary>
    public async Task PresentAsync(ServerCertificate certificate)
    {
        await CopyAsync(certificate);
        await using (var connection = new NpgsqlConnection(Unverified("postgres")))
        {
            await connection.OpenAsync();
            await using var reload = new NpgsqlCommand("SELECT pg_reload_conf()", connection);
            await reload.ExecuteNonQueryAsync();
        }

        await Eventually.TrueAsync(
            async () => await PresentedAsync() == certificate.Thumbprint, "PostgreSQL does not present the new certificate.");
    }

    public async ValueTask DisposeAsync()
    {
        NpgsqlConnection.ClearAllPools();
        if (_cluster is not null)
            await _cluster.DisposeAsync();

        _folder.Delete(recursive: true);
    }

    private string CertificateFile => Path.Combine(_folder.FullName, "server.pem");

    private string KeyFile => Path.Combine(_folder.FullName, "server.key");

    private PrivateCluster Cluster => _cluster ?? throw new InvalidOperationException("It was not started.");

    private string Unverified(string database) =>
        new NpgsqlConnectionStringBuilder(Cluster.ConnectionStringFor(database)) { Pooling = false }.ConnectionString;

    private async Task CopyAsync(ServerCertificate certificate)
    {
        File.Delete(KeyFile);
        File.Copy(certificate.File, CertificateFile, overwrite: true);
        File.Copy(certificate.KeyFile, KeyFile);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(KeyFile, UnixFileMode.UserRead | UnixFileMode.UserWrite);

        await _account.HandOverAsync(KeyFile, CancellationToken.None);
    }

    /// <summary>Returns the thumbprint of the certificate that the server presents.</summary>
    private async Task<string?> PresentedAsync()
    {
        var server = new NpgsqlConnectionStringBuilder(Unverified("postgres"));
        using var client = new TcpClient();
        await client.ConnectAsync(server.Host!, server.Port);
        var stream = client.GetStream();
        await stream.WriteAsync(_sslRequest);
        await stream.ReadExactlyAsync(new byte[1]);
        await using var tls = new SslStream(stream);
        string? thumbprint = null;
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = server.Host,
            RemoteCertificateValidationCallback = (_, presented, _, _) =>
            {
                thumbprint = (presented as X509Certificate2)?.Thumbprint;

                return thumbprint is not null;
            },
        });

        return thumbprint;
    }
}
