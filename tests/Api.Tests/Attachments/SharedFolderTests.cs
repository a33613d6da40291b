using System.Net;
using CleanMessaging.Api.Tests.Attachments.Storage;
using CleanMessaging.Infrastructure.Persistence.Attachments;
using CleanMessaging.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace CleanMessaging.Api.Tests.Attachments;

/// <summary>Tests attachments in a real folder, encrypted and inspected, which two servers share.</summary>
public sealed class SharedFolderTests(TestPostgres postgres) : IDisposable
{
    private readonly StoreFolder _folder = new("one");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Attachment_UploadedThroughTwoServers_IsTheSameOnBothUntilItIsErased()
    {
        var content = UploadSteps.Bytes(9 * 1024 * 1024);
        await using var one = await ApiServer.StartAsync(postgres, Settings());
        await using var other = await ApiServer.StartAsync(postgres, Settings(), one.ConnectionString);
        var (investor, startup, conversationId) = await one.RegisterPairAsync();
        var id = await investor.BegunUploadAsync(conversationId, content.Length);

        (await investor.PatchAsync(id, 0, content[..5_000_000])).Expect(HttpStatusCode.NoContent);
        (await other.As(investor).PatchAsync(id, 5_000_000, content[5_000_000..])).Expect(HttpStatusCode.NoContent);
        var completed = await Task.WhenAll(investor.CompleteAsync(id), other.As(investor).CompleteAsync(id));
        completed.ShouldAllBe(answer => answer.Status == HttpStatusCode.OK);
        var sends = await Task.WhenAll(
            investor.SendAttachmentsAsync(conversationId, "", [id]), other.As(investor).SendAttachmentsAsync(conversationId, "", [id]));
        var sent = sends.Where(answer => answer.Status == HttpStatusCode.Created).ShouldHaveSingleItem();
        sends.Where(answer => answer != sent).ShouldHaveSingleItem().ExpectError(HttpStatusCode.Conflict, "attachment.already_sent");

        foreach (var server in new[] { one, other })
            (await server.As(startup).Client.GetByteArrayAsync($"/api/attachments/{id}", Token)).ShouldBe(content);

        var link = await startup.LinkAsync(id);
        using var client = other.CreateClient();
        (await client.GetByteArrayAsync(link, Token)).ShouldBe(content);
        ObjectsInFolder().Count.ShouldBe(1);
        (await File.ReadAllBytesAsync(ObjectsInFolder()[0], Token)).AsSpan().IndexOf(content.AsSpan(1000, 100)).ShouldBe(-1);

        (await investor.DeleteMessageAsync(sent.Id())).Expect(HttpStatusCode.OK);
        await other.Services.GetRequiredService<AttachmentEraser>().EraseAsync(Token);
        ObjectsInFolder().ShouldBeEmpty();
    }

    [Fact]
    public async Task Attachment_WhoseObjectIsMissing_IsAnErrorOfTheServer()
    {
        await using var server = await ApiServer.StartAsync(postgres, Settings());
        var (investor, _, conversationId) = await server.RegisterPairAsync();
        var id = await investor.UploadAsync(conversationId, UploadSteps.Bytes(100));
        ObjectsInFolder().ForEach(File.Delete);

        (await investor.GetAsync($"/api/attachments/{id}")).ExpectError(HttpStatusCode.InternalServerError, "internal_error");
    }

    private Dictionary<string, string?> Settings()
    {
        var settings = TestKeys.Settings("one");
        settings["Attachments:Folder"] = _folder.Path;
        settings["Attachments:FolderIsShared"] = "true";

        return settings;
    }

    private List<string> ObjectsInFolder() => [.. Directory.EnumerateFiles(_folder.Path, "*", SearchOption.AllDirectories)];
}
