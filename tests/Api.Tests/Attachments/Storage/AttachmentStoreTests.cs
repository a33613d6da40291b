using CleanMessaging.Application.Attachments;

namespace CleanMessaging.Api.Tests.Attachments.Storage;

/// <summary>Tests writing and reading encrypted objects, in a folder.</summary>
public sealed class AttachmentStoreTests : IDisposable
{
    private const int Chunk = 64 * 1024;

    private readonly StoreFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(Chunk - 1)]
    [InlineData(Chunk)]
    [InlineData(Chunk + 1)]
    [InlineData(2 * Chunk)]
    [InlineData((3 * Chunk) + 17)]
    public async Task Read_OfAnObjectOfALength_IsWhatWasWritten(int length)
    {
        var content = StoreFolder.Content(length);

        var file = await StoredFile.WriteAsync(_folder.Store, content);

        (await file.ReadAsync()).ShouldBe(content);
        new FileInfo(_folder.FileOf(file.Stored.Id)).Length.ShouldBe(length + (16 * ((length + Chunk - 1) / Chunk)));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0, 1)]
    [InlineData(1, 1)]
    [InlineData(Chunk - 1, 1)]
    [InlineData(Chunk - 1, 2)]
    [InlineData(Chunk, Chunk)]
    [InlineData(Chunk + 1, Chunk)]
    [InlineData(100, 2 * Chunk)]
    [InlineData((2 * Chunk) - 1, 2)]
    [InlineData(2 * Chunk, 1000)]
    [InlineData((2 * Chunk) + 999, 1)]
    [InlineData((2 * Chunk) + 1000, 0)]
    public async Task Read_OfARange_IsThatRange(int offset, int length)
    {
        var content = StoreFolder.Content((2 * Chunk) + 1000);
        var file = await StoredFile.WriteAsync(_folder.Store, content);

        (await file.ReadAsync(offset, length)).ShouldBe(content.AsSpan(offset, length).ToArray());
    }

    [Theory]
    [InlineData(-1, 1)]
    [InlineData(0, -1)]
    [InlineData(0, 11)]
    [InlineData(10, 1)]
    [InlineData(11, 0)]
    public async Task Read_OfARangeOutsideOfTheObject_IsAnArgumentError(int offset, int length)
    {
        var file = await StoredFile.WriteAsync(_folder.Store, StoreFolder.Content(10));

        await Should.ThrowAsync<ArgumentOutOfRangeException>(() => file.ReadAsync(offset, length));
    }

    [Fact]
    public async Task Write_OfALongerBody_StoresWhatIsAskedForAndReadsNoMore()
    {
        var id = StoreFolder.NewId();
        var key = _folder.Store.CreateKey(id);
        var stored = new StoredObject(Guid.CreateVersion7(), Chunk);
        using var body = new MemoryStream(StoreFolder.Content(Chunk + 1));

        (await _folder.Store.WriteAsync(id, key, stored.Id, body, Chunk, CancellationToken.None)).ShouldBe(Chunk);

        body.Position.ShouldBe(Chunk);
        (await new StoredFile(_folder.Store, id, key, stored).ReadAsync()).ShouldBe(body.ToArray()[..Chunk]);
    }

    /// <summary>However a connection breaks off, the part that has arrived is stored.</summary>
    [Theory]
    [InlineData(1, false)]
    [InlineData(Chunk, false)]
    [InlineData(Chunk + 5, false)]
    [InlineData(Chunk + 5, true)]
    public async Task Write_OfABodyThatBreaksOff_StoresWhatHasArrived(int arrives, bool isCanceled)
    {
        var content = StoreFolder.Content(3 * Chunk);
        var id = StoreFolder.NewId();
        var key = _folder.Store.CreateKey(id);
        var objectId = Guid.CreateVersion7();
        using var aborted = new CancellationTokenSource();
        await using var body = new BrokenBody(content, arrives, isCanceled ? aborted : null);

        (await _folder.Store.WriteAsync(id, key, objectId, body, content.Length, aborted.Token)).ShouldBe(arrives);

        (await new StoredFile(_folder.Store, id, key, new StoredObject(objectId, arrives)).ReadAsync()).ShouldBe(content[..arrives]);
    }

    [Fact]
    public async Task Write_OfNothing_StoresNothing()
    {
        var id = StoreFolder.NewId();
        var key = _folder.Store.CreateKey(id);
        await using var body = new BrokenBody(StoreFolder.Content(10), 0, null);

        (await _folder.Store.WriteAsync(id, key, Guid.CreateVersion7(), Stream.Null, 10, CancellationToken.None)).ShouldBe(0);
        (await _folder.Store.WriteAsync(id, key, Guid.CreateVersion7(), body, 10, CancellationToken.None)).ShouldBe(0);

        _folder.Files().ShouldBeEmpty();
    }

    /// <summary>As for a part that is sent at the end of an upload that is complete.</summary>
    [Fact]
    public async Task Write_OfNoMoreThanNothing_StoresNothingAndReadsNothing()
    {
        var id = StoreFolder.NewId();
        var key = _folder.Store.CreateKey(id);
        using var body = new MemoryStream(StoreFolder.Content(10));

        (await _folder.Store.WriteAsync(id, key, Guid.CreateVersion7(), body, 0, CancellationToken.None)).ShouldBe(0);

        body.Position.ShouldBe(0);
        _folder.Files().ShouldBeEmpty();
    }

    /// <summary>A body that is an object of the store is not shortened by a failure of the storage.</summary>
    [Fact]
    public async Task Write_OfADamagedObject_FailsAndStoresNothing()
    {
        var source = await StoredFile.WriteAsync(_folder.Store, StoreFolder.Content(2 * Chunk));
        var path = _folder.FileOf(source.Stored.Id);
        var bytes = await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken);
        bytes[^1] ^= 1;
        await File.WriteAllBytesAsync(path, bytes, TestContext.Current.CancellationToken);
        await using var body = await _folder.Store.OpenReadAsync(source.Id, source.Key, source.Stored, 0, 2 * Chunk, CancellationToken.None);

        await Should.ThrowAsync<AttachmentCorruptException>(
            () => _folder.Store.WriteAsync(source.Id, source.Key, Guid.CreateVersion7(), body, 2 * Chunk, CancellationToken.None));

        _folder.Files().ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Read_ThatIsCanceled_EndsAsCanceled()
    {
        var file = await StoredFile.WriteAsync(_folder.Store, StoreFolder.Content(10));

        await Should.ThrowAsync<OperationCanceledException>(
            () => file.Store.OpenReadAsync(file.Id, file.Key, file.Stored, 0, 10, new CancellationToken(canceled: true)));
    }

    [Fact]
    public async Task Store_WithoutKeysOrWithoutAStorage_IsOff()
    {
        StoreFolder.StoreOf(_folder.Storage, StoreFolder.RingOf()).IsAvailable.ShouldBeFalse();
        StoreFolder.StoreOf(null, "one").IsAvailable.ShouldBeFalse();
        _folder.Store.IsAvailable.ShouldBeTrue();

        await Should.ThrowAsync<InvalidOperationException>(
            () => StoreFolder.StoreOf(null, "one").DeleteAsync([Guid.CreateVersion7()], CancellationToken.None));
    }

    [Fact]
    public async Task Delete_OfObjects_RemovesEachAndSucceedsWithoutThem()
    {
        var first = await StoredFile.WriteAsync(_folder.Store, StoreFolder.Content(10));
        var second = await StoredFile.WriteAsync(_folder.Store, StoreFolder.Content(10));
        Guid[] ids = [first.Stored.Id, Guid.CreateVersion7(), second.Stored.Id];

        await _folder.Store.DeleteAsync(ids, CancellationToken.None);
        await _folder.Store.DeleteAsync(ids, CancellationToken.None);

        _folder.Files().ShouldBeEmpty();
        await Should.ThrowAsync<AttachmentCorruptException>(() => first.ReadAsync());
    }

    /// <summary>Two objects of one file, and two files, never have the same bytes in the storage.</summary>
    [Fact]
    public async Task Write_OfTheSameContentTwice_StoresDifferentBytes()
    {
        var content = StoreFolder.Content(100);
        var first = await StoredFile.WriteAsync(_folder.Store, content);
        var other = await StoredFile.WriteAsync(_folder.Store, content);
        var again = Guid.CreateVersion7();
        using var plain = new MemoryStream(content);
        await _folder.Store.WriteAsync(first.Id, first.Key, again, plain, content.Length, CancellationToken.None);

        Guid[] ids = [first.Stored.Id, other.Stored.Id, again];
        var stored = ids.Select(id => File.ReadAllBytes(_folder.FileOf(id))).ToList();

        stored.Select(Convert.ToHexString).ShouldBeUnique();
        foreach (var bytes in stored)
            bytes.AsSpan().IndexOf(content.AsSpan(0, 16)).ShouldBe(-1);
    }
}
