using System.ComponentModel.DataAnnotations;
using CleanMessaging.Infrastructure.Encryption;
using CleanMessaging.Tests.Support;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace CleanMessaging.Api.Tests.Encryption;

/// <summary>Tests how the keys are read and validated. No error contains a part of the settings that may be a key.</summary>
public sealed class EncryptionOptionsTests : IDisposable
{
    private const string Secret = "c2VjcmV0LWtleS1vZi10aGUtdGVzdHMtMDEyMzQ1Njc=";

    private readonly string _folder = Directory.CreateTempSubdirectory("keys-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Read_WithoutSettings_IsAnEmptyRing()
    {
        var options = Read([]);

        ErrorsOf(options).ShouldBeEmpty();
        options.Keys.ShouldBeEmpty();
        options.ActiveKey.ShouldBeNull();
    }

    [Fact]
    public void Read_OfEmptyVariables_IsAnEmptyRing()
    {
        var options = Read(new()
        {
            ["Encryption:KeyFile"] = "",
            ["Encryption:ActiveKey"] = "",
            ["Encryption:Keys:0:Id"] = "",
            ["Encryption:Keys:0:Value"] = "",
        });

        ErrorsOf(options).ShouldBeEmpty();
        options.Keys.ShouldBeEmpty();
    }

    [Fact]
    public void Read_OfTwoKeys_HasBothAndTheActiveOne()
    {
        var longest = new string('~', 31) + "!";
        var options = Read(TestKeys.Settings(longest, "2"));

        ErrorsOf(options).ShouldBeEmpty();
        options.Keys.Keys.ShouldBe([longest, "2"], ignoreOrder: true);
        options.ActiveKey.ShouldBe(longest);
        Convert.ToBase64String(options.Keys["2"]).ShouldBe(TestKeys.ValueOf("2"));
    }

    [Theory]
    [InlineData("Encryption:Keys:1:Id", "", "Encryption:Keys:1:Id must be 1 to 32 visible ASCII characters.")]
    [InlineData("Encryption:Keys:1:Id", "two words", "Encryption:Keys:1:Id must be")]
    [InlineData("Encryption:Keys:1:Id", "zwölf", "Encryption:Keys:1:Id must be")]
    [InlineData("Encryption:Keys:1:Id", "\u007f", "Encryption:Keys:1:Id must be")]
    [InlineData("Encryption:Keys:1:Id", "123456789012345678901234567890123", "Encryption:Keys:1:Id must be")]
    [InlineData("Encryption:Keys:1:Id", Secret, "Encryption:Keys:1:Id must be")]
    [InlineData("Encryption:Keys:1:Id", "one", "Encryption:Keys:1:Id is the Id of an earlier key too.")]
    [InlineData("Encryption:Keys:1:Value", null, "Encryption:Keys:1:Value must be 32 bytes in Base64.")]
    [InlineData("Encryption:Keys:1:Value", "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlYw==", "Encryption:Keys:1:Value must be")]
    [InlineData("Encryption:Keys:1:Value", "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3Jl", "Encryption:Keys:1:Value must be")]
    [InlineData("Encryption:Keys:1:Value", "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3I", "Encryption:Keys:1:Value must be")]
    [InlineData("Encryption:Keys:1:Value", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "Encryption:Keys:1:Value is too weak")]
    [InlineData("Encryption:ActiveKey", "One", "Encryption:ActiveKey is not the Id of one of the keys.")]
    [InlineData("Encryption:ActiveKey", Secret, "Encryption:ActiveKey is not the Id")]
    [InlineData("Encryption:ActiveKey", "", "Encryption:ActiveKey is not set.")]
    [InlineData("Encryption:Keys:2", Secret, "Encryption:Keys:2:Id must be")]
    [InlineData("Encryption:Keys", Secret, "Encryption:Keys must be a list of keys")]
    [InlineData("Encryption:KeyFile", "keys.json", "Set either the file or the keys.")]
    public void Read_OfABadSetting_IsAnErrorWithoutAnyValue(string key, string? value, string reason)
    {
        var settings = TestKeys.Settings("one", "two");
        settings[key] = value;

        var error = ErrorsOf(Read(settings)).ShouldHaveSingleItem();

        error.ShouldContain(reason);
        error.ShouldNotContain(Secret[..8]);
        error.ShouldNotContain(TestKeys.ValueOf("one"));
        error.ShouldNotContain(TestKeys.ValueOf("two"));
    }

    [Fact]
    public void Read_OfAnActiveKeyWithoutKeys_IsAnError() =>
        ErrorsOf(Read(new() { ["Encryption:ActiveKey"] = "one" })).ShouldHaveSingleItem().ShouldContain("is not the Id of one of the keys");

    [Fact]
    public void Read_OfAKeyFile_HasItsKeys()
    {
        var options = ReadFile(
            $$"""{ "Encryption": { "ActiveKey": "b", "Keys": [{ "Id": "a", "Value": "{{Secret}}" }, { "Id": "b", "Value": "{{TestKeys.ValueOf("b")}}" }] } }""");

        ErrorsOf(options).ShouldBeEmpty();
        options.ActiveKey.ShouldBe("b");
        Convert.ToBase64String(options.Keys["a"]).ShouldBe(Secret);
    }

    [Theory]
    [InlineData($$"""{ "Encryption": { "ActiveKey": "a", "Keys": [{ "Id": "a", "Value": {{Secret}} }] } }""", "not a JSON object")]
    [InlineData($$"""{ "Encryption": { "ActiveKey": "a", "Keys": [{ "Id": "a", "Value": "{{Secret}}" }], "ActiveKey": "b" } }""", "a member twice")]
    [InlineData($$"""{ "Encryption": { "ActiveKey": "b", "Keys": [{ "Id": "a", "Value": "{{Secret}}" }] } }""", "ActiveKey is not the Id")]
    [InlineData($$"""{ "Encryption": { "ActiveKey": "a", "Keys": [{ "Id": "{{Secret}}", "Value": "a" }] } }""", "Keys:0:Id must be")]
    [InlineData($$"""{ "ActiveKey": "a", "Keys": [{ "Id": "a", "Value": "{{Secret}}" }] }""", "Encryption:Keys is missing")]
    [InlineData(Secret, "not a JSON object")]
    [InlineData("[]", "not a JSON object")]
    [InlineData("", "not a JSON object")]
    public void Read_OfABadKeyFile_IsAnErrorWithoutAnyValue(string content, string reason)
    {
        var error = ErrorsOf(ReadFile(content)).ShouldHaveSingleItem();

        error.ShouldContain(reason);
        error.ShouldContain("keys.json");
        error.ShouldNotContain(Secret[..4]);
    }

    [Fact]
    public void Read_OfAMissingKeyFileOrAFolder_IsAnError()
    {
        foreach (var file in new[] { Path.Combine(_folder, "missing.json"), _folder })
        {
            ErrorsOf(Read(new() { ["Encryption:KeyFile"] = file }))
                .ShouldHaveSingleItem().ShouldStartWith("Encryption:KeyFile cannot be read.");
        }
    }

    /// <summary>Stored hashes depend on this value: computed with another program, by RFC 5869 and RFC 2104.</summary>
    [Fact]
    public void Hash_OfARequest_IsTheHmacUnderTheDerivedKeyFollowedByTheKeyId()
    {
        var value = Convert.ToBase64String([.. Enumerable.Range(0, 32).Select(number => (byte)number)]);
        var ring = RingOf(new()
        {
            ["Encryption:Keys:0:Id"] = "2026-11",
            ["Encryption:Keys:0:Value"] = value,
            ["Encryption:ActiveKey"] = "2026-11",
        });

        var hash = new RequestHasher(ring).Hash("request"u8).ShouldNotBeNull();

        Convert.ToHexStringLower(hash[..32]).ShouldBe("954501518322838ac1f844c74a2e7e689e862d38c6910b673aba093ee0a9cbd9");
        hash[32..].ShouldBe("2026-11"u8.ToArray());
    }

    [Fact]
    public void Matches_UnderEachRing_IsKnownOnlyWithTheKeyOfTheHash()
    {
        var hash = new RequestHasher(RingOf(TestKeys.Settings("one"))).Hash("request"u8).ShouldNotBeNull();
        var rotated = new RequestHasher(RingOf(TestKeys.Settings("two", "one")));

        rotated.Matches(hash, "request"u8).ShouldBe(true);
        rotated.Matches(hash, "requesT"u8).ShouldBe(false);
        rotated.Hash("request"u8).ShouldNotBeNull()[32..].ShouldBe("two"u8.ToArray());
        new RequestHasher(RingOf(TestKeys.Settings("two"))).Matches(hash, "request"u8).ShouldBeNull();
        var none = new RequestHasher(RingOf([]));
        none.Matches(hash, "request"u8).ShouldBeNull();
        none.Hash("request"u8).ShouldBeNull();
        rotated.Matches(hash.AsSpan(0, 32), "request"u8).ShouldBeNull();
        rotated.Matches([], "request"u8).ShouldBeNull();
    }

    [Fact]
    public void DeriveKey_ForTwoPurposes_IsDifferentAndNotTheKey()
    {
        var ring = RingOf(TestKeys.Settings("one", "two"));

        var keys = new[] { ring.DeriveKey("one", "a"), ring.DeriveKey("one", "b"), ring.DeriveKey("two", "a") };

        keys.ShouldAllBe(key => key.Length == 32);
        keys.Select(Convert.ToBase64String).Append(TestKeys.ValueOf("one")).Append(TestKeys.ValueOf("two")).ShouldBeUnique();
        ring.DeriveKey("one", "a").ShouldBe(keys[0]);
    }

    private static KeyRing RingOf(Dictionary<string, string?> settings)
    {
        var options = Read(settings);
        ErrorsOf(options).ShouldBeEmpty();

        return new KeyRing(Options.Create(options));
    }

    private EncryptionOptions ReadFile(string content)
    {
        var file = Path.Combine(_folder, "keys.json");
        File.WriteAllText(file, content);

        return Read(new() { ["Encryption:KeyFile"] = file });
    }

    private static EncryptionOptions Read(Dictionary<string, string?> settings)
    {
        var options = new EncryptionOptions();
        options.Read(new ConfigurationBuilder().AddInMemoryCollection(settings).Build());

        return options;
    }

    private static List<string> ErrorsOf(EncryptionOptions options) =>
        [.. options.Validate(new ValidationContext(options)).Select(error => error.ErrorMessage!)];
}
