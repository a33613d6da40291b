using System.ComponentModel.DataAnnotations;
using CleanMessaging.Infrastructure.Encryption;
using Microsoft.Extensions.Configuration;

namespace CleanMessaging.Api.Tests.Encryption;

/// <summary>Tests how the settings of a KMS are read and validated. No error contains a value.</summary>
public sealed class KmsSettingsTests : IDisposable
{
    private const string Secret = "c2VjcmV0LWtleS1vZi10aGUtdGVzdHMtMDEyMzQ1Njc=";
    private const string Vault = "vault:https://vault.example.com:8200/transit/keys/messaging";

    private readonly string _folder = Directory.CreateTempSubdirectory("kms-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("aws:1234abcd-12ab-34cd-56ef-1234567890ab", Secret)]
    [InlineData("aws:arn:aws:kms:eu-central-1:111122223333:key/1234abcd", Secret)]
    [InlineData("aws:alias/messaging", Secret)]
    [InlineData(Vault, "vault:v1:c2VjcmV0")]
    [InlineData("vault:http://127.0.0.1:8200/behind/a/path/transit/keys/Messaging-1_a.b", "vault:v12:c2VjcmV0")]
    public void Read_OfAKms_HasEncryptedKeysAndTheActiveOne(string kms, string value)
    {
        var options = Read(Settings(kms, value));

        ErrorsOf(options).ShouldBeEmpty();
        options.Kms.ShouldNotBeNull();
        options.Keys.ShouldBeEmpty();
        options.EncryptedKeys.ShouldHaveSingleItem().ShouldBe(new EncryptedKey("one", value, "Encryption:Keys:0:EncryptedValue"));
        options.ActiveKey.ShouldBe("one");
    }

    [Theory]
    [InlineData("Encryption:Kms", "aws:", "Encryption:Kms must be aws:KEY")]
    [InlineData("Encryption:Kms", "gcp:key", "Encryption:Kms must be")]
    [InlineData("Encryption:Kms", Secret, "Encryption:Kms must be")]
    [InlineData("Encryption:Kms", "vault:https://vault.example.com/transit/keys/", "Encryption:Kms must be")]
    [InlineData("Encryption:Kms", "vault:https://vault.example.com/transit/keys/a/b", "Encryption:Kms must be")]
    [InlineData("Encryption:Kms", "vault:https://vault.example.com/transit/keys/..?a", "Encryption:Kms must be")]
    [InlineData("Encryption:Kms", "vault:https://vault.example.com/secret/keys/a", "Encryption:Kms must be")]
    [InlineData("Encryption:Kms", "vault:https://user:" + Secret + "@vault.example.com/transit/keys/a", "Encryption:Kms must be")]
    [InlineData("Encryption:Kms", "vault:ftp://vault.example.com/transit/keys/a", "Encryption:Kms must be")]
    [InlineData("Encryption:Kms", "vault:vault.example.com/transit/keys/a", "Encryption:Kms must be")]
    [InlineData("Encryption:Kms", "", "Encryption:Kms is not. Set the KMS that decrypts it.")]
    [InlineData("Encryption:VaultToken", "", "Set either Encryption:VaultToken or Encryption:VaultTokenFile")]
    [InlineData("Encryption:VaultTokenFile", "/run/token", "Set either Encryption:VaultToken or Encryption:VaultTokenFile")]
    [InlineData("Encryption:VaultToken", "two words", "does not have a token of visible ASCII characters.")]
    [InlineData("Encryption:VaultNamespace", "a b", "Encryption:VaultNamespace must be visible ASCII characters.")]
    [InlineData("Encryption:Keys:0:Value", Secret, "Encryption:Keys:0:Value is set. With Encryption:Kms, set EncryptedValue instead.")]
    [InlineData("Encryption:Keys:0:EncryptedValue", "", "Encryption:Keys:0:EncryptedValue must be the ciphertext of a data key")]
    [InlineData("Encryption:Keys:0:EncryptedValue", Secret, "Encryption:Keys:0:EncryptedValue must be the ciphertext of a data key")]
    [InlineData("Encryption:Keys:1:Id", "one", "Encryption:Keys:1:EncryptedValue must be the ciphertext of a data key")]
    [InlineData("Encryption:ActiveKey", "two", "Encryption:ActiveKey is not the Id of one of the keys.")]
    [InlineData("Encryption:ActiveKey", "", "Encryption:ActiveKey is not set.")]
    public void Read_OfABadSetting_IsAnErrorWithoutAnyValue(string key, string value, string reason)
    {
        var settings = Settings(Vault, "vault:v1:c2VjcmV0LXZhbHVl");
        settings[key] = value;

        var error = ErrorsOf(Read(settings)).ShouldHaveSingleItem();

        error.ShouldContain(reason);
        error.ShouldNotContain(Secret[..8]);
        error.ShouldNotContain(FakeKms.Token);
    }

    [Theory]
    [InlineData("Encryption:KmsEndpoint", "https://a:b@kms.example.com", "Encryption:KmsEndpoint is not an http or https address")]
    [InlineData("Encryption:Keys:0:EncryptedValue", "not-Base64!", "Encryption:Keys:0:EncryptedValue must be the CiphertextBlob of a data key, in Base64.")]
    [InlineData("Encryption:Keys:0:EncryptedValue", "", "Encryption:Keys:0:EncryptedValue must be the CiphertextBlob")]
    public void Read_OfABadSettingForAws_IsAnError(string key, string value, string reason)
    {
        var settings = Settings("aws:key", Secret);
        settings[key] = value;

        ErrorsOf(Read(settings)).ShouldHaveSingleItem().ShouldContain(reason);
    }

    [Fact]
    public void Read_OfTwoKeysWithOneId_IsAnError()
    {
        var settings = Settings("aws:key", Secret);
        settings["Encryption:Keys:1:Id"] = "one";
        settings["Encryption:Keys:1:EncryptedValue"] = Secret;

        ErrorsOf(Read(settings)).ShouldHaveSingleItem().ShouldBe("Encryption:Keys:1:Id is the Id of an earlier key too.");
    }

    [Fact]
    public void Read_OfAKmsWithoutKeys_IsAnError() =>
        ErrorsOf(Read(new() { ["Encryption:Kms"] = "aws:key" })).ShouldHaveSingleItem().ShouldContain("Encryption:Kms needs keys that it decrypts.");

    [Fact]
    public void Read_OfAKeyFileWithAKms_HasTheEncryptedKeysOfTheFile()
    {
        var file = Path.Combine(_folder, "keys.json");
        File.WriteAllText(file, """{ "Encryption": { "ActiveKey": "a", "Keys": [{ "Id": "a", "EncryptedValue": "vault:v1:YQ==" }] } }""");

        var options = Read(new() { ["Encryption:Kms"] = Vault, ["Encryption:VaultToken"] = FakeKms.Token, ["Encryption:KeyFile"] = file });

        ErrorsOf(options).ShouldBeEmpty();
        options.EncryptedKeys.ShouldHaveSingleItem().Value.ShouldBe("vault:v1:YQ==");
    }

    [Fact]
    public void Read_OfATokenFile_IsReadAtTheStart()
    {
        var settings = Settings(Vault, "vault:v1:YQ==");
        settings["Encryption:VaultToken"] = null;
        settings["Encryption:VaultTokenFile"] = Path.Combine(_folder, "token");
        ErrorsOf(Read(settings)).ShouldHaveSingleItem().ShouldStartWith("Encryption:VaultTokenFile cannot be read.");

        File.WriteAllText(Path.Combine(_folder, "token"), $"{FakeKms.Token}\n");

        ErrorsOf(Read(settings)).ShouldBeEmpty();
    }

    private static Dictionary<string, string?> Settings(string kms, string value) => new()
    {
        ["Encryption:Kms"] = kms,
        ["Encryption:VaultToken"] = FakeKms.Token,
        ["Encryption:ActiveKey"] = "one",
        ["Encryption:Keys:0:Id"] = "one",
        ["Encryption:Keys:0:EncryptedValue"] = value,
    };

    private static EncryptionOptions Read(Dictionary<string, string?> settings)
    {
        var options = new EncryptionOptions();
        options.Read(new ConfigurationBuilder().AddInMemoryCollection(settings).Build());

        return options;
    }

    private static List<string> ErrorsOf(EncryptionOptions options) =>
        [.. options.Validate(new ValidationContext(options)).Select(error => error.ErrorMessage!)];
}
