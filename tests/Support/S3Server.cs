using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using CleanMessaging.PrivatePostgres;

namespace CleanMessaging.Tests.Support;

/// <summary>Runs a real s3rver, a server with the interface of Amazon S3, with one bucket on a loopback port that it keeps over restarts.</summary>
public sealed class S3Server : IAsyncDisposable
{
    /// <summary>Why a test is skipped without it.</summary>
    public const string Missing = "s3rver is not installed: npm install --global s3rver@3.7.1";

    public const string Bucket = "attachments";

    /// <summary>The id and the secret of its only access key.</summary>
    public const string AccessKey = "S3RVER";

    private static readonly string? _program = InstalledProgram.Find("s3rver");

    private readonly int _port = ClusterServer.FreePort();
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("s3rver-");
    private Process? _process;

    /// <summary>Whether this machine has s3rver; tests that need it are skipped without it.</summary>
    public static bool IsInstalled => _program is not null;

    public string Endpoint => string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{_port}");

    /// <summary>The settings of a server that stores attachments in its bucket.</summary>
    public Dictionary<string, string?> Settings => new()
    {
        ["Attachments:S3:Endpoint"] = Endpoint,
        ["Attachments:S3:Bucket"] = Bucket,
        ["Attachments:S3:AccessKey"] = AccessKey,
        ["Attachments:S3:SecretKey"] = AccessKey,
    };

    public static async Task<S3Server> StartNewAsync()
    {
        var server = new S3Server();
        await server.StartAsync();

        return server;
    }

    /// <summary>Starts or restarts the server, and returns when it accepts connections.</summary>
    public async Task StartAsync()
    {
        _process?.Dispose();
        var start = new ProcessStartInfo(
            _program ?? throw new InvalidOperationException(Missing),
            ["--directory", _folder.FullName, "--address", "127.0.0.1", "--port", _port.ToString(CultureInfo.InvariantCulture), "--silent", "--configure-bucket", Bucket])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

        // It pages lists with tokens that it encrypts with DES.
        start.Environment["NODE_OPTIONS"] = "--openssl-legacy-provider";
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, _) => { };
        _process.ErrorDataReceived += (_, _) => { };
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        await Eventually.TrueAsync(AcceptsAsync, "s3rver does not start.");
    }

    public async Task KillAsync()
    {
        Running.Kill(entireProcessTree: true);
        await Running.WaitForExitAsync(CancellationToken.None);
    }

    /// <summary>Suspends the server: it does not respond and keeps every connection open.</summary>
    public Task PauseAsync() => Signal.SendAsync(Running.Id, Signal.Stop);

    public Task ResumeAsync() => Signal.SendAsync(Running.Id, Signal.Continue);

    /// <summary>Whether the bucket has an object.</summary>
    public bool HasObjects => FilesOf("*").Any();

    /// <summary>Returns the path of the file in which the server keeps the content of an object.</summary>
    public string FileOf(Guid objectId) => FilesOf($"{objectId:N}").ShouldHaveSingleItem();

    public bool Has(Guid objectId) => FilesOf($"{objectId:N}").Any();

    public async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false })
            await KillAsync();

        _process?.Dispose();
        _folder.Delete(recursive: true);
    }

    private Process Running => _process ?? throw new InvalidOperationException("It was not started.");

    private IEnumerable<string> FilesOf(string key) =>
        Directory.EnumerateFiles(_folder.FullName, $"{key}._S3rver_object", SearchOption.AllDirectories);

    private async Task<bool> AcceptsAsync()
    {
        Running.HasExited.ShouldBeFalse("s3rver has ended.");
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(IPAddress.Loopback, _port);

            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
