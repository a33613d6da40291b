namespace CleanMessaging.Web.Tests;

/// <summary>
/// One browser process for the whole run, and one server for all tests that do not change it. Each test creates its own users.
/// </summary>
public sealed class Stage : IAsyncLifetime
{
    /// <summary>High limits, because all browsers have the same address, and time to search to the end on a busy machine.</summary>
    private static readonly Dictionary<string, string?> _settings = new()
    {
        ["Limits:SignInBurst"] = "100000",
        ["Search:TimePerRequest"] = "00:00:01",
    };

    /// <summary>The files of all servers, each in a folder of its own.</summary>
    private readonly DirectoryInfo _files = Directory.CreateTempSubdirectory("web-tests-files");

    private readonly TestPostgres _postgres = new();
    private IPlaywright? _playwright;
    private IBrowser? _browser;
    private ApiServer? _server;

    public ApiServer Server => Ready(_server);

    public async ValueTask InitializeAsync()
    {
        if (!Chromium.IsInstalled)
            return;

        await _postgres.InitializeAsync();
        _server = await StartServerAsync();
        _playwright = await Playwright.CreateAsync();
        _browser = await Chromium.LaunchAsync(_playwright);
        SetDefaultExpectTimeout((float)TimeSpan.FromSeconds(15).TotalMilliseconds);
    }

    /// <summary>Starts a separate server for a test that changes it; the test disposes it.</summary>
    public Task<ApiServer> StartServerAsync(params (string Key, string Value)[] settings)
    {
        var all = new Dictionary<string, string?>(_settings)
        {
            ["Attachments:Folder"] = _files.CreateSubdirectory($"{Guid.CreateVersion7()}").FullName,
        };
        foreach (var (key, value) in TestKeys.Settings("files"))
            all[key] = value;
        foreach (var (key, value) in settings)
            all[key] = value;

        return ApiServer.StartAsync(Ready(_postgres), all);
    }

    /// <summary>Creates a database for a server that runs as a separate process; returns its connection string.</summary>
    public Task<string> CreateDatabaseAsync() => Ready(_postgres).CreateDatabaseAsync();

    internal IBrowser Browser => Ready(_browser);

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
            await _browser.DisposeAsync();
        _playwright?.Dispose();
        if (_server is not null)
            await _server.DisposeAsync();
        await _postgres.DisposeAsync();
        _files.Delete(recursive: true);
    }

    /// <summary>Returns the value. Skips the test when no browser is installed.</summary>
    private static T Ready<T>(T? it)
        where T : class
    {
        Chromium.SkipUnlessInstalled();

        return it ?? throw new InvalidOperationException("It is not started.");
    }
}
