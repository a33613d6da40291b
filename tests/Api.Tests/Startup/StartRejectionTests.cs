using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using CleanMessaging.Tests.Support;
using Microsoft.Extensions.Hosting;
using Npgsql;

namespace CleanMessaging.Api.Tests.Startup;

/// <summary>Tests the start of the real program in a separate process, in Production by default.</summary>
public sealed class StartRejectionTests(TestPostgres postgres)
{
    private const string UnreachableDatabase = "Host=127.0.0.1;Port=1;Database=nowhere;Username=nobody;Password=nothing";
    private const string GoodKey = "k7Qm2xV9sLr4Tz8Wp1Yc6Nb3Hd5Gf0JaRuEiOl";

    [Fact]
    public async Task Start_WithoutConnectionString_IsRejectedWithTheReason() =>
        (await RunAsync(connectionString: null, GoodKey)).ShouldContain("set ConnectionStrings:Messaging");

    [Fact]
    public async Task Start_WithUnreadableConnectionString_IsRejectedWithTheReason() =>
        (await RunAsync("nonsense", GoodKey)).ShouldContain("ConnectionStrings:Messaging cannot be read");

    [Fact]
    public async Task Start_WithoutSigningKey_IsRejectedWithTheReason() =>
        (await RunAsync(UnreachableDatabase, signingKey: null)).ShouldContain("Jwt:SigningKey is not set");

    [Theory]
    [InlineData("0123456789012345678901234567890")]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    public async Task Start_WithWeakSigningKey_IsRejectedWithTheReason(string signingKey) =>
        (await RunAsync(UnreachableDatabase, signingKey)).ShouldContain("Jwt:SigningKey is too weak");

    [Fact]
    public async Task Start_WithUnknownTimeZone_IsRejectedWithTheReason() =>
        (await RunAsync(UnreachableDatabase, GoodKey, "--Quota:TimeZone=Mars/Olympus")).ShouldContain("Quota:TimeZone 'Mars/Olympus'");

    [Fact]
    public async Task Start_WithMistypedNumber_IsRejectedWithTheReason() =>
        (await RunAsync(UnreachableDatabase, GoodKey, "--Quota:DailyFreeLimit=many")).ShouldContain("'Quota:DailyFreeLimit'");

    [LongTheory]
    [InlineData("--Limits:UserBurst=0", "UserBurst must be between 1 and 1000000")]
    [InlineData("--Limits:Sockets=many", "'Limits:Sockets'")]
    [InlineData("--Limits:PasswordWait=00:02:00", "PasswordWait must be between")]
    [InlineData("--Limits:UserSearchesAtOnce=0", "UserSearchesAtOnce must be between 1 and 10000")]
    [InlineData("--Limits:SearchesAtOnce=101", "SearchesAtOnce must be between 1 and 100")]
    [InlineData("--Limits:SearchWait=00:00:03", "SearchWait must be between")]
    [InlineData("--Limits:SearchTime=00:00:02", "SearchTime must be between")]
    [InlineData("--Limits:UploadsAtOnce=0", "UploadsAtOnce must be between 1 and 10000")]
    [InlineData("--Retention:KeepExpiredDays=3651", "KeepExpiredDays must be between 0 and 3650")]
    [InlineData("--Retention:KeepExpiredDays=-1", "KeepExpiredDays must be between 0 and 3650")]
    [InlineData("--Retention:ExpiredContent=Keep", "'Retention:ExpiredContent'")]
    [InlineData("--Attachments:MaxBytes=1023", "MaxBytes must be between 1024 and 2147483648")]
    [InlineData("--Attachments:UserBytes=-1", "UserBytes must be between 0 and 1099511627776")]
    [InlineData("--Attachments:KeepRemoved=366.00:00:00", "KeepRemoved must be between")]
    [InlineData("--Attachments:RejectedExtensions=exe .js", "Attachments:RejectedExtensions has '.js'")]
    [InlineData("--Origins:Allowed:0=*", "Origins:Allowed has '*'")]
    [InlineData("--Origins:Allowed:0=https://chat.example.com/", "Origins:Allowed has 'https://chat.example.com/'")]
    [InlineData("--Proxies:Known:0=everybody", "Proxies:Known has 'everybody'")]
    [InlineData("--Proxies:BasePath=chat", "Proxies:BasePath is 'chat'")]
    [InlineData("--Proxies:BasePath=/", "Proxies:BasePath is '/'")]
    [InlineData("--Proxies:BasePath=/chat/", "Proxies:BasePath is '/chat/'")]
    [InlineData("--Proxies:BasePath=/chat/../x", "Proxies:BasePath is '/chat/../x'")]
    [InlineData("--Proxies:BasePath=//chat", "Proxies:BasePath is '//chat'")]
    [InlineData("--Transport:RequireTls=perhaps", "'Transport:RequireTls'")]
    [InlineData("--Transport:RedisRootCertificate=missing.pem", "Transport:RedisRootCertificate cannot be read.")]
    [InlineData("--Encryption:Kms=gcp:key", "Encryption:Kms must be aws:KEY")]
    [InlineData("--Attachments:FolderIsShared=perhaps", "'Attachments:FolderIsShared'")]
    [InlineData("--Attachments:S3:Bucket=files", "Attachments:S3:Endpoint is not an http or https address")]
    [InlineData("--Attachments:ClamAv=clamav", "Attachments:ClamAv is 'clamav'")]
    [InlineData("--Media:Origin=https://media.example.com/", "Media:Origin is 'https://media.example.com/', which is not an origin.")]
    [InlineData("--Media:CdnSeconds=301", "CdnSeconds must be between 0 and 300")]
    [InlineData("--Media:Serve=Nothing", "'Media:Serve'")]
    [InlineData("--Media:Serve=Api", "Media:Serve is Api, but Media:Origin is not set")]
    public async Task Start_WithALimitOrANameOutOfRange_IsRejectedWithTheReason(string argument, string reason) =>
        (await RunAsync(UnreachableDatabase, GoodKey, argument)).ShouldContain(reason);

