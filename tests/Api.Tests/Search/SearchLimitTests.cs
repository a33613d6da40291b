using System.Net;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Api.Tests.Search;

public sealed class SearchLimitTests(ApiServerFixture fixture) : IClassFixture<ApiServerFixture>
{
    [Fact]
    public async Task SearchMessages_BeyondTheBurst_IsRejectedForThisUserOnly()
    {
        await using var server = await fixture.StartAnotherAsync(new Dictionary<string, string?>
        {
            ["Limits:MessageSearchBurst"] = "3",
            ["Limits:MessageSearchesPerSecond"] = "1",
        });
        var (investor, startup, conversationId) = await server.RegisterPairAsync();
        var searches = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => SearchAsync(investor)));

        searches.Count(search => search.Status == HttpStatusCode.OK).ShouldBeInRange(3, 5);
        var rejected = searches.First(search => search.Status != HttpStatusCode.OK).ExpectError(HttpStatusCode.TooManyRequests, "rate_limit.exceeded");
        rejected.Headers.RetryAfter!.Delta!.Value.ShouldBeInRange(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2));
        (await SearchAsync(startup)).Expect(HttpStatusCode.OK);
        (await investor.GetAsync($"/api/messages?conversationId={conversationId}")).Expect(HttpStatusCode.OK);
    }

    /// <summary>Tests that a search waits for one that hangs in the database, and is then rejected, while other requests are served.</summary>
    [Fact]
    public async Task SearchMessages_WhileAllPlacesAreTaken_IsRejectedAndOthersAreServed()
    {
        await using var server = await fixture.StartAnotherAsync(new Dictionary<string, string?>
        {
            ["Limits:MessageSearchesAtOnce"] = "1",
            ["Limits:SearchWait"] = "00:00:00.1",
        });
        var (investor, startup, _) = await server.RegisterPairAsync();
        await using var holder = await LockHolder.HoldAsync(server, "LOCK TABLE participants IN ACCESS EXCLUSIVE MODE");
        var hanging = SearchAsync(investor);
        await Eventually.TrueAsync(async () => await holder.BlocksAsync("conversations_to_search") == 1, "The search does not wait for the lock.");

        (await SearchAsync(startup)).ExpectError(HttpStatusCode.ServiceUnavailable, "server.busy");
        (await startup.GetAsync("/api/wallet")).Expect(HttpStatusCode.OK);
        await holder.DisposeAsync();
        (await hanging).Expect(HttpStatusCode.OK);
        (await SearchAsync(startup)).Expect(HttpStatusCode.OK);
    }

    private static Task<Answer> SearchAsync(TestUser user) => user.PostAsync("/api/messages/search", new { query = "word" });
}
