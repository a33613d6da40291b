using CleanMessaging.Application.Attachments;
using CleanMessaging.Infrastructure.Attachments.Storage;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Api.Tests.Attachments.Storage;

/// <summary>
/// Tests a bucket of a real server. It rejects chunked signatures and checksums after the content, as several storages do, so these tests
/// also prove that the client sends neither.
/// </summary>
public sealed class BucketStorageTests : IAsyncLifetime
{
    private const int Chunk = 64 * 1024;

    private S3Server? _server;
    private BucketStorage? _storage;

    public async ValueTask InitializeAsync()
    {
        Assert.SkipUnless(S3Server.IsInstalled, S3Server.Missing);
        _server = await S3Server.StartNewAsync();
        _storage = new BucketStorage(OptionsOf(_server));
    }

    public async ValueTask DisposeAsync()
    {
        _storage?.Dispose();
        if (_server is not null)
            await _server.DisposeAsync();
    }

    private S3Server Server => _server ?? throw new InvalidOperationException("It was not started.");

    private BucketStorage Storage => _storage ?? throw new InvalidOperationException("It was not started.");

    [Theory]
    [InlineData(1)]
    [InlineData((2 * Chunk) + 1000)]
    [InlineData(9 * 1024 * 1024)]
    public async Task Read_OfAnObjectInABucket_IsWhatWasWritten(int length)
    {
        var content = StoreFolder.Content(length);

        var file = await StoredFile.WriteAsync(StoreFolder.StoreOf(Storage, "one"), content);

        (await file.ReadAsync()).ShouldBe(content);
        new FileInfo(Server.FileOf(file.Stored.Id)).Length.ShouldBe(length + (16 * ((length + Chunk - 1) / Chunk)));
    }

    [Theory]
    [InlineData(Chunk - 1, 2)]
    [InlineData((2 * Chunk) + 999, 1)]
    [InlineData(100, Chunk)]
    public async Task Read_OfARangeInABucket_IsThatRange(int offset, int length)
    {
        var content = StoreFolder.Content((2 * Chunk) + 1000);
        var file = await StoredFile.WriteAsync(StoreFolder.StoreOf(Storage, "one"), content);

        (await file.ReadAsync(offset, length)).ShouldBe(content.AsSpan(offset, length).ToArray());
    }

    [Fact]
    public async Task Write_FromABodyThatBreaksOff_StoresWhatHasArrivedInTheBucket()
    {
        var store = StoreFolder.StoreOf(Storage, "one");
        var id = StoreFolder.NewId();
        var key = store.CreateKey(id);
        var content = StoreFolder.Content(5000);
        var stored = new StoredObject(Guid.CreateVersion7(), 100);
        await using var body = new BrokenBody(content, arrives: 100, aborted: null);

        (await store.WriteAsync(id, key, stored.Id, body, content.Length, CancellationToken.None)).ShouldBe(100);

        (await new StoredFile(store, id, key, stored).ReadAsync()).ShouldBe(content[..100]);
    }

    [Fact]
    public async Task Delete_OfObjectsInABucket_RemovesEachAndSucceedsWithoutThem()
    {
        var store = StoreFolder.StoreOf(Storage, "one");
        var file = await StoredFile.WriteAsync(store, StoreFolder.Content(10));
        Guid[] ids = [Guid.CreateVersion7(), file.Stored.Id];

        await store.DeleteAsync(ids, CancellationToken.None);
        await store.DeleteAsync(ids, CancellationToken.None);

        Server.Has(file.Stored.Id).ShouldBeFalse();
        await Should.ThrowAsync<AttachmentCorruptException>(() => file.ReadAsync());
    }

    [Fact]
    public async Task Read_OfAnObjectThatWasCutInTheBucket_IsCorrupt()
    {
        var file = await StoredFile.WriteAsync(StoreFolder.StoreOf(Storage, "one"), StoreFolder.Content(3 * Chunk));
        await using (var stored = new FileStream(Server.FileOf(file.Stored.Id), FileMode.Open))
            stored.SetLength(Chunk);

        await Should.ThrowAsync<AttachmentCorruptException>(() => file.ReadAsync());
        await Should.ThrowAsync<AttachmentCorruptException>(() => file.ReadAsync(2 * Chunk, 10));
    }

    [Fact]
    public async Task Requests_WhileTheServerIsDown_AreUnavailableAndSucceedLater()
    {
        var store = StoreFolder.StoreOf(Storage, "one");
        var file = await StoredFile.WriteAsync(store, StoreFolder.Content(10));
        await Server.KillAsync();

        await EachIsUnavailableAsync(file);

        await Server.StartAsync();
        (await file.ReadAsync()).ShouldBe(StoreFolder.Content(10));
        await StoredFile.WriteAsync(store, StoreFolder.Content(10));
    }

    [Fact]
    public async Task Requests_WhileTheServerDoesNotAnswer_AreUnavailableInTime()
    {
        var ring = StoreFolder.RingOf("one");
        var file = await StoredFile.WriteAsync(StoreFolder.StoreOf(Storage, ring), StoreFolder.Content(10));
        await Server.PauseAsync();
        try
        {
            await EachIsUnavailableAsync(file with { Store = StoreFolder.StoreOf(Storage, ring, wait: TimeSpan.FromMilliseconds(300)) });
        }
        finally
        {
            await Server.ResumeAsync();
        }

        (await file.ReadAsync()).ShouldBe(StoreFolder.Content(10));
    }

    [Theory]
    [InlineData("wrong", S3Server.Bucket)]
    [InlineData(S3Server.AccessKey, "missing")]
    public async Task Requests_WithAWrongKeyOrWithoutTheBucket_AreUnavailable(string accessKey, string bucket)
    {
        var file = await StoredFile.WriteAsync(StoreFolder.StoreOf(Storage, "one"), StoreFolder.Content(10));
        var options = OptionsOf(Server);
        options.AccessKey = accessKey;
        options.Bucket = bucket;
        using var storage = new BucketStorage(options);

        await EachIsUnavailableAsync(file with { Store = StoreFolder.StoreOf(storage, "one") });
    }

    /// <summary>The files in which objects are prepared have no names, so a killed server leaves none.</summary>
    [Fact]
    public async Task CreateFile_ForABucket_IsNowhereInTheFileSystem()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows deletes the file when it is closed.");

        await using var file = await Storage.CreateFileAsync(Guid.CreateVersion7());

        File.Exists(file.Content.Name).ShouldBeFalse();
        file.Content.Name.ShouldStartWith(Path.GetTempPath());
    }

    private static BucketOptions OptionsOf(S3Server server) => new()
    {
        Endpoint = server.Endpoint,
        Bucket = S3Server.Bucket,
        AccessKey = S3Server.AccessKey,
        SecretKey = S3Server.AccessKey,
    };

    private static async Task EachIsUnavailableAsync(StoredFile file)
    {
        await Should.ThrowAsync<AttachmentUnavailableException>(() => file.ReadAsync());
        await Should.ThrowAsync<AttachmentUnavailableException>(() => StoredFile.WriteAsync(file.Store, StoreFolder.Content(10)));

        // Another object, because a server that did not answer in time may still delete it.
        await Should.ThrowAsync<AttachmentUnavailableException>(() => file.Store.DeleteAsync([Guid.CreateVersion7()], CancellationToken.None));
    }
}
