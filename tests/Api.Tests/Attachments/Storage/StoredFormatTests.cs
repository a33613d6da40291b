using System.Security.Cryptography;
using System.Text;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Infrastructure.Attachments.Storage;

namespace CleanMessaging.Api.Tests.Attachments.Storage;

/// <summary>
/// Pins the format of what is stored, because files of earlier versions must stay readable. The values were computed with another program, by
/// RFC 5869 and NIST SP 800-38D.
/// </summary>
public sealed class StoredFormatTests
{
    private const string EncryptedKey = "a0a1a2a3a4a5a6a7a8a9aaabf217a756faeb8904bcb895ae0ca28509a6bcae1ac81c0eea89f7a10f495f7d19f20fdb6a5bad50c96348a23f28d1e763323032362d3131";

    private static readonly AttachmentId _attachmentId = (AttachmentId)Guid.Parse("00010203-0405-0607-0809-0a0b0c0d0e0f");
    private static readonly Guid _objectId = Guid.Parse("10111213-1415-1617-1819-1a1b1c1d1e1f");
    private static readonly byte[] _fileKey = [.. Enumerable.Range(32, 32).Select(number => (byte)number)];

    [Fact]
    public void Decrypt_OfAKeyOfAnotherProgram_IsTheKeyOfTheFile() =>
        KeysOfTheExample().Decrypt(_attachmentId, Convert.FromHexString(EncryptedKey)).ShouldBe(_fileKey);

    [Fact]
    public void Create_OfAKey_HasThatForm()
    {
        var keys = KeysOfTheExample();

        var first = keys.Create(_attachmentId);
        var second = keys.Create(_attachmentId);

        first.Length.ShouldBe(60 + 7);
        Encoding.ASCII.GetString(first, 60, 7).ShouldBe("2026-11");
        keys.Decrypt(_attachmentId, first).Length.ShouldBe(32);
        keys.Decrypt(_attachmentId, second).ShouldNotBe(keys.Decrypt(_attachmentId, first));
        second[..12].ShouldNotBe(first[..12]);
    }

    [Fact]
    public void Encrypt_OfTheOnlyChunk_IsThatOfAnotherProgram()
    {
        using var cipher = new ChunkCipher(_fileKey, _objectId);
        byte[] content = [.. "hello"u8, .. new byte[ChunkCipher.TagBytes]];

        cipher.Encrypt(0, isLast: true, content);

        Convert.ToHexStringLower(content).ShouldBe("893a7f6c76ef0f386962ba65ae5558420f009c6090");
    }

    [Fact]
    public async Task Write_OfTwoChunks_StoresTheObjectOfAnotherProgram()
    {
        using var folder = new StoreFolder();
        var store = StoreFolder.StoreOf(folder.Storage, RingOfTheExample());
        using var plain = new MemoryStream(Encoding.ASCII.GetBytes(new string('a', ChunkCipher.ChunkBytes) + "hello"));

        await store.WriteAsync(
            _attachmentId, Convert.FromHexString(EncryptedKey), _objectId, plain, ChunkCipher.ChunkBytes + 5, CancellationToken.None);

        var stored = await File.ReadAllBytesAsync(folder.FileOf(_objectId), TestContext.Current.CancellationToken);
        stored.Length.ShouldBe(65_573);
        Convert.ToHexStringLower(SHA256.HashData(stored)).ShouldBe("5c9ed2dcd945ecf7f52a5290c802eda687d8ba52f336d619065527122700091e");
    }

    private static FileKeys KeysOfTheExample() => new(RingOfTheExample());

    private static Infrastructure.Encryption.KeyRing RingOfTheExample() => StoreFolder.RingOf(new Dictionary<string, string?>
    {
        ["Encryption:Keys:0:Id"] = "2026-11",
        ["Encryption:Keys:0:Value"] = Convert.ToBase64String([.. Enumerable.Range(0, 32).Select(number => (byte)number)]),
        ["Encryption:ActiveKey"] = "2026-11",
    });
}
