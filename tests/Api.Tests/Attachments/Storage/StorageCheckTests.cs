using CleanMessaging.Application.Attachments;
using CleanMessaging.Infrastructure.Attachments.Storage;
using CleanMessaging.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace CleanMessaging.Api.Tests.Attachments.Storage;

/// <summary>Tests what a server finds out about its storage when it starts.</summary>
public sealed class StorageCheckTests(TestPostgres postgres) : IDisposable
{
    private readonly StoreFolder _folder = new();
    private readonly CapturedLogs _logs = new();

    public void Dispose()
    {
        _folder.Dispose();
        _logs.Dispose();
    }

    [Fact]
    public async Task Check_OfAFolder_LogsNothingAndLeavesNoFile()
    {
        await CheckAsync(_folder.Storage);

        _logs.Lines.ShouldBeEmpty();
        _folder.Files().ShouldBeEmpty();
    }

    [Fact]
    public async Task Check_ThatCannotReadItsObject_IsLoggedAndDeletesIt()
    {
        await CheckAsync(new FaultyStorage(_folder.Storage) { Opening = _ => throw new IOException("The disk has failed.") });

        _logs.Lines.ShouldHaveSingleItem().Text.ShouldContain("The disk has failed.");
        _folder.Files().ShouldBeEmpty();
    }

    [Fact]
    public async Task Check_WithoutAStorage_LogsNothing()
    {
        await CheckAsync(storage: null);

        _logs.Lines.ShouldBeEmpty();
    }

    [Fact]
    public async Task Check_OfABucketOutOfReach_IsLoggedAndStopsNothing()
    {
        using var storage = new BucketStorage(
            new BucketOptions { Endpoint = "http://127.0.0.1:1", Bucket = "bucket", AccessKey = "id", SecretKey = "a-secret-of-this-test" });

        await CheckAsync(storage);

        var line = _logs.Lines.ShouldHaveSingleItem();
        line.Level.ShouldBe(LogLevel.Error);
        line.Text.ShouldContain("The storage of attachments cannot be used: ");
        line.Text.ShouldNotContain("a-secret-of-this-test");
    }

    [Fact]
    public async Task Check_OfABucket_LogsNothingAndLeavesNoObject()
    {
        Assert.SkipUnless(S3Server.IsInstalled, S3Server.Missing);
        await using var server = await S3Server.StartNewAsync();
        using var storage = new BucketStorage(
            new BucketOptions { Endpoint = server.Endpoint, Bucket = S3Server.Bucket, AccessKey = S3Server.AccessKey, SecretKey = S3Server.AccessKey });

        await CheckAsync(storage);

        _logs.Lines.ShouldBeEmpty();
        server.HasObjects.ShouldBeFalse();
    }

    [Fact]
    public async Task Server_WithAFolderAndKeys_HasAttachments()
    {
        var settings = TestKeys.Settings("one");
        settings["Attachments:Folder"] = _folder.Path;

        await using var server = await ApiServer.StartAsync(postgres, settings);

        server.Services.GetRequiredService<IAttachmentStore>().IsAvailable.ShouldBeTrue();
    }

    [Fact]
    public async Task Server_WithoutAStorage_HasNoAttachments()
    {
        // An empty folder counts as none, and the tests then put no storage of their own in its place.
        var settings = TestKeys.Settings("one");
        settings["Attachments:Folder"] = "";

        await using var server = await ApiServer.StartAsync(postgres, settings);

        server.Services.GetRequiredService<IAttachmentStore>().IsAvailable.ShouldBeFalse();
    }

    private async Task CheckAsync(IObjectStorage? storage)
    {
        using var factory = LoggerFactory.Create(logging => logging.AddProvider(_logs));
        using var configured = new ConfiguredStorage(storage);
        using var check = new StorageCheck(configured, TimeProvider.System, factory.CreateLogger<StorageCheck>());

        await check.StartAsync(TestContext.Current.CancellationToken);
        await (check.ExecuteTask ?? Task.CompletedTask);
    }
}
