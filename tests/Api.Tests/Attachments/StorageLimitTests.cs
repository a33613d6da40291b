using System.Net;
using System.Text.Json;
using CleanMessaging.Domain.Attachments;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Infrastructure.Persistence.Attachments;
using CleanMessaging.Tests.Support;
using Npgsql;

namespace CleanMessaging.Api.Tests.Attachments;

public sealed class StorageLimitTests(AttachmentServerFixture fixture) : IClassFixture<AttachmentServerFixture>
{
    private readonly ApiServer _server = fixture.Server;

    [Fact]
    public async Task GetStorageUsage_OverTheLifeOfAnAttachment_CountsItFromTheBeginningToItsEnd()
    {
        var (investor, _, conversationId) = await _server.RegisterPairAsync();
        (await UsageAsync(investor)).ShouldBe((0, AttachmentPolicy.DefaultUserBytes));
        var canceled = await investor.BegunUploadAsync(conversationId, 100);
        (await UsageAsync(investor)).Used.ShouldBe(100);
        var (_, messageId) = await investor.SendAttachmentAsync(conversationId, UploadSteps.Bytes(20));
        (await UsageAsync(investor)).Used.ShouldBe(120);

        (await investor.DeleteAsync($"/api/uploads/{canceled}")).Expect(HttpStatusCode.NoContent);
        (await UsageAsync(investor)).Used.ShouldBe(20);
        (await investor.DeleteMessageAsync(messageId)).Expect(HttpStatusCode.OK);
        (await UsageAsync(investor)).Used.ShouldBe(0);
    }

    /// <summary>An image can become larger when it is encoded again.</summary>
    [Fact]
    public async Task GetStorageUsage_OfAnImageThatBecameLarger_CountsWhatIsStored()
    {
        var admin = await _server.CreateAdminAsync();
        var (investor, _, conversationId) = await _server.RegisterPairAsync();
        var id = await _server.AddAttachmentAsync(investor.Id, conversationId, AttachmentKind.Image);
        await _server.ExecuteAsync($"UPDATE attachments SET bytes = 90, thumbnail_bytes = 10 WHERE id = '{id}'");

        (await UsageAsync(investor)).Used.ShouldBe(100);
        (await SetAsync(admin, investor.Id, 110)).Expect(HttpStatusCode.OK).Data.GetProperty("bytesUsed").GetInt64().ShouldBe(100);
        (await investor.BeginUploadAsync(conversationId, 11)).ExpectError(HttpStatusCode.Conflict, "attachment.storage_full");
        (await investor.BeginUploadAsync(conversationId, 10)).Expect(HttpStatusCode.Created);
    }

    /// <summary>Tests that an image that becomes larger than announced needs space for the rest, also in parallel.</summary>
    [Fact]
    public async Task CompleteUpload_OfImagesThatGrowBeyondTheSpace_IsRejectedUntilThereIsSpace()
    {
        var admin = await _server.CreateAdminAsync();
        var (investor, _, conversationId) = await _server.RegisterPairAsync();

        // Each has 10 bytes, and 3 more in its thumbnail.
        var images = new[]
        {
            await investor.ReceivedUploadAsync(conversationId, UploadSteps.Bytes(10), "image"),
            await investor.ReceivedUploadAsync(conversationId, UploadSteps.Bytes(10), "image"),
        };
        (await SetAsync(admin, investor.Id, 25)).Expect(HttpStatusCode.OK);

        var answers = await Task.WhenAll(images.Select(image => investor.CompleteAsync(image)));

        var rejected = Array.FindIndex(answers, answer => answer.Status == HttpStatusCode.Conflict);
        answers[rejected].ExpectError(HttpStatusCode.Conflict, "attachment.storage_full");
        answers[1 - rejected].Expect(HttpStatusCode.OK);
        (await UsageAsync(investor)).Used.ShouldBe(23);
        (await SetAsync(admin, investor.Id, 26)).Expect(HttpStatusCode.OK);
        (await investor.CompleteAsync(images[rejected])).Expect(HttpStatusCode.OK);
        (await UsageAsync(investor)).Used.ShouldBe(26);
    }

    /// <summary>The announced bytes are counted already, so a lower limit does not stop an upload that needs no more.</summary>
    [Fact]
    public async Task CompleteUpload_AfterTheLimitWasLowered_NeedsNoSpaceForWhatWasAnnounced()
    {
        var admin = await _server.CreateAdminAsync();
        var (investor, _, conversationId) = await _server.RegisterPairAsync();
        var file = await investor.ReceivedUploadAsync(conversationId, UploadSteps.Bytes(10));
        var image = await investor.ReceivedUploadAsync(conversationId, UploadSteps.Bytes(10), "image");

        (await SetAsync(admin, investor.Id, 0)).Expect(HttpStatusCode.OK);

        (await investor.CompleteAsync(file)).Expect(HttpStatusCode.OK);
        (await investor.CompleteAsync(file)).Expect(HttpStatusCode.OK);
        (await investor.CompleteAsync(image)).ExpectError(HttpStatusCode.Conflict, "attachment.storage_full");
    }