    /// <summary>Tests that an empty variable is treated as not set: the startup continues until it connects to the database.</summary>
    [Theory]
    [InlineData("--ConnectionStrings:MessagingSends=")]
    [InlineData("--ConnectionStrings:MessagingMigration= ")]
    public async Task Start_WithAnEmptyOptionalConnectionString_UsesTheOneForAll(string argument) =>
        (await RunAsync(UnreachableDatabase, GoodKey, argument))
            .ShouldContain("The database of ConnectionStrings:Messaging cannot be used.");

    [Fact]
    public async Task Start_WithUnreadableRedis_IsRejectedWithTheReason() =>
        (await RunAsync(UnreachableDatabase, GoodKey, "--ConnectionStrings:Redis=127.0.0.1,nonsense=1"))
            .ShouldContain("ConnectionStrings:Redis cannot be read");

    [Theory]
    [InlineData("00:01:01")]
    [InlineData("-00:00:01")]
    public async Task Start_WithDrainOutOfRange_IsRejectedWithTheReason(string drain) =>
        (await RunAsync(UnreachableDatabase, GoodKey, $"--Shutdown:Drain={drain}")).ShouldContain("Drain");

    [Fact]
    public async Task Start_WithUnreachableDatabase_IsRejectedWithTheReasonAndNoSecret()
    {
        var said = await RunAsync(UnreachableDatabase, GoodKey);

        said.ShouldContain("cannot be used");
        said.ShouldNotContain("nothing");
        said.ShouldNotContain(GoodKey);
    }

    [Theory]
    [InlineData("--Encryption:ActiveKey=two", "Encryption:ActiveKey is not the Id of one of the keys.")]
    [InlineData("--Encryption:Keys:1:Id=one", "Encryption:Keys:1:Value must be 32 bytes in Base64.")]
    [InlineData("--Encryption:KeyFile=missing.json", "Set either the file or the keys.")]
    public async Task Start_WithABadKeyRing_IsRejectedWithTheReasonAndNoKey(string argument, string reason)
    {
        string[] keys = ["--Encryption:Keys:0:Id=one", $"--Encryption:Keys:0:Value={TestKeys.ValueOf("one")}"];

        var said = await RunAsync(UnreachableDatabase, GoodKey, [.. keys, argument]);

        said.ShouldContain(reason);
        said.ShouldNotContain(TestKeys.ValueOf("one"));
    }

