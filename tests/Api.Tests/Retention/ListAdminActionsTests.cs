using System.Net;
using CleanMessaging.Tests.Support;
using Npgsql;

namespace CleanMessaging.Api.Tests.Retention;

public sealed class ListAdminActionsTests(RetentionServerFixture servers) : IClassFixture<RetentionServerFixture>
{
    [Fact]
    public async Task ListAdminActions_OnPages_HasEachOnceNewestFirst()
    {
        var server = await servers.RetainingAsync();
        var admin = await server.CreateAdminAsync();
        var (investor, _, conversationId) = await server.RegisterPairAsync();
        await server.FillAsync(conversationId, investor.Id, 15, "now() - interval '1 day'");
        var before = server.Clock.GetUtcNow();
        for (var count = 1; count <= 5; count++)
            (await admin.PurgeAsync(before, count, $"Reason {count}")).Purged().Purged.ShouldBe(count);

        var seen = new List<int>();
        var query = "?limit=2";
        while (query is not null)
        {
            var page = (await admin.GetAsync($"/api/admin/actions{query}")).Expect(HttpStatusCode.OK);
            var counts = page.Data.EnumerateArray().Select(action => action.GetProperty("count").GetInt32()).ToList();
            counts.Count.ShouldBeLessThanOrEqualTo(2);
            seen.AddRange(counts);
            query = page.NextCursor() is { } cursor ? $"?limit=2&cursor={cursor}" : null;
        }

        seen.Take(5).ShouldBe([5, 4, 3, 2, 1]);
        seen.Count.ShouldBe((int)await server.QueryAsync<long>("SELECT count(*) FROM admin_actions"));
        var newest = (await admin.GetAsync("/api/admin/actions?limit=1")).Data[0];
        newest.GetProperty("reason").GetString().ShouldBe("Reason 5");
        newest.GetProperty("subject").GetString().ShouldBe(before.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", System.Globalization.CultureInfo.InvariantCulture));
    }

    [Fact]
    public async Task ListAdminActions_WithInvalidPages_IsRejected()
    {
        var server = await servers.RetainingAsync();
        var admin = await server.CreateAdminAsync();

        (await admin.GetAsync("/api/admin/actions?cursor=abc")).ExpectError(HttpStatusCode.BadRequest, "page.invalid_cursor");
        foreach (var limit in new[] { 0, 101 })
            (await admin.GetAsync($"/api/admin/actions?limit={limit}")).FaultsOf("limit").ShouldBe(["page.limit_out_of_range"]);

        (await admin.GetAsync("/api/admin/actions?limit=100")).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task AdminActions_InTheDatabaseItself_CannotBeChangedOrDeleted()
    {
        var server = await servers.RetainingAsync();
        var admin = await server.CreateAdminAsync();
        var (investor, _, conversationId) = await server.RegisterPairAsync();
        await server.FillAsync(conversationId, investor.Id, 1, "now() - interval '1 day'");
        (await admin.PurgeAsync(server.Clock.GetUtcNow())).Purged().Purged.ShouldBe(1);

        foreach (var sql in new[] { "UPDATE admin_actions SET reason = 'Another'", "DELETE FROM admin_actions", "TRUNCATE admin_actions" })
            (await Should.ThrowAsync<PostgresException>(() => server.ExecuteAsync(sql))).SqlState.ShouldBe(PostgresErrorCodes.RestrictViolation);

        (await server.QueryAsync<string>($"SELECT string_agg(reason, '') FROM admin_actions WHERE actor_id = '{admin.Id}'"))
            .ShouldBe(RetentionSteps.Reason);
    }
}
