using CleanMessaging.Application.Attachments;
using CleanMessaging.Infrastructure.Attachments.Storage;
using CleanMessaging.Tests.Support;
using CleanMessaging.WebApi.Startup;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace CleanMessaging.Api.Tests.Attachments.Storage;

/// <summary>Tests the command that finds stored objects without a row, as after a restore of the database.</summary>
public sealed class ReconcileAttachmentsTests(TestPostgres postgres) : IDisposable
{
    private readonly StoreFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Reconcile_OfAFolder_PrintsTheObjectsWithoutARowAndDeletesThemIfAskedTo()
    {
        await using var server = await StartAsync();
        var known = await StoredFile.WriteAsync(_folder.Store, StoreFolder.Content(10));
        var unknown = await StoredFile.WriteAsync(_folder.Store, StoreFolder.Content(10));
        await DescribeAsync(server, known.Stored.Id);
        await File.WriteAllTextAsync(Path.Combine(_folder.Path, "a-file-of-the-operator"), "", TestContext.Current.CancellationToken);

        var found = await RunAsync(server);

        found.ShouldBe($"{unknown.Stored.Id:N}\n2 objects, 1 without a row in the database.\n");
        File.Exists(_folder.FileOf(unknown.Stored.Id)).ShouldBeTrue();

        (await RunAsync(server, "--delete")).ShouldBe($"{found}They were deleted.\n");

        _folder.Files().Select(Path.GetFileName).ShouldBe([known.Stored.Id.ToString("N"), "a-file-of-the-operator"], ignoreOrder: true);
        (await RunAsync(server, "--delete")).ShouldBe("1 objects, 0 without a row in the database.\n");
    }

    /// <summary>Otherwise a wrong connection string would delete all files.</summary>
    [Fact]
    public async Task Reconcile_WithADatabaseThatDescribesNoObject_DeletesNothing()
    {
        await using var server = await StartAsync();
        var unknown = await StoredFile.WriteAsync(_folder.Store, StoreFolder.Content(10));

        var rejection = await Should.ThrowAsync<StartRejectedException>(() => RunAsync(server, "--delete"));

        rejection.Message.ShouldContain("Nothing was deleted");
        File.Exists(_folder.FileOf(unknown.Stored.Id)).ShouldBeTrue();
    }

    [Fact]
    public async Task Reconcile_OfSeveralPagesOfABucket_FindsEveryObject()
    {
        Assert.SkipUnless(S3Server.IsInstalled, S3Server.Missing);
        await using var bucket = await S3Server.StartNewAsync();
        using var storage = new BucketStorage(
            new BucketOptions { Endpoint = bucket.Endpoint, Bucket = S3Server.Bucket, AccessKey = S3Server.AccessKey, SecretKey = S3Server.AccessKey })
        {
            PageLength = 3,
        };
        var store = StoreFolder.StoreOf(storage, "one");
        var ids = new List<Guid>();
        for (var number = 0; number < 10; number++)
            ids.Add((await StoredFile.WriteAsync(store, [1])).Stored.Id);

        (await storage.ListAsync(TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken)).ShouldBe(ids, ignoreOrder: true);
    }

    [Fact]
    public async Task Reconcile_OfAStorageThatDoesNotAnswer_FailsInTime()
    {
        await using var database = NpgsqlDataSource.Create("Host=database.invalid");
        var storage = new FaultyStorage(_folder.Storage) { Listing = token => Task.Delay(Timeout.Infinite, token) };
        var reconciliation = new ObjectReconciliation(storage, database) { Wait = TimeSpan.FromMilliseconds(100) };

        await Should.ThrowAsync<AttachmentUnavailableException>(
            async () => await reconciliation.CompareAsync(TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Reconcile_WithoutAStorage_IsRejected()
    {
        await using var server = await ApiServer.StartAsync(postgres);

        (await Should.ThrowAsync<StartRejectedException>(() => RunAsync(server))).Message.ShouldBe("No storage of attachments is configured.");
    }

    private static async Task<string> RunAsync(ApiServer server, params string[] arguments)
    {
        await using var output = new StringWriter { NewLine = "\n" };
        await AttachmentReconciliation.RunAsync(server.Services, arguments, output, TestContext.Current.CancellationToken);

        return output.ToString();
    }

    private async Task<ApiServer> StartAsync()
    {
        var settings = TestKeys.Settings("one");
        settings["Attachments:Folder"] = _folder.Path;
        var server = await ApiServer.StartAsync(postgres, settings);

        // The server checks its storage when it starts.
        await (server.Services.GetServices<Microsoft.Extensions.Hosting.IHostedService>().OfType<StorageCheck>().Single().ExecuteTask ?? Task.CompletedTask);

        return server;
    }

    /// <summary>Inserts the row of an object.</summary>
    private static async Task DescribeAsync(ApiServer server, Guid objectId)
    {
        var (investor, _, conversationId) = await server.RegisterPairAsync();
        await server.ExecuteAsync(
            $"""
            INSERT INTO attachments (id, uploader_id, conversation_id, client_upload_id, kind, name, declared_bytes, received_bytes, state, encrypted_key, created_at, remove_at)
            VALUES ('{objectId}', '{investor.Id}', '{conversationId}', '{objectId}', 0, 'plan.pdf', 10, 10, 0, '\x01', now(), now() + interval '1 day')
            """);
        await server.ExecuteAsync(
            $"""
            INSERT INTO attachment_objects (id, attachment_id, role, part_offset, part_length, is_used, created_at) VALUES ('{objectId}', '{objectId}', 0, 0, 10, true, now())
            """);
    }
}
