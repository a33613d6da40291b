namespace CleanMessaging.Web.Tests.Browsing;

/// <summary>The installed browser, of which one process serves the whole run. Nothing is downloaded for it.</summary>
internal static class Chromium
{
    private const string Missing = "There is no browser: install Chromium (Debian package chromium), or name one in the environment variable CHROMIUM.";

    private static readonly string[] _programs = ["chromium", "chromium-browser", "google-chrome"];

    /// <summary>
    /// What is behind the address bar: pages that each new window loads and nobody sees, which costs a quarter of a visit. The browser heeds
    /// the last such argument alone, so the features that Playwright turns off stand here too.
    /// </summary>
    private static readonly string[] _disabledFeatures =
    [
        "WebUIOmniboxPopup",
        "WebUIOmniboxAimPopup",
        "AimEnabled",
        "AutoDeElevate",
        "AvoidCorsURLLoaderRestartOnRedirect",
        "AvoidUnnecessaryBeforeUnloadCheckSync",
        "BlockOriginHeaderModificationOnRedirect",
        "DestroyProfileOnBrowserClose",
        "DialMediaRouteProvider",
        "GlobalMediaControls",
        "HttpsUpgrades",
        "LensOverlay",
        "MediaRouter",
        "NetworkTimeServiceQuerying",
        "OptimizationHints",
        "PaintHolding",
        "ThirdPartyStoragePartitioning",
        "Translate",
    ];

    /// <summary>Keeps it to what a test asks of it: no part of it looks for updates, and no name but this machine's is found.</summary>
    private static readonly string[] _arguments =
    [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-domain-reliability",
        "--disable-sync",
        "--no-pings",
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
        $"--disable-features={string.Join(',', _disabledFeatures)}",
    ];

    private static readonly string? _path = Find();

    public static bool IsInstalled => _path is not null;

    /// <summary>Ends the test as skipped, with the reason, where there is no browser.</summary>
    public static void SkipUnlessInstalled() => Assert.SkipUnless(IsInstalled, Missing);

    public static Task<IBrowser> LaunchAsync(IPlaywright playwright) =>
        playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions { ExecutablePath = _path, Args = _arguments });

    private static string? Find() => Environment.GetEnvironmentVariable("CHROMIUM") is { Length: > 0 } named ? named : FindProgram();

    private static string? FindProgram()
    {
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        var files = from program in _programs from folder in folders.Prepend("/usr/bin") select Path.Combine(folder, program);

        return files.FirstOrDefault(File.Exists);
    }
}
