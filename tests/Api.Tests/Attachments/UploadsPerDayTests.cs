using System.Net;
using CleanMessaging.Domain.Attachments;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Api.Tests.Attachments;

/// <summary>Tests how many uploads a user can begin in 24 hours. Each leaves a row, also if it is canceled at once.</summary>
public sealed class UploadsPerDayTests(AttachmentServerFixture fixture) : IClassFixture<AttachmentServerFixture>
{
    private const string TooMany = "attachment.too_many_uploads_today";

    [Fact]
    public async Task BeginUpload_AndCancelAgainAndAgain_IsLimitedPerUserAndDay()
    {
        await using var server = await StartAsync(uploadsPerDay: 3);
        var (investor, startup, conversationId) = await server.RegisterPairAsync();
        var clientUploadId = Guid.CreateVersion7();
        for (var count = 0; count < 3; count++)
        {
            var id = (await investor.BeginUploadAsync(conversationId, 10, clientUploadId: count == 0 ? clientUploadId : null))
                .Expect(HttpStatusCode.Created).Id();
            if (count > 0)
                (await investor.DeleteAsync($"/api/uploads/{id}")).Expect(HttpStatusCode.NoContent);
        }

        var rejected = (await investor.BeginUploadAsync(conversationId, 10)).ExpectError(HttpStatusCode.Conflict, TooMany).Body;

        rejected.GetProperty("max").GetInt32().ShouldBe(3);
        rejected.GetProperty("resetsAt").GetDateTimeOffset().ShouldBe(server.Clock.GetUtcNow().AddHours(24), TimeSpan.FromMinutes(1));
        (await server.QueryAsync<long>("SELECT count(*) FROM attachments")).ShouldBe(3);
        (await investor.BeginUploadAsync(conversationId, 10, clientUploadId: clientUploadId)).Expect(HttpStatusCode.OK);
        (await startup.BeginUploadAsync(conversationId, 10)).Expect(HttpStatusCode.Created);

        server.Clock.Shift(TimeSpan.FromHours(24));
        investor = await server.LogInAsync(investor.Email);
        (await investor.BeginUploadAsync(conversationId, 10)).Expect(HttpStatusCode.Created);
    }

    [Fact]
    public async Task BeginUpload_InParallelOnTwoServers_BeginsAsManyAsADayHas()
    {
        await using var server = await StartAsync(uploadsPerDay: 5);
        await using var other = await StartAsync(uploadsPerDay: 5, server.ConnectionString);
        var (investor, _, conversationId) = await server.RegisterPairAsync();
        var elsewhere = await other.LogInAsync(investor.Email);

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(
            number => (number % 2 == 0 ? investor : elsewhere).BeginUploadAsync(conversationId, 10)));

        answers.Count(answer => answer.Status == HttpStatusCode.Created).ShouldBe(5);
        answers.Where(answer => answer.Status != HttpStatusCode.Created).ShouldAllBe(answer => answer.Code == TooMany);
        (await server.QueryAsync<long>("SELECT count(*) FROM attachments")).ShouldBe(5);
        (await server.QueryAsync<int>("SELECT uploads_begun FROM storage_allowances")).ShouldBe(5);
    }

    [Fact]
    public async Task BeginUpload_WithoutAChangedSetting_IsLimitedToOneThousandADay()
    {
        var (investor, _, conversationId) = await fixture.Server.RegisterPairAsync();
        await investor.BegunUploadAsync(conversationId, 10);
        await fixture.Server.ExecuteAsync(
            $"UPDATE storage_allowances SET uploads_begun = {AttachmentPolicy.DefaultUploadsPerDay - 1} WHERE user_id = '{investor.Id}'");

        (await investor.BeginUploadAsync(conversationId, 10)).Expect(HttpStatusCode.Created);
        (await investor.BeginUploadAsync(conversationId, 10)).ExpectError(HttpStatusCode.Conflict, TooMany).Body.GetProperty("max").GetInt32()
            .ShouldBe(1_000);
    }

    private Task<ApiServer> StartAsync(int uploadsPerDay, string? connectionString = null) => fixture.StartAnotherAsync(
        new Dictionary<string, string?> { ["Attachments:UploadsPerDay"] = $"{uploadsPerDay}" }, connectionString: connectionString);
}
