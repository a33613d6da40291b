using System.Net;
using CleanMessaging.Domain.Users;
using CleanMessaging.Tests.Support;
using static CleanMessaging.Api.Tests.Wallets.WalletSteps;

namespace CleanMessaging.Api.Tests.Wallets;

public sealed class ReverseTransactionTests(ApiServerFixture fixture) : IClassFixture<ApiServerFixture>
{
    private readonly ApiServer _server = fixture.Server;

    [Fact]
    public async Task ReverseTransaction_OfACredit_IsItsLinkedOppositeOnce()
    {
        var admin = await _server.CreateAdminAsync();
        var investor = await _server.RegisterInvestorAsync();
        var credit = (await admin.CreditAsync(investor.Id, 50, NewKey())).Expect(HttpStatusCode.Created);

        var reversal = (await admin.ReverseAsync(credit.Id())).Expect(HttpStatusCode.Created);

        reversal.Data.GetProperty("type").GetString().ShouldBe("REVERSAL");
        reversal.Data.GetProperty("amount").GetInt64().ShouldBe(-50);
        reversal.Data.GetProperty("balanceAfter").GetInt64().ShouldBe(0);
        reversal.Data.GetProperty("reversesId").GetGuid().ShouldBe(credit.Id());
        reversal.Data.GetProperty("reason").GetString().ShouldBe("Mistake");
        (await admin.ReverseAsync(credit.Id())).ExpectError(HttpStatusCode.Conflict, "wallet.already_reversed");
        (await admin.ReverseAsync(reversal.Id())).ExpectError(HttpStatusCode.Conflict, "wallet.not_reversible");
        (await investor.BalanceAsync()).ShouldBe(0);
        await _server.ShouldAddUpAsync();
    }

    [Fact]
    public async Task ReverseTransaction_OfAPaidMessage_GivesThePointsBack()
    {
        var admin = await _server.CreateAdminAsync();
        var investor = await _server.CreateWithPointsAsync(UserRole.Investor, 10);
        var conversationId = await investor.ConversationWithAsync(await _server.RegisterStartupAsync());
        (await admin.PutAsync($"/api/admin/users/{investor.Id}/quota", new { dailyFreeLimit = 0, pointsPerMessage = 10 }))
            .Expect(HttpStatusCode.OK);
        var message = (await investor.SendAsync(conversationId, "Paid")).Expect(HttpStatusCode.Created);
        var spent = (await investor.GetAsync("/api/wallet/transactions")).Data[0];
        spent.GetProperty("messageId").GetGuid().ShouldBe(message.Id());

        var reversal = (await admin.ReverseAsync(spent.Id())).Expect(HttpStatusCode.Created);

        reversal.Data.GetProperty("amount").GetInt64().ShouldBe(10);
        reversal.Data.GetProperty("messageId").GetGuid().ShouldBe(message.Id());
        (await investor.BalanceAsync()).ShouldBe(10);
        await _server.ShouldAddUpAsync();
    }

    [Fact]
    public async Task ReverseTransaction_OfASpentCredit_IsRejected()
    {
        var admin = await _server.CreateAdminAsync();
        var investor = await _server.RegisterInvestorAsync();
        var conversationId = await investor.ConversationWithAsync(await _server.RegisterStartupAsync());
        (await admin.PutAsync($"/api/admin/users/{investor.Id}/quota", new { dailyFreeLimit = 0, pointsPerMessage = 1 }))
            .Expect(HttpStatusCode.OK);
        var credit = (await admin.CreditAsync(investor.Id, 50, NewKey())).Expect(HttpStatusCode.Created);
        (await investor.SendAsync(conversationId, "Paid")).Expect(HttpStatusCode.Created).Charge().ShouldBe(1);

        var rejection = await admin.ReverseAsync(credit.Id());

        rejection.ExpectError(HttpStatusCode.Conflict, "wallet.reversal_exceeds_balance");
        rejection.Body.GetProperty("amount").GetInt64().ShouldBe(50);
        rejection.Body.GetProperty("balance").GetInt64().ShouldBe(49);
        (await investor.BalanceAsync()).ShouldBe(49);
    }

    [Fact]
    public async Task ReverseTransaction_Raced_ReversesOnce()
    {
        var admin = await _server.CreateAdminAsync();
        var investor = await _server.RegisterInvestorAsync();
        var credit = (await admin.CreditAsync(investor.Id, 50, NewKey())).Expect(HttpStatusCode.Created);
        (await admin.CreditAsync(investor.Id, 1000, NewKey())).Expect(HttpStatusCode.Created);

        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => admin.ReverseAsync(credit.Id())));

        answers.Count(answer => answer.Status == HttpStatusCode.Created).ShouldBe(1);
        answers.Count(answer => answer.Status == HttpStatusCode.Conflict && answer.Code == "wallet.already_reversed").ShouldBe(9);
        (await investor.BalanceAsync()).ShouldBe(1000);
        await _server.ShouldAddUpAsync();
    }

    [Fact]
    public async Task ReverseTransaction_OfAnUnknownOne_IsNotFound() =>
        (await (await _server.CreateAdminAsync()).ReverseAsync(Guid.CreateVersion7()))
            .ExpectError(HttpStatusCode.NotFound, "wallet.transaction_not_found");
}
