using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using CleanMessaging.PrivatePostgres;

namespace CleanMessaging.Tests.Support;

/// <summary>Runs a real redis-server on a loopback port that it keeps over restarts, without persistence.</summary>
public sealed class RedisServer : IAsyncDisposable
{
    private const string Program = "redis-server";

    private static readonly TimeSpan _waitLimit = TimeSpan.FromSeconds(10);

    private readonly IReadOnlyList<string> _listening;
    private Process? _process;

    private RedisServer(int port, ServerCertificate? certificate = null)
    {
        Port = port;
        var number = port.ToString(CultureInfo.InvariantCulture);
        _listening = certificate is null
            ? ["--port", number]
            : ["--port", "0", "--tls-port", number, "--tls-cert-file", certificate.File, "--tls-key-file", certificate.KeyFile, "--tls-auth-clients", "no"];
    }

    /// <summary>Whether this machine has redis-server; tests that need it are skipped without it.</summary>
    public static bool IsInstalled { get; } = (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator)
        .Any(folder => File.Exists(Path.Combine(folder, Program)));

    public int Port { get; }

    public string ConnectionString => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{Port}");

    /// <summary>Creates a server that does not run yet, with a known port.</summary>
    public static RedisServer Reserve() => new(ClusterServer.FreePort());

    /// <param name="certificate">Its certificate, if it accepts connections with TLS only.</param>
    public static async Task<RedisServer> StartNewAsync(ServerCertificate? certificate = null)
    {
        var redis = new RedisServer(ClusterServer.FreePort(), certificate);
        await redis.StartAsync();

        return redis;
    }

    /// <summary>Starts or restarts the server, and returns when it accepts connections.</summary>
    public async Task StartAsync()
    {
        _process?.Dispose();
        _process = Process.Start(new ProcessStartInfo(
            Program,
            [.. _listening, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", Path.GetTempPath()])
        {
            RedirectStandardOutput = true,
        })!;
        _process.OutputDataReceived += (_, _) => { };
        _process.BeginOutputReadLine();

        var waiting = Stopwatch.StartNew();
        while (!await AcceptsAsync())
        {
            (_process.HasExited || waiting.Elapsed > _waitLimit).ShouldBeFalse("redis-server does not start");
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>Kills the server like <c>kill -9</c>.</summary>
    public async Task KillAsync()
    {
        Running.Kill();
        await Running.WaitForExitAsync(CancellationToken.None);
    }

    /// <summary>Suspends the server: it does not respond and keeps every connection open.</summary>
    public Task PauseAsync() => Signal.SendAsync(Running.Id, Signal.Stop);

    public Task ResumeAsync() => Signal.SendAsync(Running.Id, Signal.Continue);

    public async ValueTask DisposeAsync()
    {
        if (_process is null)
            return;

        if (!_process.HasExited)
            await KillAsync();

        _process.Dispose();
    }

    private Process Running => _process ?? throw new InvalidOperationException("It was not started.");

    private async Task<bool> AcceptsAsync()
    {
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(IPAddress.Loopback, Port);

            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