    [Fact]
    public async Task Start_WithAFolderForAttachmentsAndWithoutKeys_IsRejectedWithTheReason()
    {
        var folder = Directory.CreateTempSubdirectory("attachments-");
        try
        {
            (await RunAsync(UnreachableDatabase, GoodKey, $"--Attachments:Folder={folder.FullName}"))
                .ShouldContain("Attachments:Folder is set, but there is no key to encrypt files with.");
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Start_WithAFolderForAttachmentsOfOneOfSeveralServers_IsRejectedWithTheReason()
    {
        var folder = Directory.CreateTempSubdirectory("attachments-");
        string[] settings =
        [
            .. TestKeys.Settings("one").Select(setting => $"--{setting.Key}={setting.Value}"),
            "--ConnectionStrings:Redis=127.0.0.1:1",
            $"--Attachments:Folder={folder.FullName}",
        ];
        try
        {
            (await RunAsync(UnreachableDatabase, GoodKey, settings)).ShouldContain("Set Attachments:FolderIsShared to true");
            (await RunAsync(UnreachableDatabase, GoodKey, [.. settings, "--Attachments:FolderIsShared=true"]))
                .ShouldContain("The database of ConnectionStrings:Messaging cannot be used.");
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Start_InDevelopment_MakesAKeyFileOnceAndAFolderForTheUserOnly()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Elsewhere the folder does not depend on a variable.");
        var folder = Directory.CreateTempSubdirectory("data-home-");
        try
        {
            var file = Path.Combine(folder.FullName, "CleanMessaging", "development-keys.json");
            await StartAsync();
            var first = await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken);
            await StartAsync();

            (await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken)).ShouldBe(first);
            first.ShouldContain("\"Keys\"");
            if (!OperatingSystem.IsWindows())
            {
                File.GetUnixFileMode(file).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
                File.GetUnixFileMode(Path.Combine(folder.FullName, "CleanMessaging", "attachments"))
                    .ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }

        // The file is valid: the start continues until it connects to the database.
        async Task StartAsync() =>
            (await RunWithAsync(
                new() { ["XDG_DATA_HOME"] = folder.FullName }, Environments.Development, UnreachableDatabase, GoodKey))
            .ShouldContain("The database of ConnectionStrings:Messaging cannot be used.");
    }

    [Fact]
    public async Task Start_OnAPortInUse_IsRejectedWithOneLine()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var address = $"http://{taken.LocalEndpoint}";

        var said = await RunAsync(await postgres.CreateDatabaseAsync(), GoodKey, "--urls", address);

        said.ShouldBe($"CleanMessaging does not start. Failed to bind to address {address}: address already in use. Choose another address with --urls http://localhost:PORT");
    }

    [LongTheory]
    [InlineData("nonsense", "nonsense")]
    [InlineData("http://192.0.2.1:5000", "Cannot assign requested address")]
    public async Task Start_OnAnAddressThatIsNone_IsRejectedWithOneLine(string address, string reason) =>
        (await RunAsync(await postgres.CreateDatabaseAsync(), GoodKey, "--urls", address)).ShouldContain(reason);

    [Theory]
    [InlineData("--Logging:LogLevel:Default=Loud", "Loud")]
    [InlineData("--Shutdown:Drain=soon", "'Shutdown:Drain'")]
    [InlineData("--Jwt:AccessTokenLifetime=long", "'Jwt:AccessTokenLifetime'")]
    [InlineData("--ExternalIssuer:Authority=nowhere", "Authority")]
    [InlineData("--OpenApi:Enabled=perhaps", "'OpenApi:Enabled'")]
    [InlineData("--Kestrel:Endpoints:Https:Url=nonsense", "nonsense")]
    public async Task Start_WithAnUnreadableOption_IsRejectedWithOneLine(string argument, string reason) =>
        (await RunAsync(await postgres.CreateDatabaseAsync(), GoodKey, argument)).ShouldContain(reason);

    [LongFact]
    public async Task Start_WhenTheDatabaseStopsInBetween_IsRejectedWithOneLine()
    {
        await using var line = new CountingProxy(await postgres.CreateDatabaseAsync());
        line.CutAtCommit(CommitCut.Request, times: 100);

        var said = await RunInAsync(Environments.Development, line.ConnectionString, GoodKey);

        said.ShouldStartWith("CleanMessaging does not start. The database of ConnectionStrings:Messaging cannot be used.");
        line.Cuts.ShouldBeGreaterThan(0);
    }

    [LongFact]
    public async Task Start_WithADemoAccountThatCannotBeUpdated_IsRejectedWithOneLine()
    {
        var database = await postgres.CreateDatabaseAsync();
        (await RunInAsync(Environments.Development, database, GoodKey, "--urls", "nonsense")).ShouldContain("nonsense");
        await using var source = NpgsqlDataSource.Create(database);
        await using var rename = source.CreateCommand("UPDATE users SET user_name = '' WHERE normalized_email = 'STARTUP@EXAMPLE.COM'");
        (await rename.ExecuteNonQueryAsync(TestContext.Current.CancellationToken)).ShouldBe(1);

        var said = await RunInAsync(Environments.Development, database, GoodKey, "--Demo:Password=another-password-2");

        said.ShouldStartWith("CleanMessaging does not start. The demo account startup@example.com cannot be updated.");
    }

    [Fact]
    public async Task Start_WithoutIcu_IsRejectedWithTheReasonInOneLine()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Elsewhere ICU is a part of the system.");
        var folder = Directory.CreateTempSubdirectory("no-icu-");
        try
        {
            // The loader searches this folder first, and an invalid library ends the search.
            foreach (var version in Enumerable.Range(50, 206))
            {
                foreach (var part in (string[])["uc", "i18n", "data"])
                {
                    await File.WriteAllTextAsync(
                        Path.Combine(folder.FullName, $"libicu{part}.so.{version}"), "", TestContext.Current.CancellationToken);
                }
            }

            var said = await RunWithAsync(
                new() { ["LD_LIBRARY_PATH"] = folder.FullName }, Environments.Production, UnreachableDatabase, GoodKey);

            said.ShouldContain("ICU is missing");
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static Task<string> RunAsync(string? connectionString, string? signingKey, params string[] arguments) =>
        RunInAsync(Environments.Production, connectionString, signingKey, arguments);

    internal static Task<string> RunInAsync(string environment, string? connectionString, string? signingKey, params string[] arguments) =>
        RunWithAsync([], environment, connectionString, signingKey, arguments);

    /// <summary>Runs the program until it exits; verifies exit code 1 and one line without a stack trace, and returns the line.</summary>
    private static async Task<string> RunWithAsync(
        Dictionary<string, string> variables, string environment, string? connectionString, string? signingKey, params string[] arguments)
    {
        var folder = Path.GetDirectoryName(typeof(StartRejectionTests).Assembly.Location)!;
        var start = new ProcessStartInfo("dotnet", ["exec", Path.Combine(folder, "CleanMessaging.WebApi.dll"), "--urls", "http://127.0.0.1:0", .. arguments])
        {
            WorkingDirectory = folder,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        start.Environment["ASPNETCORE_ENVIRONMENT"] = environment;
        start.Environment["ConnectionStrings__Messaging"] = connectionString;
        start.Environment["Jwt__SigningKey"] = signingKey;
        foreach (var (name, value) in variables)
            start.Environment[name] = value;

        using var process = Process.Start(start)!;
        using var waitLimit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        waitLimit.CancelAfter(TimeSpan.FromSeconds(30));
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(waitLimit.Token);
            var error = await process.StandardError.ReadToEndAsync(waitLimit.Token);
            await process.WaitForExitAsync(waitLimit.Token);

            process.ExitCode.ShouldBe(1, error);
            error.ShouldStartWith("CleanMessaging does not start.");
            error.ShouldNotContain("   at ");
            (await output).ShouldNotContain("   at ");
            (await output).ShouldNotContain("crit");

            error.TrimEnd().Split('\n').Length.ShouldBe(1, error);

            return error.TrimEnd();
        }
        finally
        {
            if (!process.HasExited)
                process.Kill();
        }
    }
}
