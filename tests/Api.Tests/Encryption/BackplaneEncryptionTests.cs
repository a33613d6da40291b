using System.Security.Cryptography;
using System.Text;
using CleanMessaging.Infrastructure.Encryption;
using CleanMessaging.Infrastructure.Realtime.Backplane;

namespace CleanMessaging.Api.Tests.Encryption;

/// <summary>Tests the encryption of messages between servers, without Redis.</summary>
public sealed class BackplaneEncryptionTests
{
    private static readonly byte[] _message = Encoding.UTF8.GetBytes("""{"content":"Secret text"}""");

    [Fact]
    public void Encrypt_WhileOn_HidesTheMessage()
    {
        var encrypted = With(isOn: true, "one").Encrypt(_message);

        BackplaneEncryption.IsEncrypted(encrypted).ShouldBeTrue();
        Encoding.Latin1.GetString(encrypted).ShouldNotContain("Secret");
        With(isOn: true, "one").Encrypt(_message).ShouldNotBe(encrypted);
        With(isOn: false, "two", "one").Decrypt(encrypted).ToArray().ShouldBe(_message);
    }

    [Fact]
    public void Encrypt_WhileOff_LeavesTheMessage()
    {
        var plain = With(isOn: false, "one").Encrypt(_message);

        plain.ShouldBe(_message);
        BackplaneEncryption.IsEncrypted(plain).ShouldBeFalse();
        With(isOn: false).Decrypt(plain).ToArray().ShouldBe(_message);
    }

    [Fact]
    public void Decrypt_OfAChangedOrForeignMessage_Fails()
    {
        var encrypted = With(isOn: true, "one").Encrypt(_message);

        for (var index = 1; index < encrypted.Length; index++)
        {
            var changed = encrypted.ToArray();
            changed[index] ^= 1;
            ShouldFail(With(isOn: true, "one"), changed, $"byte {index}");
            ShouldFail(With(isOn: true, "one"), encrypted[..index], $"{index} bytes");
        }

        ShouldFail(With(isOn: true, "two"), encrypted, "another key");
        ShouldFail(With(isOn: false), encrypted, "no key");
    }

    private static void ShouldFail(BackplaneEncryption encryption, byte[] message, string reason) =>
        Should.Throw<CryptographicException>(() => encryption.Decrypt(message), reason);

    private static BackplaneEncryption With(bool isOn, params string[] keyIds)
    {
        var options = TestEncryption.OptionsOf(isOn, keyIds);

        return new BackplaneEncryption(new KeyRing(options), options);
    }
}
