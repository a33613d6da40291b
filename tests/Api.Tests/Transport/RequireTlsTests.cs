using CleanMessaging.Api.Tests.Startup;
using CleanMessaging.Tests.Support;
using CleanMessaging.WebApi.Startup;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace CleanMessaging.Api.Tests.Transport;

/// <summary>Tests which settings <c>Transport:RequireTls</c> covers, and what the server does about a link that is not verified.</summary>
public sealed class RequireTlsTests(TestPostgres postgres) : IDisposable
{
    private const string Local = "Host=127.0.0.1;Port=1;Database=nowhere;Username=user;Password=secret";

    private readonly string _folder = Directory.CreateTempSubdirectory("root-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("ConnectionStrings:Messaging", "Host=db.example.com", "leads to db.example.com without verified TLS. Set SSL Mode=VerifyFull in it")]
    [InlineData("ConnectionStrings:MessagingSends", "Host=127.0.0.1,db.example.com", "leads to db.example.com without")]
    [InlineData("ConnectionStrings:MessagingMigration", "Host=db.example.com;SSL Mode=Require", "leads to db.example.com without")]
    [InlineData("ConnectionStrings:Redis", "redis.example.com,password=secret", "leads to redis.example.com without verified TLS. Set ssl=true in it")]
    [InlineData("Attachments:S3:Endpoint", "http://s3.example.com", "leads to s3.example.com without verified TLS. Set an https address.")]
    [InlineData("Attachments:ClamAv", "scanner.example.com:3310", "leads to scanner.example.com without verified TLS. Use a Unix socket")]
    [InlineData("Encryption:Kms", "vault:http://vault.example.com/transit/keys/a", "leads to vault.example.com without verified TLS. Set an https address.")]
    [InlineData("Encryption:KmsEndpoint", "http://kms.example.com", "leads to kms.example.com without")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4317", "leads to collector without")]
    public void Validate_OfEachSettingWithAnUnverifiedLink_IsAnErrorOnlyIfTlsIsRequired(string setting, string value, string reason)
    {
        var settings = new Dictionary<string, string?> { ["ConnectionStrings:Messaging"] = Local, [setting] = value };

        ErrorsOf(settings).ShouldBeEmpty();

        settings["Transport:RequireTls"] = "true";
        var error = ErrorsOf(settings).ShouldHaveSingleItem();
        error.ShouldStartWith($"Transport:RequireTls is true, but {setting} leads to");
        error.ShouldContain(reason);
        error.ShouldNotContain("nothing");
    }

    [Fact]
    public void Validate_OfTheAddressOfOneSignal_CountsOnlyIfTelemetryIsExported()
    {
        var settings = new Dictionary<string, string?>
        {
            ["Transport:RequireTls"] = "true",
            ["OTEL_EXPORTER_OTLP_LOGS_ENDPOINT"] = "http://collector:4317",
        };
        ErrorsOf(settings).ShouldBeEmpty();

        settings["OTEL_EXPORTER_OTLP_ENDPOINT"] = "https://collector:4317";
        ErrorsOf(settings).ShouldHaveSingleItem().ShouldContain("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT leads to collector");
    }

    [Fact]
    public void Validate_OfABadRootCertificate_IsAnErrorThatNamesTheSetting()
    {
        var text = Path.Combine(_folder, "text.pem");
        File.WriteAllText(text, "no certificate");
        var missing = Path.Combine(_folder, "missing.pem");

        ErrorsOf(Redis(missing)).ShouldHaveSingleItem().ShouldStartWith("Transport:RedisRootCertificate cannot be read. Could not find file");
        ErrorsOf(Redis(_folder)).ShouldHaveSingleItem().ShouldStartWith("Transport:RedisRootCertificate cannot be read.");
        ErrorsOf(Redis(text)).ShouldHaveSingleItem().ShouldBe($"Transport:RedisRootCertificate is '{text}', which does not have a certificate in PEM.");
        ErrorsOf(Postgres(missing)).ShouldHaveSingleItem().ShouldStartWith("Root Certificate in ConnectionStrings:Messaging cannot be read.");
        ErrorsOf(Postgres(text)).ShouldHaveSingleItem().ShouldStartWith("Root Certificate in ConnectionStrings:Messaging is '");

        using var authority = new TestAuthority();
        ErrorsOf(Postgres(authority.RootFile)).ShouldBeEmpty();
        ErrorsOf(Redis(authority.RootFile)).ShouldBeEmpty();
        var plain = Redis(authority.RootFile);
        plain["ConnectionStrings:Redis"] = "127.0.0.1:6379";
        ErrorsOf(plain).ShouldHaveSingleItem().ShouldContain("is set, but ConnectionStrings:Redis does not have ssl=true");

        static Dictionary<string, string?> Redis(string file) => new()
        {
            ["ConnectionStrings:Redis"] = "127.0.0.1:6379,ssl=true",
            ["Transport:RedisRootCertificate"] = file,
        };

        static Dictionary<string, string?> Postgres(string file) => new()
        {
            ["ConnectionStrings:Messaging"] = $"{Local};SSL Mode=VerifyFull;Root Certificate={file}",
        };
    }

    [Fact]
    public async Task Start_WithUnverifiedLinks_IsRejectedWithOneLineAndNoPassword()
    {
        var output = await RunAsync("Host=db.example.com;Username=user;Password=secret", "--ConnectionStrings:Redis=redis.example.com,password=secret");

        output.ShouldContain("Transport:RequireTls is true, but ConnectionStrings:Messaging leads to db.example.com without verified TLS.");
        output.ShouldContain("Transport:RequireTls is true, but ConnectionStrings:Redis leads to redis.example.com without verified TLS.");
        output.ShouldNotContain("secret");
    }

    [Fact]
    public async Task Start_WithLinksToThisMachineOrVerifiedOnes_GoesOn() =>
        (await RunAsync(Local, "--ConnectionStrings:Redis=redis.example.com,ssl=true"))
            .ShouldContain("The database of ConnectionStrings:Messaging cannot be used.");

    [Fact]
    public async Task Server_ThatDoesNotRequireTls_LogsOneWarningForEachUnverifiedLink()
    {
        using var logs = new CapturedLogs();
        var settings = new Dictionary<string, string?>
        {
            ["ConnectionStrings:Redis"] = "redis.invalid:6379,password=redis-password-1",
            ["Attachments:ClamAv"] = "scanner.invalid:3310",
        };
        await using (var server = await ApiServer.StartAsync(postgres, settings, services: logs.AddTo))
            server.AddSecret("redis-password-1");

        var warnings = logs.Lines.Where(line => line.Text.Contains("without verified TLS", StringComparison.Ordinal)).ToList();
        warnings.ShouldAllBe(line => line.Level == LogLevel.Warning);
        warnings.Count.ShouldBe(2);
        warnings[0].Text.ShouldStartWith("ConnectionStrings:Redis leads to redis.invalid without verified TLS: another host on the network could read or change the data. Set ssl=true");
        warnings[1].Text.ShouldStartWith("Attachments:ClamAv leads to scanner.invalid without verified TLS");
    }

    private static Task<string> RunAsync(string connectionString, string argument) => StartRejectionTests.RunInAsync(
        Environments.Production, connectionString, ApiServer.SigningKey, "--Transport:RequireTls=true", argument);

    private static IReadOnlyList<string> ErrorsOf(Dictionary<string, string?> settings)
    {
        var services = new ServiceCollection();
        services.AddTransport(new ConfigurationBuilder().AddInMemoryCollection(settings).Build());
        using var provider = services.BuildServiceProvider();
        try
        {
            provider.GetRequiredService<IStartupValidator>().Validate();

            return [];
        }
        catch (OptionsValidationException exception)
        {
            return [.. exception.Failures.Select(failure => failure.Replace("DataAnnotation validation failed for 'TransportOptions' members: '' with the error: '", "", StringComparison.Ordinal).TrimEnd('\'', '.') + ".")];
        }
    }
}
