using System.Diagnostics;

namespace CleanMessaging.Api.Tests.Startup;

/// <summary>The real program in a process of its own, in Production.</summary>
public sealed class StartRefusalTests
{
    private const string UnreachableDatabase = "Host=127.0.0.1;Port=1;Database=nowhere;Username=nobody;Password=nothing";
    private const string GoodKey = "k7Qm2xV9sLr4Tz8Wp1Yc6Nb3Hd5Gf0JaRuEiOl";

    [Fact]
    public async Task Start_WithoutConnectionString_IsRefusedWithTheReason() =>
        (await RunAsync(connectionString: null, GoodKey)).ShouldContain("set ConnectionStrings:Messaging");

    [Fact]
    public async Task Start_WithUnreadableConnectionString_IsRefusedWithTheReason() =>
        (await RunAsync("nonsense", GoodKey)).ShouldContain("ConnectionStrings:Messaging cannot be read");

    [Fact]
    public async Task Start_WithoutSigningKey_IsRefusedWithTheReason() =>
        (await RunAsync(UnreachableDatabase, signingKey: null)).ShouldContain("Jwt:SigningKey is not set");

    [Theory]
    [InlineData("0123456789012345678901234567890")]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    public async Task Start_WithWeakSigningKey_IsRefusedWithTheReason(string signingKey) =>
        (await RunAsync(UnreachableDatabase, signingKey)).ShouldContain("Jwt:SigningKey is too weak");

    [Fact]
    public async Task Start_WithUnknownTimeZone_IsRefusedWithTheReason() =>
        (await RunAsync(UnreachableDatabase, GoodKey, "--Quota:TimeZone=Mars/Olympus")).ShouldContain("Quota:TimeZone 'Mars/Olympus'");

    [Fact]
    public async Task Start_WithMistypedNumber_IsRefusedWithTheReason() =>
        (await RunAsync(UnreachableDatabase, GoodKey, "--Quota:DailyFreeLimit=many")).ShouldContain("'Quota:DailyFreeLimit'");

    [Theory]
    [InlineData("--Limits:UserBurst=0", "UserBurst must be between 1 and 1000000")]
    [InlineData("--Limits:Sockets=many", "'Limits:Sockets'")]
    [InlineData("--Limits:PasswordWait=00:02:00", "PasswordWait must be between")]
    [InlineData("--Limits:UserSearchesAtOnce=0", "UserSearchesAtOnce must be between 1 and 10000")]
    [InlineData("--Limits:SearchTime=00:00:02", "SearchTime must be between")]
    [InlineData("--Origins:Allowed:0=*", "Origins:Allowed has '*'")]
    [InlineData("--Origins:Allowed:0=https://chat.example.com/", "Origins:Allowed has 'https://chat.example.com/'")]
    [InlineData("--Proxies:Known:0=everybody", "Proxies:Known has 'everybody'")]
    public async Task Start_WithALimitOrANameOutOfRange_IsRefusedWithTheReason(string argument, string reason) =>
        (await RunAsync(UnreachableDatabase, GoodKey, argument)).ShouldContain(reason);

    [Fact]
    public async Task Start_WithUnreadableRedis_IsRefusedWithTheReason() =>
        (await RunAsync(UnreachableDatabase, GoodKey, "--ConnectionStrings:Redis=127.0.0.1,nonsense=1")).ShouldContain("ConnectionStrings:Redis cannot be read");

    [Theory]
    [InlineData("00:01:01")]
    [InlineData("-00:00:01")]
    public async Task Start_WithDrainOutOfRange_IsRefusedWithTheReason(string drain) =>
        (await RunAsync(UnreachableDatabase, GoodKey, $"--Shutdown:Drain={drain}")).ShouldContain("Drain");

    [Fact]
    public async Task Start_WithUnreachableDatabase_IsRefusedWithTheReasonAndNoSecret()
    {
        var said = await RunAsync(UnreachableDatabase, GoodKey);

        said.ShouldContain("cannot be used");
        said.ShouldNotContain("nothing");
        said.ShouldNotContain(GoodKey);
    }

    [Fact]
    public async Task Start_WithoutIcu_IsRefusedWithTheReasonInOneLine()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Elsewhere ICU is a part of the system.");
        var folder = Directory.CreateTempSubdirectory("no-icu-");
        try
        {
            // Libraries are looked for here first, and what is no library ends the search.
            foreach (var version in Enumerable.Range(50, 206))
            {
                foreach (var part in (string[])["uc", "i18n", "data"])
                    await File.WriteAllTextAsync(Path.Combine(folder.FullName, $"libicu{part}.so.{version}"), "", TestContext.Current.CancellationToken);
            }

            var said = await RunAsync(UnreachableDatabase, GoodKey, new Dictionary<string, string> { ["LD_LIBRARY_PATH"] = folder.FullName });

            said.ShouldContain("ICU is missing");
            said.Trim().ShouldNotContain('\n');
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static Task<string> RunAsync(string? connectionString, string? signingKey, params string[] arguments) =>
        RunAsync(connectionString, signingKey, environment: [], arguments);

    /// <summary>Runs until it exits, which must be with code 1 and without a stack trace; returns what it said on standard error.</summary>
    private static async Task<string> RunAsync(
        string? connectionString, string? signingKey, Dictionary<string, string> environment, params string[] arguments)
    {
        var folder = Path.GetDirectoryName(typeof(StartRefusalTests).Assembly.Location)!;
        var start = new ProcessStartInfo("dotnet", ["exec", Path.Combine(folder, "CleanMessaging.WebApi.dll"), "--urls", "http://127.0.0.1:0", .. arguments])
        {
            WorkingDirectory = folder,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        start.Environment["ASPNETCORE_ENVIRONMENT"] = "Production";
        start.Environment["ConnectionStrings__Messaging"] = connectionString;
        start.Environment["Jwt__SigningKey"] = signingKey;
        foreach (var (name, value) in environment)
            start.Environment[name] = value;

        using var process = Process.Start(start)!;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(TimeSpan.FromSeconds(30));
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(patience.Token);
            var error = await process.StandardError.ReadToEndAsync(patience.Token);
            await process.WaitForExitAsync(patience.Token);

            process.ExitCode.ShouldBe(1, error);
            error.ShouldStartWith("CleanMessaging does not start.");
            error.ShouldNotContain("   at ");
            (await output).ShouldNotContain("   at ");

            return error;
        }
        finally
        {
            if (!process.HasExited)
                process.Kill();
        }
    }
}
