namespace CleanMessaging.Web.Tests.Browsing;

/// <summary>Starts the installed browser; one process serves the whole test run. Nothing is downloaded.</summary>
internal static class Chromium
{
    private const string Missing = "There is no browser: install Chromium (Debian package chromium-headless-shell or chromium), or name "
        + "one in the environment variable CHROMIUM.";

    /// <summary>The headless shell is first, because it loads a page with a tenth less processor time.</summary>
    private static readonly string[] _programs = ["chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"];

    /// <summary>
    /// Features of the address bar: each new window loads hidden pages for them, which takes a quarter of the time of a visit. The browser
    /// uses only the last such argument, so the list also contains the features that Playwright disables.
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

    /// <summary>
    /// Arguments that disable background activity, such as updates, and resolve only the names of this machine. The flags for scripts
    /// compile only the WebAssembly functions that are called, and with the fast compiler only: a test loads the page for a few seconds.
    /// Without inlining, the functions do not count their calls, which takes a tenth of the time to load the page. A page that asks for
    /// the microphone gets one that beeps.
    /// </summary>
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
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        "--js-flags=--wasm-lazy-compilation --liftoff-only --no-wasm-inlining --no-wasm-inlining-call-indirect",
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
        $"--disable-features={string.Join(',', _disabledFeatures)}",
    ];

    private static readonly string? _path = Find();

    public static bool IsInstalled => _path is not null;

    /// <summary>Skips the test with a reason when no browser is installed.</summary>
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
