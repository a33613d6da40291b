using Amazon.KeyManagementService;
using Amazon.KeyManagementService.Model;
using CleanMessaging.Infrastructure.Encryption;
using CleanMessaging.Infrastructure.Encryption.Kms;
using CleanMessaging.Tests.Support;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace CleanMessaging.Api.Tests.Encryption;

/// <summary>Tests that both kinds of KMS decrypt keys over real HTTP, and which errors are repeated.</summary>
public sealed class KeyDecryptionTests : IDisposable
{
    private readonly KmsRun _run = new();

    public static TheoryData<string> Both => [KmsRun.Aws, KmsRun.Vault];

    public void Dispose() => _run.Dispose();

    [Theory]
    [MemberData(nameof(Both))]
    public async Task Decrypt_OfTwoKeys_IsTheRingWithTheKeysInPlain(string kind)
    {
        await using var kms = await FakeKms.StartAsync();

        var ring = await _run.DecryptAsync(KmsRun.Settings(kms, kind, KmsRun.KeyOf("one"), KmsRun.KeyOf("two")));

        ring.ActiveKeyId.ShouldBe("key0");
        ring.KeyIds.ShouldBe(["key0", "key1"], ignoreOrder: true);
        var plain = new EncryptionOptions();
        plain.Read(new ConfigurationBuilder().AddInMemoryCollection(TestKeys.Settings("one", "two")).Build());
        var expected = new KeyRing(Options.Create(plain));
        ring.DeriveKey("key0", "purpose").ShouldBe(expected.DeriveKey("one", "purpose"));
        ring.DeriveKey("key1", "purpose").ShouldBe(expected.DeriveKey("two", "purpose"));
        kms.Requests.Count.ShouldBe(2);
        _run.Logs.Lines.ShouldBeEmpty();
    }

