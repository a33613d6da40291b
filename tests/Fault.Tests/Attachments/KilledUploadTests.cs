using System.Diagnostics;
using System.Net;
using CleanMessaging.Tests.Support;
using Npgsql;

namespace CleanMessaging.Fault.Tests.Attachments;

/// <summary>Kills the server at any moment of an upload.</summary>
public sealed class KilledUploadTests(FaultPostgres postgres)
{
    internal static readonly TestSize Kills = new(2, 16, "kills of a server that receives and completes an upload");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Upload_WhoseServerIsKilled_ContinuesAfterTheRestartAndLeavesNoUnknownObject()
    {
        var content = UploadSteps.Bytes(24_000_000);
        await using var servers = await AttachmentServers.StartAsync(postgres, count: 1);
        var (investor, startup, conversationId) = await servers.RegisterPairAsync();
        var measured = Stopwatch.StartNew();
        await UploadAsync(investor, await investor.BegunUploadAsync(conversationId, content.Length), content);
        var usual = measured.Elapsed;
        var id = await investor.BegunUploadAsync(conversationId, content.Length);

        for (var kill = 1; kill <= Kills.Value; kill++)
        {
            // The kills are spread over the time that an upload takes.
            var moment = usual * kill / (Kills.Value + 1);
            var uploading = UploadAsync(investor, id, content);
            await Task.WhenAny(uploading, Task.Delay(moment, Token));
            await servers.One.KillAsync();
            await Task.WhenAny(uploading);
            await servers.One.StartAgainAsync();
            await ShouldKnowAllObjectsAsync(servers);
            if (!uploading.IsCompletedSuccessfully)
                continue;

            (await investor.GetAsync($"/api/uploads/{id}")).Data.GetProperty("state").GetString().ShouldBe("ready");
            id = await investor.BegunUploadAsync(conversationId, content.Length);
        }

        await UploadAsync(investor, id, content);
        (await investor.SendAttachmentsAsync(conversationId, "", [id])).Expect(HttpStatusCode.Created);
        (await startup.Client.GetByteArrayAsync($"/api/attachments/{id}", Token)).ShouldBe(content);
    }

    /// <summary>Uploads the rest of a file and completes the upload.</summary>
    /// <exception cref="HttpRequestException">The server was killed.</exception>
    private static async Task UploadAsync(TestUser user, Guid id, byte[] content)
    {
        var upload = (await user.GetAsync($"/api/uploads/{id}")).Expect(HttpStatusCode.OK).Data;
        var (offset, chunk) = (upload.GetProperty("offset").GetInt32(), upload.GetProperty("chunkBytes").GetInt32());
        while (offset < content.Length)
        {
            var end = Math.Min(content.Length, offset + chunk);
            (await user.PatchAsync(id, offset, content[offset..end])).Expect(HttpStatusCode.NoContent);
            offset = end;
        }

        (await user.CompleteAsync(id)).Expect(HttpStatusCode.OK);
    }

    /// <summary>Every object has a row, so that the eraser finds it.</summary>
    private static async Task ShouldKnowAllObjectsAsync(AttachmentServers servers)
    {
        await using var connection = new NpgsqlConnection(servers.ConnectionString);
        await connection.OpenAsync(Token);
        await using var command = new NpgsqlCommand("SELECT id FROM attachment_objects", connection);
        await using var rows = await command.ExecuteReaderAsync(Token);
        var known = new HashSet<Guid>();
        while (await rows.ReadAsync(Token))
            known.Add(rows.GetGuid(0));

        servers.Objects().Where(id => !known.Contains(id)).ShouldBeEmpty();
    }
}
