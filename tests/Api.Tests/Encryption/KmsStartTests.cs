using System.Net;
using CleanMessaging.Api.Tests.Startup;
using CleanMessaging.Tests.Support;
using Microsoft.Extensions.Hosting;

namespace CleanMessaging.Api.Tests.Encryption;

/// <summary>Tests a server whose keys a KMS decrypts, from its start to its use of a key.</summary>
public sealed class KmsStartTests(TestPostgres postgres)
{
    private static readonly string _key = TestKeys.ValueOf("one");

    [Fact]
    public async Task Server_WithAKms_AsksItAtTheStartOnlyAndUsesTheKeyWithoutIt()
    {
        using var logs = new CapturedLogs();
        var kms = await FakeKms.StartAsync();
        ApiServer server;
        await using (kms)
            server = await ApiServer.StartAsync(postgres, Settings(kms), services: logs.AddTo);

        await using (server)
        {
            server.AddSecret(_key);
            server.AddSecret(FakeKms.Token);
            var (investor, _, conversationId) = await server.RegisterPairAsync();
            var message = (await investor.SendAsync(conversationId, "Before the edit", Guid.CreateVersion7(server.Clock.GetUtcNow())))
                .Expect(HttpStatusCode.Created).Data;

            (await investor.EditAsync(message.GetProperty("id").GetGuid(), "After the edit", version: 0)).Expect(HttpStatusCode.OK);

            (await server.QueryAsync<string>("SELECT convert_from(substr(request_hash, 33), 'UTF8') FROM messages WHERE request_hash IS NOT NULL"))
                .ShouldBe("2026-11");
        }

        kms.Requests.Count.ShouldBe(1);
        logs.Lines.ShouldNotContain(line => line.Text.Contains(_key, StringComparison.Ordinal) || line.Text.Contains(FakeKms.Token, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Start_WithAKeyThatTheKmsRejects_IsRejectedWithTheReasonAndNoSecret()
    {
        await using var kms = await FakeKms.StartAsync();
        var settings = Settings(kms);
        settings["Encryption:VaultToken"] = "hvs.another-token";

        var output = await StartRejectionTests.RunInAsync(
            Environments.Production,
            await postgres.CreateDatabaseAsync(),
            ApiServer.SigningKey,
            [.. settings.Select(setting => $"--{setting.Key}={setting.Value}")]);

        output.ShouldBe("CleanMessaging does not start. Encryption:Keys:0:EncryptedValue was not decrypted by the KMS of Encryption:Kms: it answered with status 403.");
    }

    private static Dictionary<string, string?> Settings(FakeKms kms) => new()
    {
        ["Encryption:Kms"] = $"vault:{kms.Address.GetLeftPart(UriPartial.Authority)}/transit/keys/{FakeKms.VaultKeyName}",
        ["Encryption:VaultToken"] = FakeKms.Token,
        ["Encryption:ActiveKey"] = "2026-11",
        ["Encryption:Keys:0:Id"] = "2026-11",
        ["Encryption:Keys:0:EncryptedValue"] = kms.EncryptForVault(Convert.FromBase64String(_key)),
    };
}
