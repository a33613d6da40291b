using CleanMessaging.Application.Attachments;
using CleanMessaging.Infrastructure.Attachments.Storage;
using CleanMessaging.Tests.Support;
using Microsoft.Extensions.Logging;

namespace CleanMessaging.Api.Tests.Attachments.Storage;

/// <summary>Changes stored objects as a person with access to the storage could. No byte of a changed chunk is ever returned.</summary>
public sealed class TamperedObjectTests : IDisposable
{
    private const int Chunk = 64 * 1024;
    private const int StoredChunk = Chunk + 16;

    private readonly StoreFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(0, 0)]
    [InlineData(Chunk, 0)]
    [InlineData(StoredChunk - 1, 0)]
    [InlineData(StoredChunk, 1)]
    [InlineData((2 * StoredChunk) + 99, 2)]
    [InlineData((2 * StoredChunk) + 100, 2)]
    [InlineData((2 * StoredChunk) + 115, 2)]
    public async Task Read_OfAnObjectWithAChangedByte_ReturnsTheChunksBeforeItOnly(int position, int goodChunks)
    {
        var content = StoreFolder.Content((2 * Chunk) + 100);
        var file = await StoredFile.WriteAsync(_folder.Store, content);
        await ChangeAsync(file, bytes =>
        {
            bytes[position] ^= 0x80;

            return bytes;
        });

        (await ReadUntilCorruptAsync(file)).ShouldBe(content[..(goodChunks * Chunk)]);
    }

    [Theory]
    [InlineData(1, 2)]
    [InlineData(17, 2)]
    [InlineData(116, 2)]
    [InlineData(117, 1)]
    [InlineData(StoredChunk + 116, 1)]
    [InlineData((2 * StoredChunk) + 115, 0)]
    [InlineData((2 * StoredChunk) + 116, 0)]
    public async Task Read_OfAnObjectThatWasCut_ReturnsTheWholeChunksOnly(int missing, int goodChunks)
    {
        var content = StoreFolder.Content((2 * Chunk) + 100);
        var file = await StoredFile.WriteAsync(_folder.Store, content);
        await ChangeAsync(file, bytes => bytes[..^missing]);

        (await ReadUntilCorruptAsync(file)).ShouldBe(content[..(goodChunks * Chunk)]);
    }

    /// <summary>The length in the database may be changed as well: the last chunk is marked as the last.</summary>
    [Fact]
    public async Task Read_OfAnObjectThatWasCutAfterAChunkWithItsLength_IsCorrupt()
    {
        var file = await StoredFile.WriteAsync(_folder.Store, StoreFolder.Content((2 * Chunk) + 100));
        await ChangeAsync(file, bytes => bytes[..(2 * StoredChunk)]);
        var shorter = file with { Stored = file.Stored with { Length = 2 * Chunk } };

        (await ReadUntilCorruptAsync(shorter)).Length.ShouldBe(Chunk);
    }

    [Fact]
    public async Task Read_OfAnObjectWithExchangedChunks_IsCorrupt()
    {
        var file = await StoredFile.WriteAsync(_folder.Store, StoreFolder.Content(3 * Chunk));
        await ChangeAsync(file, bytes => [.. bytes[StoredChunk..(2 * StoredChunk)], .. bytes[..StoredChunk], .. bytes[(2 * StoredChunk)..]]);

        (await ReadUntilCorruptAsync(file)).ShouldBeEmpty();
        await Should.ThrowAsync<AttachmentCorruptException>(() => file.ReadAsync(Chunk, 10));
        (await file.ReadAsync(2 * Chunk, 10)).ShouldBe(StoreFolder.Content(3 * Chunk)[(2 * Chunk)..((2 * Chunk) + 10)]);
    }

    /// <summary>An answer must not begin before it is known that there is a file.</summary>
    [Fact]
    public async Task Open_OfADamagedOrMissingObject_FailsBeforeTheFirstRead()
    {
        var damaged = await StoredFile.WriteAsync(_folder.Store, StoreFolder.Content(2 * Chunk));
        var missing = await StoredFile.WriteAsync(_folder.Store, StoreFolder.Content(10));
        await ChangeAsync(damaged, bytes =>
        {
            bytes[StoredChunk] ^= 1;

            return bytes;
        });
        File.Delete(_folder.FileOf(missing.Stored.Id));

        await Should.ThrowAsync<AttachmentCorruptException>(() => OpenAsync(damaged, Chunk, 1));
        await Should.ThrowAsync<AttachmentCorruptException>(() => OpenAsync(missing, 0, 10));
        await (await OpenAsync(damaged, 0, 2 * Chunk)).DisposeAsync();

        static Task<Stream> OpenAsync(StoredFile file, long offset, long length) =>
            file.Store.OpenReadAsync(file.Id, file.Key, file.Stored, offset, length, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Read_OfAnotherObject_IsCorrupt()
    {
        var first = await StoredFile.WriteAsync(_folder.Store, StoreFolder.Content(100));
        var second = await StoredFile.WriteAsync(_folder.Store, StoreFolder.Content(100));
        var again = Guid.CreateVersion7();
        using (var plain = new MemoryStream(StoreFolder.Content(100)))
            await _folder.Store.WriteAsync(first.Id, first.Key, again, plain, 100, CancellationToken.None);

        File.Copy(_folder.FileOf(second.Stored.Id), _folder.FileOf(first.Stored.Id), overwrite: true);
        await Should.ThrowAsync<AttachmentCorruptException>(() => first.ReadAsync());

        // Also the other object of the same file.
        File.Copy(_folder.FileOf(again), _folder.FileOf(first.Stored.Id), overwrite: true);
        await Should.ThrowAsync<AttachmentCorruptException>(() => first.ReadAsync());
    }

    [Fact]
    public async Task Read_WithTheKeyOfAnotherFile_IsCorrupt()
    {
        var first = await StoredFile.WriteAsync(_folder.Store, StoreFolder.Content(100));
        var second = await StoredFile.WriteAsync(_folder.Store, StoreFolder.Content(100));

        await Should.ThrowAsync<AttachmentCorruptException>(() => (first with { Key = second.Key }).ReadAsync());
        await Should.ThrowAsync<AttachmentCorruptException>(() => (first with { Id = second.Id }).ReadAsync());
        await Should.ThrowAsync<AttachmentCorruptException>(() => (first with { Id = second.Id, Key = second.Key }).ReadAsync());
        for (var length = 0; length < first.Key.Length; length += 20)
            await Should.ThrowAsync<AttachmentCorruptException>(() => (first with { Key = first.Key[..Math.Min(length, 60)] }).ReadAsync());
    }

    [Fact]
    public async Task Read_WithOneChangedByteOfTheKey_IsCorrupt()
    {
        var file = await StoredFile.WriteAsync(_folder.Store, StoreFolder.Content(100));

        for (var position = 0; position < 60; position++)
        {
            var key = file.Key.ToArray();
            key[position] ^= 1;
            await Should.ThrowAsync<AttachmentCorruptException>(() => (file with { Key = key }).ReadAsync());
        }
    }

    /// <summary>An operator can add the missing key again, so the file is not lost.</summary>
    [Fact]
    public async Task Read_WithoutTheKeyOfTheRing_IsUnavailableUntilTheRingHasIt()
    {
        var file = await StoredFile.WriteAsync(_folder.Store, StoreFolder.Content(100));

        await Should.ThrowAsync<AttachmentUnavailableException>(
            () => (file with { Store = StoreFolder.StoreOf(_folder.Storage, "two") }).ReadAsync());

        (await (file with { Store = StoreFolder.StoreOf(_folder.Storage, "two", "one") }).ReadAsync()).ShouldBe(StoreFolder.Content(100));
    }

    /// <summary>It may be an object that a concurrent request has deleted. The caller knows this, and logs what is final.</summary>
    [Fact]
    public async Task Read_OfADamagedObject_NamesItsAttachmentAndLogsNothing()
    {
        using var logs = new CapturedLogs();
        using var factory = LoggerFactory.Create(logging => logging.AddProvider(logs));
        var store = StoreFolder.StoreOf(_folder.Storage, StoreFolder.RingOf("one"), factory.CreateLogger<AttachmentStore>());
        var file = await StoredFile.WriteAsync(store, StoreFolder.Content(100));
        await ChangeAsync(file, bytes => [.. bytes.Reverse()]);

        var exception = await Should.ThrowAsync<AttachmentCorruptException>(() => file.ReadAsync());

        exception.Message.ShouldContain(file.Id.ToString());
        logs.Lines.ShouldBeEmpty();
    }

    private static async Task<byte[]> ReadUntilCorruptAsync(StoredFile file)
    {
        using var read = new MemoryStream();
        await Should.ThrowAsync<AttachmentCorruptException>(
            async () =>
            {
                await using var stream = await file.Store.OpenReadAsync(
                    file.Id, file.Key, file.Stored, 0, file.Stored.Length, TestContext.Current.CancellationToken);
                await stream.CopyToAsync(read, TestContext.Current.CancellationToken);
            });

        return read.ToArray();
    }

    private async Task ChangeAsync(StoredFile file, Func<byte[], byte[]> change)
    {
        var path = _folder.FileOf(file.Stored.Id);
        var bytes = await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken);
        await File.WriteAllBytesAsync(path, change(bytes), TestContext.Current.CancellationToken);
    }
}
