using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using CleanMessaging.PrivatePostgres;

namespace CleanMessaging.Tests.Support;

/// <summary>Runs a real clamd that knows one virus: the test file of EICAR, which is harmless.</summary>
public sealed class ClamAv : IAsyncDisposable
{
    /// <summary>Why a test is skipped without it.</summary>
    public const string Missing = "clamd is not installed: apt install clamav-daemon";

    /// <summary>The largest file that it scans.</summary>
    public const int StreamBytesMax = 1024 * 1024;

    private const string Signature = "58354f2150254041505b345c505a58353428505e2937434329377d2445494341522d5354414e444152442d414e544956495255532d544553542d46494c452124482b482a";

    private static readonly string? _program = InstalledProgram.Find("clamd");

    private readonly int _port = ClusterServer.FreePort();
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("clamd-");
    private Process? _process;

    /// <summary>Whether this machine has clamd; tests that need it are skipped without it.</summary>
    public static bool IsInstalled => _program is not null;

    public string Address => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{_port}");

    public string UnixSocket => Path.Combine(_folder.FullName, "clamd.sock");

    /// <summary>Returns the content of the test file. It is not in the source, because scanners would find it there.</summary>
    public static byte[] TestVirus() => Convert.FromHexString(Signature);

    public static async Task<ClamAv> StartNewAsync()
    {
        var scanner = new ClamAv();
        await scanner.StartAsync();

        return scanner;
    }

    public Task PauseAsync() => Signal.SendAsync(Running.Id, Signal.Stop);

    public Task ResumeAsync() => Signal.SendAsync(Running.Id, Signal.Continue);

    public async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false })
        {
            _process.Kill();
            await _process.WaitForExitAsync(CancellationToken.None);
        }

        _process?.Dispose();
        _folder.Delete(recursive: true);
    }

    private Process Running => _process ?? throw new InvalidOperationException("It was not started.");

    private async Task StartAsync()
    {
        var signatures = _folder.CreateSubdirectory("signatures");
        await File.WriteAllTextAsync(Path.Combine(signatures.FullName, "test.ndb"), $"Eicar-Test-Signature:0:*:{Signature}\n");
        var settings = Path.Combine(_folder.FullName, "clamd.conf");
        await File.WriteAllTextAsync(
            settings,
            string.Create(
                CultureInfo.InvariantCulture,
                $"""
                TCPSocket {_port}
                TCPAddr 127.0.0.1
                LocalSocket {UnixSocket}
                DatabaseDirectory {signatures.FullName}
                TemporaryDirectory {_folder.FullName}
                Foreground yes
                StreamMaxLength {StreamBytesMax}
                AlertExceedsMax yes

                """));
        _process = Process.Start(new ProcessStartInfo(_program ?? throw new InvalidOperationException(Missing), ["--config-file", settings])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        _process.OutputDataReceived += (_, _) => { };
        _process.ErrorDataReceived += (_, _) => { };
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        await Eventually.TrueAsync(AcceptsAsync, "clamd does not start.");
    }

    private async Task<bool> AcceptsAsync()
    {
        Running.HasExited.ShouldBeFalse("clamd has ended.");
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(IPAddress.Loopback, _port);

            return File.Exists(UnixSocket);
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