    [Fact]
    public void Limits_ByDefault_AreTheDocumentedOnes()
    {
        var options = Options.Create(new EncryptionOptions());

        var decryption = new KeyDecryption(options, new KeyRing(options), NullLogger<KeyDecryption>.Instance);

        decryption.Limit.ShouldBe(TimeSpan.FromSeconds(30));
        decryption.AttemptLimit.ShouldBe(TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task Decrypt_ByVault_SendsTheTokenAndTheNamespace()
    {
        await using var kms = await FakeKms.StartAsync();
        var settings = KmsRun.Settings(kms, KmsRun.Vault, KmsRun.KeyOf("one"));
        settings["Encryption:VaultNamespace"] = "team/a";

        await _run.DecryptAsync(settings);

        var headers = kms.Requests.ShouldHaveSingleItem().Headers;
        headers["X-Vault-Token"].ShouldBe(FakeKms.Token);
        headers["X-Vault-Namespace"].ShouldBe("team/a");
    }

    [Fact]
    public async Task Decrypt_ByAws_IsSignedAndHasTheKeyId()
    {
        await using var kms = await FakeKms.StartAsync();

        await _run.DecryptAsync(KmsRun.Settings(kms, KmsRun.Aws, KmsRun.KeyOf("one")));

        var request = kms.Requests.ShouldHaveSingleItem();
        request.Headers["Authorization"].ShouldContain("/eu-central-1/kms/aws4_request");
        request.Body.ShouldContain(FakeKms.AwsKeyId);
    }

    /// <summary>Tests that no variable leads the client to an address that the rule for TLS does not see.</summary>
    [Theory]
    [InlineData(null, "https://kms.eu-central-1.amazonaws.com/")]
    [InlineData("https://kms.example.com", "https://kms.example.com/")]
    public void ClientOfAws_WithAnAddressInTheEnvironment_DoesNotUseIt(string? endpoint, string expected)
    {
        const string Variable = "AWS_ENDPOINT_URL_KMS";
        Environment.SetEnvironmentVariable(Variable, "http://kms.invalid");
        try
        {
            using var client = new AmazonKeyManagementServiceClient(AwsKeyDecryptor.CreateConfig(endpoint));

            client.DetermineServiceOperationEndpoint(new DecryptRequest { KeyId = FakeKms.AwsKeyId }).URL.TrimEnd('/').ShouldBe(expected.TrimEnd('/'));
        }
        finally
        {
            Environment.SetEnvironmentVariable(Variable, null);
        }
    }

    [Theory]
    [InlineData(KmsRun.Aws, "Encryption:Keys:0:EncryptedValue", "AAAA", "status 400 (InvalidCiphertextException)")]
    [InlineData(KmsRun.Aws, "Encryption:Kms", "aws:other", "status 400 (IncorrectKeyException)")]
    [InlineData(KmsRun.Vault, "Encryption:Keys:0:EncryptedValue", "vault:v1:AAAA", "status 400")]
    [InlineData(KmsRun.Vault, "Encryption:VaultToken", "another", "status 403")]
    public async Task Decrypt_WithAWrongSetting_FailsAtOnceWithTheStatus(string kind, string setting, string value, string reason)
    {
        await using var kms = await FakeKms.StartAsync();
        var settings = KmsRun.Settings(kms, kind, KmsRun.KeyOf("one"));
        settings[setting] = value;

        var error = await _run.FailAsync(settings);

        error.ShouldStartWith("Encryption:Keys:0:EncryptedValue was not decrypted by the KMS of Encryption:Kms: it answered with");
        error.ShouldContain(reason);
        kms.Requests.Count.ShouldBe(1);
    }

    [Theory]
    [InlineData(KmsRun.Aws, 31)]
    [InlineData(KmsRun.Aws, 33)]
    [InlineData(KmsRun.Vault, 31)]
    [InlineData(KmsRun.Vault, 33)]
    [InlineData(KmsRun.Vault, 0)]
    public async Task Decrypt_OfAnotherLength_Fails(string kind, int length)
    {
        await using var kms = await FakeKms.StartAsync();
        var value = Enumerable.Range(100, length).Select(number => (byte)number).ToArray();

        (await _run.FailAsync(KmsRun.Settings(kms, kind, value))).ShouldBe(
            "Encryption:Keys:0:EncryptedValue was decrypted, but is not a random key of 32 bytes.");
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task Decrypt_OfAKeyThatIsNotRandom_Fails(string kind)
    {
        await using var kms = await FakeKms.StartAsync();

        (await _run.FailAsync(KmsRun.Settings(kms, kind, new byte[32]))).ShouldContain("is not a random key");
    }

    [Theory]
    [InlineData(KmsRun.Aws, 400)]
    [InlineData(KmsRun.Aws, 403)]
    [InlineData(KmsRun.Vault, 400)]
    [InlineData(KmsRun.Vault, 404)]
    public async Task Decrypt_AnsweredWithAnErrorOfTheRequest_FailsAtOnceWithNothingOfTheResponse(string kind, int status)
    {
        await using var kms = await FakeKms.StartAsync();
        kms.Interfere = (_, context) => KmsRun.AnswerErrorAsync(context, status);

        (await _run.FailAsync(KmsRun.Settings(kms, kind, KmsRun.KeyOf("one")))).ShouldEndWith($"it answered with status {status}.");
        kms.Requests.Count.ShouldBe(1);
    }

    [Theory]
    [InlineData(KmsRun.Aws, 500)]
    [InlineData(KmsRun.Aws, 503)]
    [InlineData(KmsRun.Vault, 429)]
    [InlineData(KmsRun.Vault, 503)]
    public async Task Decrypt_AnsweredWithAnErrorOfTheKmsTwice_SucceedsAndIsLoggedOnce(string kind, int status)
    {
        await using var kms = await FakeKms.StartAsync();
        kms.Interfere = (number, context) => number <= 2 ? KmsRun.AnswerErrorAsync(context, status) : Task.FromResult(false);

        var ring = await _run.DecryptAsync(KmsRun.Settings(kms, kind, KmsRun.KeyOf("one")));

        ring.KeyIds.ShouldHaveSingleItem();
        kms.Requests.Count.ShouldBe(3);
        _run.Logs.Lines.ShouldHaveSingleItem().Text.ShouldContain($"it answered with status {status}; retrying for 60 s");
    }

    [Fact]
    public async Task Decrypt_ThrottledByAws_IsRepeated()
    {
        await using var kms = await FakeKms.StartAsync();
        kms.Interfere = async (number, context) =>
        {
            if (number == 1)
                await FakeKms.AnswerAsync(context, 400, new { __type = "ThrottlingException", message = FakeKms.SecretInResponses });

            return number == 1;
        };

        await _run.DecryptAsync(KmsRun.Settings(kms, KmsRun.Aws, KmsRun.KeyOf("one")));

        kms.Requests.Count.ShouldBe(2);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task Decrypt_AnsweredWithErrorsOfTheKmsOnly_FailsWhenTheTimeIsOver(string kind)
    {
        await using var kms = await FakeKms.StartAsync();
        kms.Interfere = (_, context) => KmsRun.AnswerErrorAsync(context, 503);

        (await _run.FailAsync(KmsRun.Settings(kms, kind, KmsRun.KeyOf("one")), KmsRun.ShortLimit)).ShouldBe(
            "The KMS of Encryption:Kms did not decrypt Encryption:Keys:0:EncryptedValue within 2 s: it answered with status 503.");
        kms.Requests.Count.ShouldBeGreaterThan(1);
    }
}
