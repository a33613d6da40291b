using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using CleanMessaging.Domain.Users;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Api.Tests.Limits;

/// <summary>Tests the limit on concurrent requests of one caller. A table lock keeps the requests running.</summary>
public sealed class RequestConcurrencyTests(TestPostgres postgres, RequestConcurrencyTests.FewAtOnce fixture)
    : IClassFixture<RequestConcurrencyTests.FewAtOnce>
{
    private const int Ordinary = 3;
    private const int Sends = 4;
    private const int Syncs = 2;

    /// <summary>Settings with a long wait, so that no request is rejected on a busy machine.</summary>
    private static readonly Dictionary<string, string?> _longWait = new() { ["Limits:RequestWait"] = "00:01:00" };

    private readonly ApiServer _server = fixture.Server;

    [Fact]
    public async Task Requests_OneMoreThanMayRun_WaitsAndIsRejectedAfterAWhile()
    {
        var (investor, startup, _) = await fixture.RegisterPairAsync();
        List<Task<Answer>> running;
        Task<Answer> others;
        await using (var holder = await LockHolder.HoldAsync(_server, "LOCK TABLE wallets IN ACCESS EXCLUSIVE MODE"))
        {
            running = [.. Enumerable.Range(0, Ordinary).Select(_ => investor.GetAsync("/api/wallet"))];
            await Eventually.TrueAsync(async () => await holder.BlocksAsync() == Ordinary, "as many run as may");

            (await investor.GetAsync("/api/messages/quota")).ExpectLater(HttpStatusCode.TooManyRequests, "rate_limit.concurrency");
            (await startup.GetAsync("/api/conversations")).Expect(HttpStatusCode.OK);
            others = investor.GetAsync("/api/messages/quota");
        }

        (await Task.WhenAll(running)).ShouldAllBe(answer => answer.Status == HttpStatusCode.OK);
        (await others).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Requests_ManyInParallel_AreAllServed()
    {
        await using var server = await ApiServer.StartAsync(postgres, _longWait);
        var investor = await server.RegisterInvestorAsync();

        var answers = await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => investor.GetAsync("/api/wallet")));

        answers.ShouldAllBe(answer => answer.Status == HttpStatusCode.OK);
    }

    [Fact]
    public async Task Requests_WhoseClientLeaves_GiveTheirPlacesBack()
    {
        var investor = await fixture.RegisterAsync(UserRole.Investor);
        await using var holder = await LockHolder.HoldAsync(_server, "LOCK TABLE wallets IN ACCESS EXCLUSIVE MODE");
        using var waitLimit = new CancellationTokenSource();
        var running = Enumerable.Range(0, Ordinary * 2).Select(_ => investor.Client.GetAsync("/api/wallet", waitLimit.Token)).ToList();
        await Eventually.TrueAsync(async () => await holder.BlocksAsync() == Ordinary, "as many run as may");

        await waitLimit.CancelAsync();
        foreach (var request in running)
            await Should.ThrowAsync<OperationCanceledException>(() => request);

        await Eventually.TrueAsync(
            async () => (await investor.GetAsync("/api/conversations")).Status == HttpStatusCode.OK, "places are free");
    }

    [Fact]
    public async Task Sends_NextToOtherRequests_HaveTheirOwnSlots()
    {
        var (investor, _, conversationId) = await fixture.RegisterPairAsync();
        List<Task<Answer>> running;
        await using (await LockHolder.HoldAsync(_server, $"SELECT 1 FROM conversations WHERE id = '{conversationId}' FOR UPDATE"))
        {
            running = [.. Enumerable.Range(0, Sends + 3).Select(number => investor.SendAsync(conversationId, $"Number {number}"))];
            await Eventually.TrueAsync(() => running.Count(send => send.IsCompleted) == 3, "as many run as may");

            (await investor.GetAsync("/api/conversations")).Expect(HttpStatusCode.OK);
        }

        var answers = await Task.WhenAll(running);
        answers.Count(answer => answer.Status == HttpStatusCode.TooManyRequests).ShouldBe(3);
        answers.Count(answer => answer.Status == HttpStatusCode.Created).ShouldBe(Sends);
    }

    [Fact]
    public async Task SyncsAndJoins_OfOneUser_ShareTheirSlots()
    {
        var (investor, startup, conversationId) = await fixture.RegisterPairAsync();
        await using var first = await investor.ConnectAsync();
        await using var second = await investor.ConnectAsync();
        await using var other = await startup.ConnectAsync();
        Task<Answer> sync;
        Task<JsonElement> join;
        await using (var holder = await LockHolder.HoldAsync(_server, "LOCK TABLE conversations IN ACCESS EXCLUSIVE MODE"))
        {
            sync = investor.PostAsync("/api/sync", new { conversations = new[] { new { conversationId, sinceRevision = 0 } } });
            join = first.JoinAsync(conversationId);
            await Eventually.TrueAsync(async () => await holder.BlocksAsync() == Syncs, "as many run as may");

            (await second.ErrorOfAsync("Join", new { conversationId })).GetProperty("code").GetString().ShouldBe("rate_limit.concurrency");
            (await investor.PostAsync("/api/sync", new { conversations = new[] { new { conversationId, sinceRevision = 0 } } }))
                .ExpectLater(HttpStatusCode.TooManyRequests, "rate_limit.concurrency");
            (await investor.GetAsync("/api/messages/quota")).Expect(HttpStatusCode.OK);
        }

        (await sync).Expect(HttpStatusCode.OK);
        await join;
        await other.JoinAsync(conversationId);
    }

    [Fact]
    public async Task Joins_InParallelOverManyConnections_AreAllServed()
    {
        await using var server = await ApiServer.StartAsync(postgres, _longWait);
        var (investor, _, conversationId) = await server.RegisterPairAsync();
        var connections = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => investor.ConnectAsync()));

        await Task.WhenAll(connections.Select(connection => connection.JoinAsync(conversationId)));

        foreach (var connection in connections)
            await connection.DisposeAsync();
    }

    [Fact]
    public async Task Refreshes_OfOneAddress_RunFewAtATime()
    {
        var address = LimitedServerFixture.NewAddress();
        using var client = fixture.From(address);
        using var neighbor = fixture.From(LimitedServerFixture.NewAddress());
        var investor = await fixture.RegisterAsync(UserRole.Investor);
        await using var holder = await LockHolder.HoldAsync(_server, "LOCK TABLE sessions IN ACCESS EXCLUSIVE MODE");
        var running = Enumerable
            .Range(0, Ordinary)
            .Select(_ => client.PostAsJsonAsync("/api/auth/refresh", new { refreshToken = investor.RefreshToken }, Token))
            .ToList();
        await Eventually.TrueAsync(async () => await holder.BlocksAsync() >= Ordinary, "as many run as may");

        (await Answer.OfAsync(await client.PostAsJsonAsync("/api/auth/refresh", new { refreshToken = investor.RefreshToken }, Token)))
            .ExpectLater(HttpStatusCode.TooManyRequests, "rate_limit.concurrency");
        (await neighbor.GetAsync("/api/wallet", Token)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);

        await holder.DisposeAsync();
        await Task.WhenAll(running);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public sealed class FewAtOnce(TestPostgres postgres) : LimitedServerFixture(
        postgres,
        ("Limits:UserRequestsAtOnce", $"{Ordinary}"),
        ("Limits:UserSendsAtOnce", $"{Sends}"),
        ("Limits:UserSyncsAtOnce", $"{Syncs}"),
        ("Limits:AddressRequestsAtOnce", $"{Ordinary}"),
        ("Limits:RequestsWaiting", "500"),
        ("Limits:RequestWait", "00:00:00.500"));
}