    /// <summary>The sum is computed under a lock whenever an upload begins or is complete.</summary>
    [Fact]
    public async Task GetStorageUsage_OfAUserWithManyAttachments_ReadsTheIndexOnly()
    {
        await using var server = await fixture.StartAnotherAsync(new Dictionary<string, string?>());
        var (investor, startup, conversationId) = await server.RegisterPairAsync();
        var id = await server.AddAttachmentAsync(investor.Id, conversationId, AttachmentKind.Image);
        await server.ExecuteAsync(
            $"""
            INSERT INTO attachments SELECT copy.* FROM attachments AS original, generate_series(1, 10000) AS number, LATERAL jsonb_populate_record(
                original,
                jsonb_build_object(
                    'id', gen_random_uuid(), 'client_upload_id', gen_random_uuid(),
                    'uploader_id', CASE WHEN number % 10 = 0 THEN original.uploader_id ELSE '{startup.Id}' END)) AS copy
            WHERE original.id = '{id}'
            """);

        // A statement of the server that runs at the same time can keep VACUUM from marking pages as visible to all.
        await Eventually.TrueAsync(
            async () =>
            {
                await server.ExecuteAsync("VACUUM (ANALYZE) attachments");

                return await server.QueryAsync<bool>("SELECT relallvisible = relpages FROM pg_class WHERE oid = 'attachments'::regclass");
            },
            "Not all pages are visible to all.");
        var sum = StorageAllowanceRepository.StatementsToChange(new UserId(investor.Id), server.Clock.GetUtcNow()).Last();
        await using var connection = new NpgsqlConnection(server.ConnectionString);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand($"EXPLAIN (ANALYZE, FORMAT JSON) {sum.Sql}", connection);
        foreach (var parameter in sum.Parameters)
            command.Parameters.Add(parameter.Clone());

        var plan = (string)(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))!;

        var scan = JsonDocument.Parse(plan).RootElement[0].GetProperty("Plan").GetProperty("Plans")[0];
        scan.GetProperty("Node Type").GetString().ShouldBe("Index Only Scan", plan);
        scan.GetProperty("Index Name").GetString().ShouldBe("ix_attachments_stored");
        scan.GetProperty("Heap Fetches").GetInt64().ShouldBe(0, plan);
    }

    [Fact]
    public async Task SetStorageLimit_OfAUser_AppliesFromTheNextUploadOnAndToThemOnly()
    {
        var admin = await _server.CreateAdminAsync();
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        await investor.BegunUploadAsync(conversationId, 100);

        var answer = (await SetAsync(admin, investor.Id, 150)).Expect(HttpStatusCode.OK);

        answer.Data.GetProperty("bytesUsed").GetInt64().ShouldBe(100);
        answer.Data.GetProperty("bytesLimit").GetInt64().ShouldBe(150);
        (await investor.BeginUploadAsync(conversationId, 51)).ExpectError(HttpStatusCode.Conflict, "attachment.storage_full");
        (await investor.BeginUploadAsync(conversationId, 50)).Expect(HttpStatusCode.Created);
        (await startup.BeginUploadAsync(conversationId, 51)).Expect(HttpStatusCode.Created);
        (await SetAsync(admin, investor.Id, null)).Expect(HttpStatusCode.OK).Data.GetProperty("bytesLimit").GetInt64()
            .ShouldBe(AttachmentPolicy.DefaultUserBytes);
        (await investor.BeginUploadAsync(conversationId, 51)).Expect(HttpStatusCode.Created);
    }

    [Theory]
    [InlineData(-1, false)]
    [InlineData(0, true)]
    [InlineData(StorageAllowance.BytesLimitMax, true)]
    [InlineData(StorageAllowance.BytesLimitMax + 1, false)]
    public async Task SetStorageLimit_ToANumber_EnforcesTheLimits(long bytesLimit, bool isAccepted)
    {
        var admin = await _server.CreateAdminAsync();
        var investor = await _server.RegisterInvestorAsync();

        var answer = await SetAsync(admin, investor.Id, bytesLimit);

        if (isAccepted)
            answer.Expect(HttpStatusCode.OK);
        else
            answer.ExpectError(HttpStatusCode.BadRequest, "validation.failed").FaultsOf("bytesLimit").ShouldBe(["attachment.invalid_storage_limit"]);
    }

    [Fact]
    public async Task SetStorageLimit_OfAnUnknownUserOrByAUser_IsRejected()
    {
        var admin = await _server.CreateAdminAsync();
        var investor = await _server.RegisterInvestorAsync();

        (await SetAsync(admin, Guid.CreateVersion7(), 1)).ExpectError(HttpStatusCode.NotFound, "user.not_found");
        (await SetAsync(investor, investor.Id, 1)).ExpectError(HttpStatusCode.Forbidden, "auth.forbidden");
    }

    private static Task<Answer> SetAsync(TestUser admin, Guid userId, long? bytesLimit) =>
        admin.PutAsync($"/api/admin/users/{userId}/storage", new { bytesLimit });

    private static async Task<(long Used, long Limit)> UsageAsync(TestUser user)
    {
        var usage = (await user.GetAsync("/api/attachments/usage")).Expect(HttpStatusCode.OK).Data;

        return (usage.GetProperty("bytesUsed").GetInt64(), usage.GetProperty("bytesLimit").GetInt64());
    }
}
