using System.Net;
using CleanMessaging.Domain.Users;
using CleanMessaging.Tests.Support;
using CleanMessaging.WebApi.Limits;

namespace CleanMessaging.Api.Tests.Limits;

public sealed class RequestLimitsTests(RequestLimitsTests.FewRequests fixture) : IClassFixture<RequestLimitsTests.FewRequests>
{
    private const int UserBurst = 12;
    private const int AddressBurst = 8;
    private const int SignInBurst = 4;

    [Fact]
    public async Task Requests_BeyondAUsersBurst_AreRejectedWithoutEffectUntilItComesBack()
    {
        var (investor, startup, conversationId) = await fixture.RegisterPairAsync();
        await SpendAsync(investor.Client);

        (await investor.SendAsync(conversationId, "One too many")).ExpectLater(HttpStatusCode.TooManyRequests, "rate_limit.exceeded");

        (await startup.ReadPageAsync(conversationId)).ShouldBeEmpty();
        await Eventually.TrueAsync(
            async () =>
                (await investor.SendAsync(conversationId, "After a while")).Status == HttpStatusCode.Created, "the bucket fills again");
    }

    [Fact]
    public async Task Requests_InParallel_PassAsOftenAsTheBurstSays()
    {
        var (investor, _, _) = await fixture.RegisterPairAsync();

        var answers = await Task.WhenAll(Enumerable.Range(1, 60).Select(_ => investor.GetAsync("/api/wallet")));

        // Creating the conversation used one permit; one permit per second is replenished while the test sends.
        answers.Count(answer => answer.Status == HttpStatusCode.OK).ShouldBeInRange(UserBurst - 1, UserBurst + 3);
        answers.Where(answer => answer.Status != HttpStatusCode.OK).ShouldNotBeEmpty();
        foreach (var answer in answers.Where(answer => answer.Status != HttpStatusCode.OK))
            answer.ExpectLater(HttpStatusCode.TooManyRequests, "rate_limit.exceeded");
    }

    [Fact]
    public async Task Requests_OfOneUser_AreCountedFromAnyAddressAndDoNotAffectOthers()
    {
        var (investor, startup, _) = await fixture.RegisterPairAsync();
        using var elsewhere = fixture.From(LimitedServerFixture.NewAddress(), investor.AccessToken);
        await SpendAsync(investor.Client);

        (await Answer.OfAsync(await elsewhere.GetAsync("/api/wallet", Token))).Expect(HttpStatusCode.TooManyRequests);
        (await startup.GetAsync("/api/wallet")).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Requests_BeyondTheRateButNotAuthorized_AreRejectedByTheLimitFirst()
    {
        var (investor, _, _) = await fixture.RegisterPairAsync();
        await SpendAsync(investor.Client);

        (await investor.GetAsync("/api/admin/wallets/verify")).Expect(HttpStatusCode.TooManyRequests);
        (await investor.GetAsync("/api/no-such-route")).Expect(HttpStatusCode.TooManyRequests);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("not.a.token")]
    public async Task Requests_WithoutAValidToken_AreCountedByAddress(string? token)
    {
        var address = LimitedServerFixture.NewAddress();
        using var client = fixture.From(address, token);
        for (var request = 0; request < AddressBurst; request++)
            (await Answer.OfAsync(await client.GetAsync("/api/wallet", Token))).Expect(HttpStatusCode.Unauthorized);

        (await Answer.OfAsync(await client.GetAsync("/api/wallet", Token)))
            .ExpectLater(HttpStatusCode.TooManyRequests, "rate_limit.exceeded");
        (await client.GetAsync("/hubs/messaging", Token)).StatusCode.ShouldBe(HttpStatusCode.TooManyRequests);

        using var neighbor = fixture.From(LimitedServerFixture.NewAddress(), token);
        (await Answer.OfAsync(await neighbor.GetAsync("/api/wallet", Token))).Expect(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Requests_FromOneSubscribersManyAddresses_AreCountedAsOne()
    {
        for (var request = 0; request < AddressBurst; request++)
        {
            using var client = fixture.From($"2001:db8:7:9:{request:x}::{request + 1:x}");
            (await client.GetAsync("/api/wallet", Token)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        }

        using var same = fixture.From("2001:db8:7:9:ffff::1");
        (await same.GetAsync("/api/wallet", Token)).StatusCode.ShouldBe(HttpStatusCode.TooManyRequests);
        using var other = fixture.From("2001:db8:7:a::1");
        (await other.GetAsync("/api/wallet", Token)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task SignIns_BeyondTheirBurst_AreRejectedWithAndWithoutToken()
    {
        var investor = await fixture.RegisterAsync(UserRole.Investor);
        var address = LimitedServerFixture.NewAddress();
        for (var attempt = 0; attempt < SignInBurst; attempt++)
            (await fixture.LogInAsync(address, investor.Email)).Expect(HttpStatusCode.OK);

        (await fixture.LogInAsync(address, investor.Email)).ExpectLater(HttpStatusCode.TooManyRequests, "rate_limit.exceeded");
        using var withToken = fixture.From(address, investor.AccessToken);
        (await withToken.PostAsync("/api/auth/register", null, Token)).StatusCode.ShouldBe(HttpStatusCode.TooManyRequests);
        (await withToken.PostAsync("/api/auth/refresh", null, Token)).StatusCode.ShouldBe(HttpStatusCode.TooManyRequests);
        (await withToken.GetAsync("/api/wallet", Token)).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Health_Always_IsServed()
    {
        using var client = fixture.From(LimitedServerFixture.NewAddress());
        for (var request = 0; request < AddressBurst * 3; request++)
            (await client.GetAsync("/health/live", Token)).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("192.0.2.7", "192.0.2.7")]
    [InlineData("::ffff:192.0.2.7", "192.0.2.7")]
    [InlineData("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::")]
    public void Address_OfASubscriber_IsWhatLimitsCount(string address, string counted) =>
        ClientAddress.Subscriber(IPAddress.Parse(address)).ShouldBe(IPAddress.Parse(counted));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Sends requests until one is rejected.</summary>
    private static async Task SpendAsync(HttpClient client)
    {
        for (var request = 0; request < UserBurst * 2; request++)
        {
            using var answer = await client.GetAsync("/api/wallet", Token);
            if (answer.StatusCode == HttpStatusCode.TooManyRequests)
                return;
        }

        Assert.Fail($"{UserBurst * 2} requests passed.");
    }

    public sealed class FewRequests(TestPostgres postgres) : LimitedServerFixture(
        postgres,
        ("Limits:UserBurst", $"{UserBurst}"),
        ("Limits:UserPerSecond", "1"),
        ("Limits:AddressBurst", $"{AddressBurst}"),
        ("Limits:AddressPerSecond", "1"),
        ("Limits:SignInBurst", $"{SignInBurst}"),
        ("Limits:SignInsPerSecond", "1"));
}
