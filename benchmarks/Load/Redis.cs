using System.Diagnostics;
using System.Globalization;
using CleanMessaging.PrivatePostgres;

namespace CleanMessaging.Benchmarks.Load;

/// <summary>A private redis-server process without persistence.</summary>
internal sealed class Redis : IAsyncDisposable
{
    private readonly Process _process;

    private Redis(int port, Process process)
    {
        ConnectionString = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}");
        _process = process;
    }

    public string ConnectionString { get; }

    public static Redis Start()
    {
        var port = ClusterServer.FreePort();
        string[] arguments =
            ["--port", port.ToString(CultureInfo.InvariantCulture), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"];
        var start =
            new ProcessStartInfo("redis-server", arguments) { WorkingDirectory = Path.GetTempPath(), RedirectStandardOutput = true };
        var process = Process.Start(start) ?? throw new InvalidOperationException("redis-server does not start.");
        process.OutputDataReceived += (_, _) => { };
        process.BeginOutputReadLine();

        return new Redis(port, process);
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}
