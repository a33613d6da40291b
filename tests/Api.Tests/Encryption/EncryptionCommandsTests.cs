using System.Diagnostics;
using System.Net;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Api.Tests.Encryption;

/// <summary>Tests the commands of the program in a process of its own, as an operator runs them while a server is in use.</summary>
public sealed class EncryptionCommandsTests(TestPostgres postgres)
{
    [Fact]
    public async Task Commands_AfterEncryptionWasTurnedOn_EncryptTextsAndRenewKeys()
    {
        await using var server = await ApiServer.StartAsync(postgres, EncryptedServers.PlainSettings("one", "two"));
        var (investor, startup, conversationId) = await server.RegisterPairAsync();
        (await investor.SendAsync(conversationId, "Text")).Expect(HttpStatusCode.Created);

        (await RunAsync(server, EncryptedServers.PlainSettings("one"), "encrypt-texts"))
            .ShouldBe((1, "CleanMessaging does not start. Encryption:Messages is not true, so texts are not encrypted."));
        (await RunAsync(server, EncryptedServers.Settings("one"), "encrypt-texts")).ShouldBe((0, "1 texts encrypted\nDone."));
        (await server.CountPlainAsync()).ShouldBe(0);
        (await RunAsync(server, EncryptedServers.Settings("two"), "renew-keys"))
            .ShouldBe((1, "CleanMessaging does not start. 1 keys are left: in use, stored by a server with other settings, or under a key that Encryption:Keys does not have. Check the settings of all servers, and run the command again."));
        (await RunAsync(server, EncryptedServers.Settings("two", "one"), "renew-keys")).ShouldBe((0, "1 keys renewed\nDone."));
        (await RunAsync(server, EncryptedServers.Settings("two", "one"), "renew-keys")).ShouldBe((0, "Done."));
        (await RunAsync(server, [], "renew-keys"))
            .ShouldBe((1, "CleanMessaging does not start. There are no keys. Set Encryption:KeyFile, or Encryption:Keys and Encryption:ActiveKey."));

        (await startup.ReadPageAsync(conversationId)).ShouldBe(["Text"]);
        var (code, output) = await RunAsync(server, EncryptedServers.Settings("one"));
        code.ShouldBe(1);
        output.ShouldContain("does not have the keys 'two'");
    }

    /// <summary>Runs the program; returns its exit code and what it printed.</summary>
    private static async Task<(int Code, string Output)> RunAsync(
        ApiServer server, Dictionary<string, string?> settings, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", ["exec", Path.Combine(AppContext.BaseDirectory, "CleanMessaging.WebApi.dll"), "--urls", "http://127.0.0.1:0", .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["ASPNETCORE_ENVIRONMENT"] = "Production";
        start.Environment["ConnectionStrings__Messaging"] = server.ConnectionString;
        start.Environment["Jwt__SigningKey"] = ApiServer.SigningKey;
        start.Environment["Logging__LogLevel__Default"] = "Warning";
        start.Environment["Logging__LogLevel__LuckyPennySoftware.AutoMapper.License"] = "Error";
        foreach (var (key, value) in settings)
            start.Environment[key.Replace(":", "__", StringComparison.Ordinal)] = value;

        using var process = Process.Start(start)!;
        var (output, error) = (
            process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken),
            process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken));
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);

        return (process.ExitCode, $"{await output}{await error}".Trim());
    }
}
