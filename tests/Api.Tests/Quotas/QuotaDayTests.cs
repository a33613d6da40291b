using System.Globalization;
using System.Net;
using CleanMessaging.Domain.Users;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Api.Tests.Quotas;

public sealed class QuotaDayTests(TestPostgres postgres)
{
    private static readonly DateTimeOffset _midnight = new(2030, 1, 2, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset _lastInstant = _midnight.AddMicroseconds(-1);

    [Fact]
    public async Task QuotaDay_InParallelOnEitherSideOfMidnight_IsTwentyFreeEach()
    {
        await using var server = await ApiServer.StartAsync(postgres);
        server.Clock.FreezeAt(_lastInstant);
        var (investor, _, conversationId) = await server.RegisterPairAsync();

        var before = await SendAsync(investor, conversationId, 25);
        server.Clock.FreezeAt(_midnight);
        var after = await SendAsync(investor, conversationId, 25);

        ShouldBeTwentyFree(before, resetsAt: _midnight);
        ShouldBeTwentyFree(after, resetsAt: _midnight.AddDays(1));
        await server.ShouldAddUpAsync();
    }

    [Fact]
    public async Task QuotaDay_PassingWhileFiftyAreSent_NeverHasTwentyOneFree()
    {
        await using var server = await ApiServer.StartAsync(postgres);
        server.Clock.FreezeAt(_lastInstant);
        var (investor, _, conversationId) = await server.RegisterPairAsync();

        var sending = Enumerable.Range(0, 50)
            .Select(async number =>
            {
                if (number == 25)
                    server.Clock.FreezeAt(_midnight);

                return await investor.SendAsync(conversationId, $"{number}");
            })
            .ToList();
        var answers = await Task.WhenAll(sending);
        var last = await SendAsync(investor, conversationId, 25);

        var free = answers.Concat(last).Where(answer => answer.Status == HttpStatusCode.Created).ToList();
        free.Count.ShouldBeInRange(20, 40);
        free.ShouldAllBe(answer => answer.Charge() == 0);
        (await investor.QuotaAsync()).GetProperty("messagesSentToday").GetInt32().ShouldBe(20);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(24)]
    public async Task QuotaDay_WithTheClockSetBack_GivesNoSecondQuota(int hours)
    {
        await using var server = await ApiServer.StartAsync(postgres);
        server.Clock.FreezeAt(_midnight.AddMinutes(30));
        var investor = await server.CreateWithPointsAsync(UserRole.Investor, 10);
        var conversationId = await investor.ConversationWithAsync(await server.RegisterStartupAsync());
        var free = await SendAsync(investor, conversationId, 20);
        free.ShouldAllBe(answer => answer.Charge() == 0);

        server.Clock.FreezeAt(_midnight.AddMinutes(30).AddHours(-hours));
        var back = await server.LogInAsync(investor.Email);

        var quota = await back.QuotaAsync();
        quota.GetProperty("messagesSentToday").GetInt32().ShouldBe(20);
        quota.Instant("resetsAt").ShouldBe(_midnight.AddDays(1));
        var paid = (await back.SendAsync(conversationId, "Paid")).Expect(HttpStatusCode.Created);
        paid.Charge().ShouldBe(10);
        paid.Data.Sequence().ShouldBe(21);
        paid.Data.Instant("createdAt").ShouldBeGreaterThan(free.Max(answer => answer.Data.Instant("createdAt")));
        (await back.SendAsync(conversationId, "Broke")).ExpectError(HttpStatusCode.PaymentRequired, "wallet.insufficient_balance");

        server.Clock.FreezeAt(_midnight.AddDays(1));
        (await (await server.LogInAsync(investor.Email)).SendAsync(conversationId, "Free again"))
            .Expect(HttpStatusCode.Created)
            .Charge()
            .ShouldBe(0);
    }

    [Fact]
    public async Task QuotaDay_InAnotherZone_TurnsAtItsMidnight()
    {
        await using var server = await StartInBerlinAsync();
        var midnight = new DateTimeOffset(2030, 7, 2, 0, 0, 0, TimeSpan.FromHours(2));
        server.Clock.FreezeAt(midnight.AddMicroseconds(-1));
        var (investor, _, conversationId) = await server.RegisterPairAsync();

        ShouldBeTwentyFree(await SendAsync(investor, conversationId, 25), resetsAt: midnight);
        server.Clock.FreezeAt(midnight);
        ShouldBeTwentyFree(await SendAsync(investor, conversationId, 25), resetsAt: midnight.AddDays(1));
    }

    [Theory]
    [InlineData("2030-03-30T22:59:59Z", "2030-03-30T23:00:00Z")]
    [InlineData("2030-03-30T23:00:00Z", "2030-03-31T22:00:00Z")]
    [InlineData("2030-10-26T22:00:00Z", "2030-10-27T23:00:00Z")]
    [InlineData("2030-10-27T23:00:00Z", "2030-10-28T23:00:00Z")]
    public async Task QuotaDay_WhenTheClocksChange_HasItsRealLength(string now, string resetsAt)
    {
        await using var server = await StartInBerlinAsync();
        server.Clock.FreezeAt(DateTimeOffset.Parse(now, CultureInfo.InvariantCulture));
        var investor = await server.RegisterInvestorAsync();

        (await investor.QuotaAsync())
            .GetProperty("resetsAt")
            .GetString()
            .ShouldBe(resetsAt.Replace("Z", ".000000Z", StringComparison.Ordinal));
    }

    private static async Task<IReadOnlyList<Answer>> SendAsync(TestUser sender, Guid conversationId, int count) =>
        await Task.WhenAll(Enumerable.Range(0, count).Select(number => sender.SendAsync(conversationId, $"{number}")));

    private static void ShouldBeTwentyFree(IReadOnlyList<Answer> answers, DateTimeOffset resetsAt)
    {
        answers.Count(answer => answer.Status == HttpStatusCode.Created && answer.Charge() == 0).ShouldBe(20);
        foreach (var rejected in answers.Where(answer => answer.Status != HttpStatusCode.Created))
        {
            rejected.ExpectError(HttpStatusCode.PaymentRequired, "wallet.insufficient_balance");
            rejected.Body.Instant("resetsAt").ShouldBe(resetsAt);
        }
    }

    private Task<ApiServer> StartInBerlinAsync() =>
        ApiServer.StartAsync(postgres, new Dictionary<string, string?> { ["Quota:TimeZone"] = "Europe/Berlin" });
}
