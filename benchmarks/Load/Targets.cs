using System.Diagnostics;
using CleanMessaging.PrivatePostgres;

namespace CleanMessaging.Benchmarks.Load;

/// <summary>A server under load, running as a separate process.</summary>
internal sealed class Target : IAsyncDisposable
{
    /// <summary>The name of the product with encrypted messages.</summary>
    public const string Encrypted = "encrypted";

    private static readonly string _key = Convert.ToBase64String(System.Security.Cryptography.RandomNumberGenerator.GetBytes(32));

    private readonly Process _process;

    private Target(string name, Uri address, Process process, TimeSpan startTime)
    {
        Name = name;
        Address = address;
        _process = process;
        StartTime = startTime;
    }

    public string Name { get; }

    public Uri Address { get; }

    public int ProcessId => _process.Id;

    /// <summary>The time from the start of the process to its first successful response.</summary>
    public TimeSpan StartTime { get; }

    /// <summary>The resident memory of the process, in bytes.</summary>
    public long ResidentBytes
    {
        get
        {
            _process.Refresh();

            return _process.WorkingSet64;
        }
    }

    /// <param name="redis">
    /// The Redis connection string of the backplane, when several servers use the same database; otherwise null.
    /// </param>
    /// <param name="withListEvents">Whether the reference also sends list events; the product always does.</param>
    /// <param name="settings">Further environment variables.</param>
    public static async Task<Target> StartAsync(
        string name,
        string assembly,
        string connectionString,
        string? redis = null,
        bool withListEvents = false,
        IReadOnlyDictionary<string, string>? settings = null)
    {
        var address = new Uri($"http://127.0.0.1:{ClusterServer.FreePort()}");
        var start = new ProcessStartInfo("dotnet", [assembly]) { WorkingDirectory = Path.GetDirectoryName(assembly), RedirectStandardOutput = true };
        foreach (var (variable, value) in SettingsOf(address, connectionString, withListEvents))
            start.Environment[variable] = value;
        foreach (var (variable, value) in settings ?? new Dictionary<string, string>())
            start.Environment[variable] = value;
        if (name == Encrypted)
        {
            start.Environment["Encryption__Messages"] = "true";
            start.Environment["Encryption__ActiveKey"] = "benchmark";
            start.Environment["Encryption__Keys__0__Id"] = "benchmark";
            start.Environment["Encryption__Keys__0__Value"] = _key;
        }

        if (redis is not null)
            start.Environment["ConnectionStrings__Redis"] = redis;

        var started = Stopwatch.GetTimestamp();
        var process = Process.Start(start) ?? throw new InvalidOperationException($"{name} does not start.");
        process.OutputDataReceived += (_, line) =>
        {
            if (line.Data is { } text && Environment.GetEnvironmentVariable("BENCHMARKS_LOG") is not null)
                Console.Error.WriteLine($"{name}: {text}");
        };
        process.BeginOutputReadLine();
        using var client = new HttpClient { BaseAddress = address };
        while (!await IsReadyAsync(client))
        {
            if (process.HasExited || Stopwatch.GetElapsedTime(started) > TimeSpan.FromSeconds(60))
                throw new InvalidOperationException($"{name} does not get ready.");

            await Task.Delay(5);
        }

        return new Target(name, address, process, Stopwatch.GetElapsedTime(started));
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    /// <summary>Returns production settings with caller limits that the load does not reach.</summary>
    private static Dictionary<string, string> SettingsOf(Uri address, string connectionString, bool withListEvents) => new()
    {
        ["ASPNETCORE_ENVIRONMENT"] = "Production",
        ["ASPNETCORE_URLS"] = address.ToString(),
        ["ConnectionStrings__Messaging"] = connectionString,
        ["Jwt__SigningKey"] = Tokens.SigningKey,
        ["Limits__UserBurst"] = "1000000",
        ["Limits__UserPerSecond"] = "1000000",
        ["Limits__AddressBurst"] = "1000000",
        ["Limits__AddressPerSecond"] = "1000000",
        ["Limits__HubCallBurst"] = "1000000",
        ["Limits__HubCallsPerSecond"] = "1000000",
        ["Limits__ConnectionsPerUser"] = "100000",
        ["Limits__Connections"] = "100000",
        ["Limits__Sockets"] = "200000",
        ["Shutdown__Drain"] = "00:00:00",
        ["Reference__ListEvents"] = withListEvents.ToString(),
    };

    private static async Task<bool> IsReadyAsync(HttpClient client)
    {
        try
        {
            using var answer = await client.GetAsync("/health/ready");

            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
