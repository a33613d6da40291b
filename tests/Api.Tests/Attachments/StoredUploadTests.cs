using System.Net;
using System.Net.Http.Headers;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Api.Tests.Attachments;

/// <summary>Tests attachments from the upload to the download with the real storage, and with the real scanner.</summary>
public sealed class StoredUploadTests(TestPostgres postgres) : IDisposable
{
    private const int PartBytes = 8 * 1024 * 1024;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("attachments-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Attachment_InAFolder_IsDownloadedAsItWasUploaded()
    {
        await using var server = await StartAsync(new() { ["Attachments:Folder"] = _folder.FullName });

        await UploadSendAndReadAsync(server);

        // The parts were deleted.
        Directory.EnumerateFiles(_folder.FullName, "*", SearchOption.AllDirectories).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Attachment_InABucket_IsDownloadedAsItWasUploaded()
    {
        Assert.SkipUnless(S3Server.IsInstalled, S3Server.Missing);
        await using var bucket = await S3Server.StartNewAsync();
        await using var server = await StartAsync(bucket.Settings);

        await UploadSendAndReadAsync(server);
    }

    /// <summary>The part that could not be stored does not count, so the client repeats it.</summary>
    [Fact]
    public async Task Attachment_WhileTheBucketIsDown_IsUnavailableAndSucceedsLater()
    {
        Assert.SkipUnless(S3Server.IsInstalled, S3Server.Missing);
        await using var bucket = await S3Server.StartNewAsync();
        await using var server = await StartAsync(bucket.Settings);
        var (investor, startup, conversationId) = await server.RegisterPairAsync();
        var content = UploadSteps.Bytes(1000);
        var id = await investor.BegunUploadAsync(conversationId, content.Length);
        await bucket.KillAsync();

        (await investor.PatchAsync(id, 0, content)).ExpectError(HttpStatusCode.ServiceUnavailable, "attachment.unavailable");
        (await investor.SendAsync(conversationId, "without a file")).Expect(HttpStatusCode.Created);

        await bucket.StartAsync();
        (await investor.PatchAsync(id, 0, content)).Expect(HttpStatusCode.NoContent);
        (await investor.CompleteAsync(id)).Expect(HttpStatusCode.OK);
        (await investor.SendAttachmentsAsync(conversationId, "", [id])).Expect(HttpStatusCode.Created);
        (await BytesAsync(startup, id)).ShouldBe(content);
    }

    [Fact]
    public async Task Attachment_WithAVirus_IsRejectedAndItsBytesAreDeleted()
    {
        Assert.SkipUnless(ClamAv.IsInstalled, ClamAv.Missing);
        await using var clamAv = await ClamAv.StartNewAsync();
        await using var server = await StartAsync(new() { ["Attachments:Folder"] = _folder.FullName, ["Attachments:ClamAv"] = clamAv.Address });
        var (investor, _, conversationId) = await server.RegisterPairAsync();
        var virus = ClamAv.TestVirus();
        var id = await investor.ReceivedUploadAsync(conversationId, virus, name: "notes.txt");

        (await investor.CompleteAsync(id)).ExpectError(HttpStatusCode.UnprocessableEntity, "attachment.infected");
        (await investor.CompleteAsync(id)).ExpectError(HttpStatusCode.UnprocessableEntity, "attachment.infected");

        Directory.EnumerateFiles(_folder.FullName, "*", SearchOption.AllDirectories).ShouldBeEmpty();
        await investor.UploadAsync(conversationId, virus[1..]);
    }

    private static async Task UploadSendAndReadAsync(ApiServer server)
    {
        var (investor, startup, conversationId) = await server.RegisterPairAsync();
        var content = UploadSteps.Bytes(PartBytes + 100_000);
        var id = await investor.BegunUploadAsync(conversationId, content.Length);
        (await investor.PatchAsync(id, 0, content[..PartBytes])).Expect(HttpStatusCode.NoContent);
        (await investor.PatchAsync(id, PartBytes, content[PartBytes..])).Expect(HttpStatusCode.NoContent);
        (await investor.CompleteAsync(id)).Expect(HttpStatusCode.OK);
        (await investor.SendAttachmentsAsync(conversationId, "", [id])).Expect(HttpStatusCode.Created);

        (await BytesAsync(startup, id)).AsSpan().SequenceEqual(content).ShouldBeTrue();
        (await BytesAsync(startup, id, PartBytes - 1, PartBytes + 70_000)).AsSpan().SequenceEqual(content.AsSpan((PartBytes - 1)..(PartBytes + 70_001))).ShouldBeTrue();
    }

    private static async Task<byte[]> BytesAsync(TestUser user, Guid attachmentId, long? from = null, long? to = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/api/attachments/{attachmentId}");
        request.Headers.Range = from is null ? null : new RangeHeaderValue(from, to);
        using var answer = await user.Client.SendAsync(request, TestContext.Current.CancellationToken);
        answer.StatusCode.ShouldBe(from is null ? HttpStatusCode.OK : HttpStatusCode.PartialContent);

        return await answer.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken);
    }

    private Task<ApiServer> StartAsync(Dictionary<string, string?> settings)
    {
        foreach (var (key, value) in TestKeys.Settings("one"))
            settings[key] = value;

        return ApiServer.StartAsync(postgres, settings);
    }
}
