using System.Net;
using CleanMessaging.Api.Tests.Support;
using CleanMessaging.Domain.Users;

namespace CleanMessaging.Api.Tests.Messages;

public sealed class SendMessageTests(ApiServerFixture fixture) : IClassFixture<ApiServerFixture>
{
    private readonly ApiServer _server = fixture.Server;

    [Fact]
    public async Task SendMessage_InParallelWithEmptyWallet_AcceptsExactlyTheFreeOnes()
    {
        var (investor, _, conversationId) = await _server.RegisterPairAsync();

        var answers = await Task.WhenAll(Enumerable.Range(1, 200).Select(number => investor.SendAsync(conversationId, $"Message {number}")));

        answers.Count(answer => answer.Status == HttpStatusCode.Created).ShouldBe(20);
        var refused = answers.Where(answer => answer.Status != HttpStatusCode.Created).ToList();
        refused.Count.ShouldBe(180);
        refused.ShouldAllBe(answer => answer.Code == "wallet.insufficient_balance");
        (await _server.QueryAsync<long>($"SELECT count(*) FROM messages WHERE conversation_id = '{conversationId}'")).ShouldBe(20);
        await _server.ShouldAddUpAsync();
    }

    [Fact]
    public async Task SendMessage_InParallelWithPointsForTen_Accepts20FreeAnd10Paid()
    {
        var investor = await _server.CreateWithPointsAsync(UserRole.Investor, 105);
        var conversationId = await investor.ConversationWithAsync(await _server.RegisterStartupAsync());

        var answers = await Task.WhenAll(Enumerable.Range(1, 200).Select(number => investor.SendAsync(conversationId, $"Message {number}")));

        var charges = answers
            .Where(answer => answer.Status == HttpStatusCode.Created)
            .Select(answer => answer.Body.GetProperty("charge").GetProperty("points").GetInt64())
            .ToList();
        charges.Count(points => points == 0).ShouldBe(20);
        charges.Count(points => points == 10).ShouldBe(10);
        answers.Count(answer => answer.Status == HttpStatusCode.PaymentRequired).ShouldBe(170);
        (await investor.BalanceAsync()).ShouldBe(5);
        await _server.ShouldAddUpAsync();
    }

    [Fact]
    public async Task SendMessage_InParallelUnderOneClientMessageId_StoresAndChargesOnce()
    {
        var investor = await _server.CreateWithPointsAsync(UserRole.Investor, 100);
        var conversationId = await investor.ConversationWithAsync(await _server.RegisterStartupAsync());
        foreach (var number in Enumerable.Range(1, 20))
            (await investor.SendAsync(conversationId, $"Free {number}")).Expect(HttpStatusCode.Created);

        var clientMessageId = Guid.CreateVersion7();
        var answers = await Task.WhenAll(Enumerable.Range(1, 100).Select(_ => investor.SendAsync(conversationId, "Once", clientMessageId)));

        answers.Count(answer => answer.Status == HttpStatusCode.Created).ShouldBe(1);
        answers.Count(answer => answer.Status == HttpStatusCode.OK).ShouldBe(99);
        answers.Select(answer => answer.Text).Distinct().Count().ShouldBe(1);
        answers[0].Body.GetProperty("charge").GetProperty("points").GetInt64().ShouldBe(10);
        (await investor.BalanceAsync()).ShouldBe(90);
        await _server.ShouldAddUpAsync();
    }
}
