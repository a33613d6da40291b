using System.Diagnostics;
using System.Globalization;
using System.Net;
using CleanMessaging.Api.Tests.Limits;
using CleanMessaging.Infrastructure.Limits;
using CleanMessaging.Tests.Support;
using Npgsql;

namespace CleanMessaging.Api.Tests.Users;

/// <summary>Tests that slow searches, caused by a lock on the users, delay only their own caller.</summary>
public sealed class UserSearchLimitTests(ApiServerFixture fixture) : IClassFixture<ApiServerFixture>
{
    private const string LockUsers = "LOCK TABLE users IN ACCESS EXCLUSIVE MODE";

    /// <summary>The text of a search. Statements of the server itself also wait for a lock on the users.</summary>
    private const string Search = "find_users";

    private static readonly Dictionary<string, string?> _longWait = new() { ["Limits:SearchTime"] = "00:00:01.5" };

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 1)]
    [InlineData(2, 10)]
    public async Task FindUsers_MoreAtATimeThanAUserMay_AreRejected(int allowed, int tooMany)
    {
        await using var server = await fixture.StartAnotherAsync(
            new Dictionary<string, string?>(_longWait)
            {
                ["Limits:UserSearchesAtOnce"] = allowed.ToString(CultureInfo.InvariantCulture),
                ["Limits:RequestWait"] = "00:00:00.300",
            });
        var (investor, other) = (await server.RegisterInvestorAsync(), await server.RegisterInvestorAsync());
        await server.RegisterStartupAsync();
        await using var holder = await LockHolder.HoldAsync(server, LockUsers);

        var searches = Enumerable.Range(0, allowed).Select(_ => SearchAsync(investor)).ToList();
        await Eventually.TrueAsync(async () => await holder.BlocksAsync(Search) == allowed, "They do not wait for the lock.");
        var answers = await Task.WhenAll(Enumerable.Range(0, tooMany).Select(_ => SearchAsync(investor)));
        var others = SearchAsync(other);
        await Eventually.TrueAsync(async () => await holder.BlocksAsync(Search) == allowed + 1, "Another user's search does not run.");
        await holder.DisposeAsync();

        foreach (var answer in answers)
            answer.ExpectLater(HttpStatusCode.TooManyRequests, "rate_limit.concurrency");
        foreach (var answer in await Task.WhenAll([.. searches, others]))
            answer.Expect(HttpStatusCode.OK).Data.GetArrayLength().ShouldBe(1);
        (await SearchAsync(investor)).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task FindUsers_ManyAtATime_WaitForEachOther()
    {
        await using var server = await fixture.StartAnotherAsync(new Dictionary<string, string?>());
        var investor = await server.RegisterInvestorAsync();
        await server.RegisterStartupAsync();

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => SearchAsync(investor)));

        answers.ShouldAllBe(answer => answer.Status == HttpStatusCode.OK);
    }

    [Fact]
    public async Task FindUsers_ByMoreUsersThanAQuarterOfTheConnections_AreRejectedAndOtherRequestsServed()
    {
        using var logs = new CapturedLogs();
        var four = new NpgsqlConnectionStringBuilder(fixture.Server.ConnectionString) { MaxPoolSize = 4 }.ConnectionString;
        await using var server = await fixture.StartAnotherAsync(_longWait, logs.AddTo, four);
        var (investor, other) = (await server.RegisterInvestorAsync(), await server.RegisterInvestorAsync());
        await using var holder = await LockHolder.HoldAsync(server, LockUsers);

        var search = SearchAsync(investor);
        await Eventually.TrueAsync(async () => await holder.BlocksAsync(Search) == 1, "It does not wait for the lock.");
        (await SearchAsync(other)).ExpectLater(HttpStatusCode.ServiceUnavailable, "server.busy");
        logs.Lines.Select(line => line.Text).Where(line => line.Contains(" reached by ", StringComparison.Ordinal)).ShouldHaveSingleItem()
            .ShouldStartWith("Limits:SearchesAtOnce reached by all callers");
        (await other.GetAsync("/api/wallet")).Expect(HttpStatusCode.OK);
        await holder.DisposeAsync();

        (await search).Expect(HttpStatusCode.OK);
        (await SearchAsync(other)).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task FindUsers_ThatTakesTooLong_IsRejectedInTimeAndLeavesNoStatement()
    {
        await using var server = await fixture.StartAnotherAsync(
            new Dictionary<string, string?> { ["Limits:SearchTime"] = "00:00:00.300" });
        var investor = await server.RegisterInvestorAsync();
        await using var holder = await LockHolder.HoldAsync(server, LockUsers);

        var started = Stopwatch.GetTimestamp();
        (await SearchAsync(investor)).ExpectLater(HttpStatusCode.ServiceUnavailable, "user.search_too_slow");

        Stopwatch.GetElapsedTime(started).ShouldBeLessThan(TimeSpan.FromSeconds(1.5));
        await Eventually.TrueAsync(async () => await holder.BlocksAsync(Search) == 0, "The statement was not canceled.");
        await holder.DisposeAsync();
        (await SearchAsync(investor)).Expect(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(4, 1)]
    [InlineData(7, 1)]
    [InlineData(8, 2)]
    [InlineData(16, 4)]
    [InlineData(100, 25)]
    public void QuarterOf_APool_IsOneAtLeast(int connections, int searches) => SearchLimit.QuarterOf(connections).ShouldBe(searches);

    private static Task<Answer> SearchAsync(TestUser user) => user.GetAsync("/api/users?search=startup");
}
