using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using CleanMessaging.PrivatePostgres;

namespace CleanMessaging.Tests.Support;

/// <summary>Runs the built application as a separate process, in Production, on a loopback port that it keeps over restarts.</summary>
public sealed class ApiProcess : IAsyncDisposable
{
    private static readonly TimeSpan _waitLimit = TimeSpan.FromSeconds(30);

    private readonly ConcurrentQueue<string> _lines = new();
    private readonly Dictionary<string, string?> _environment;
    private Process _process;

    private ApiProcess(Uri address, Dictionary<string, string?> environment)
    {
        Address = address;
        _environment = environment;
        _process = Launch();
    }

    public Uri Address { get; }

    public int ProcessId => _process.Id;

    public bool HasExited => _process.HasExited;

    public int ExitCode => _process.ExitCode;

    /// <summary>All lines that the process has printed, over all restarts.</summary>
    public IReadOnlyCollection<string> Lines => _lines;

    /// <summary>Starts a server and returns when it is ready.</summary>
    /// <param name="connectionString">The connection string of its database.</param>
    /// <param name="settings">
    /// Configuration in addition to the connection string and the signing key, such as <c>ConnectionStrings:Redis</c>.
    /// </param>
    public static async Task<ApiProcess> StartAsync(string connectionString, IReadOnlyDictionary<string, string?>? settings = null)
    {
        var address = new Uri($"http://127.0.0.1:{ClusterServer.FreePort()}");
        var environment = new Dictionary<string, string?>
        {
            ["ASPNETCORE_ENVIRONMENT"] = "Production",
            ["ASPNETCORE_URLS"] = address.ToString(),
            ["ConnectionStrings__Messaging"] = connectionString,
            ["Jwt__SigningKey"] = ApiServer.SigningKey,

            // The process lives for seconds. It would use a third of its processor time to compile its code a second time, with
            // optimizations.
            ["DOTNET_TC_CallCounting"] = "0",

            // A killed process would leave the files of its diagnostics port behind.
            ["DOTNET_EnableDiagnostics"] = "0",
        };
        foreach (var (key, value) in settings ?? new Dictionary<string, string?>())
            environment[key.Replace(":", "__", StringComparison.Ordinal)] = value;

        var api = new ApiProcess(address, environment);
        try
        {
            await api.BeReadyAsync();

            return api;
        }
        catch
        {
            await api.DisposeAsync();
            throw;
        }
    }

    /// <summary>Creates a client without a token.</summary>
    public HttpClient CreateClient() => new() { BaseAddress = Address };

    /// <summary>Kills the process like <c>kill -9</c>.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await ExitAsync();
    }

    /// <summary>Requests a shutdown, as an orchestrator does; returns immediately.</summary>
    public Task TerminateAsync() => Signal.SendAsync(ProcessId, Signal.Terminate);

    /// <summary>Waits until the process exits.</summary>
    public Task ExitAsync() => _process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(_waitLimit);

    /// <summary>Starts it again on the same address and returns when it is ready.</summary>
    public async Task StartAgainAsync()
    {
        _process.HasExited.ShouldBeTrue("It still runs.");
        _process.Dispose();
        _process = Launch();
        await BeReadyAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill();

        await _process.WaitForExitAsync(CancellationToken.None);
        _process.Dispose();
    }

    private Process Launch()
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "CleanMessaging.WebApi.dll")])
        {
            WorkingDirectory = AppContext.BaseDirectory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in _environment)
            start.Environment[name] = value;

        var process = new Process { StartInfo = start };
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();

        return process;
    }

    private void Keep(string? line)
    {
        if (line is not null)
            _lines.Enqueue(line);
    }

    private async Task BeReadyAsync()
    {
        using var client = CreateClient();
        var waiting = Stopwatch.StartNew();
        while (true)
        {
            (HasExited || waiting.Elapsed > _waitLimit).ShouldBeFalse($"It does not start:\n{string.Join('\n', _lines)}");
            try
            {
                using var answer = await client.GetAsync("/health/ready", TestContext.Current.CancellationToken);
                if (answer.StatusCode == HttpStatusCode.OK)
                    return;
            }
            catch (HttpRequestException)
            {
                // The server does not listen yet.
            }

            await Task.Delay(20, TestContext.Current.CancellationToken);
        }
    }
}
