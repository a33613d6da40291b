using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;

namespace CleanMessaging.Tests.Support;

/// <summary>Runs a real nginx on loopback with a configuration from docs/deployment.md.</summary>
internal sealed partial class Nginx : IAsyncDisposable
{
    private const string Missing = "There is no nginx: install it (Debian package nginx-light or nginx).";

    private static readonly TimeSpan _waitLimit = TimeSpan.FromSeconds(10);

    private static readonly string? _program = (
        (string[])[.. (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator), "/usr/sbin", "/usr/local/sbin"])
        .Select(folder => Path.Combine(folder, "nginx"))
        .FirstOrDefault(File.Exists);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("nginx-");
    private Process? _process;

    private Nginx(int port) => Port = port;

    private int Port { get; }

    /// <summary>Skips the test with a reason when nginx is not installed.</summary>
    public static void SkipUnlessInstalled() => Assert.SkipUnless(_program is not null, Missing);

    /// <summary>Reserves a port for nginx before the address of the server behind it is known.</summary>
    public static Nginx Reserve()
    {
        using var free = new TcpListener(IPAddress.Loopback, 0);
        free.Start();

        return new Nginx(((IPEndPoint)free.LocalEndpoint).Port);
    }

    /// <summary>The address at which nginx serves the application.</summary>
    public Uri AddressOf(string path) => new($"http://127.0.0.1:{Port}{path}");

    /// <summary>
    /// Starts nginx with one of the documented configurations; only its port, its folder for cached files and the server's address are
    /// replaced.
    /// </summary>
    /// <param name="comment">The first line of the configuration.</param>
    public async Task StartAsync(string comment, Uri server)
    {
        var documented = ConfigurationOf(comment);
        var site = Replace(Replace(documented, "listen 80;", $"listen 127.0.0.1:{Port};"), "127.0.0.1:8080", server.Authority)
            .Replace("/var/cache/nginx", _folder.FullName, StringComparison.Ordinal);
        var configuration = Path.Combine(_folder.FullName, "nginx.conf");
        await File.WriteAllTextAsync(
            configuration,
            $$"""
            daemon off;
            {{(Environment.UserName == "root" ? "user root;" : "")}}
            pid {{_folder.FullName}}/pid;
            error_log stderr;
            events { }
            http {
                access_log off;
                client_body_temp_path {{_folder.FullName}}/body;
                proxy_temp_path {{_folder.FullName}}/proxy;
                fastcgi_temp_path {{_folder.FullName}}/fastcgi;
                uwsgi_temp_path {{_folder.FullName}}/uwsgi;
                scgi_temp_path {{_folder.FullName}}/scgi;
            {{site}}
            }
            """);
        _process = Process.Start(new ProcessStartInfo(_program!, ["-c", configuration, "-e", "stderr"]) { RedirectStandardError = true })!;
        var errors = _process.StandardError.ReadToEndAsync();

        var waiting = Stopwatch.StartNew();
        while (!await AcceptsAsync())
        {
            (_process.HasExited || waiting.Elapsed > _waitLimit)
                .ShouldBeFalse($"nginx does not start: {(_process.HasExited ? await errors : "")}");
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            // The worker processes exit with the main process.
            if (!_process.HasExited)
                await Signal.SendAsync(_process.Id, Signal.Terminate);
            await _process.WaitForExitAsync(CancellationToken.None);
            _process.Dispose();
        }

        _folder.Delete(recursive: true);
    }

    private static string ConfigurationOf(string comment)
    {
        var document = File.ReadAllText(Path.Combine(RootOf(AppContext.BaseDirectory), "docs", "deployment.md"));

        return Configuration().Matches(document)
            .Select(match => match.Groups["text"].Value)
            .Single(text => text.StartsWith(comment, StringComparison.Ordinal));
    }

    private static string Replace(string text, string part, string replacement)
    {
        text.ShouldContain(part);

        return text.Replace(part, replacement, StringComparison.Ordinal);
    }

    private static string RootOf(string folder) =>
        File.Exists(Path.Combine(folder, "CleanMessaging.sln")) ? folder : RootOf(Path.GetDirectoryName(folder)!);

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

    [GeneratedRegex("```nginx\n(?<text>.*?)```", RegexOptions.Singleline)]
    private static partial Regex Configuration();
}
