using System.Net;
using CleanMessaging.Tests.Support;
using static CleanMessaging.Api.Tests.Wallets.WalletSteps;

namespace CleanMessaging.Api.Tests.Wallets;

public sealed class GetStatementTests(ApiServerFixture fixture) : IClassFixture<ApiServerFixture>
{
    private readonly ApiServer _server = fixture.Server;

    [Fact]
    public async Task GetStatement_PageByPageWhileLinesAreAdded_IsCompleteAndWithoutDuplicates()
    {
        var admin = await _server.CreateAdminAsync();
        var investor = await _server.RegisterInvestorAsync();
        foreach (var amount in Enumerable.Range(1, 25))
            (await admin.CreditAsync(investor.Id, amount, NewKey())).Expect(HttpStatusCode.Created);

        var amounts = new List<long>();
        string? cursor = null;
        do
        {
            var page = (await investor.GetAsync($"/api/wallet/transactions?limit=10{(cursor is null ? "" : $"&cursor={cursor}")}"))
                .Expect(HttpStatusCode.OK);
            amounts.AddRange(page.Data.EnumerateArray().Select(line => line.GetProperty("amount").GetInt64()));
            cursor = page.NextCursor();
            (await admin.CreditAsync(investor.Id, 1000, NewKey())).Expect(HttpStatusCode.Created);
        }
        while (cursor is not null);

        amounts.ShouldBe(Enumerable.Range(1, 25).Reverse().Select(amount => (long)amount));
    }

    [Fact]
    public async Task GetStatement_ByAnother_ShowsOnlyTheirOwn()
    {
        var admin = await _server.CreateAdminAsync();
        var investor = await _server.RegisterInvestorAsync();
        (await admin.CreditAsync(investor.Id, 5, NewKey())).Expect(HttpStatusCode.Created);
        var other = await _server.RegisterInvestorAsync();

        (await other.GetAsync("/api/wallet/transactions")).Expect(HttpStatusCode.OK).Data.GetArrayLength().ShouldBe(0);
        (await other.GetAsync($"/api/wallet/transactions?userId={investor.Id}"))
            .ExpectError(HttpStatusCode.BadRequest, "validation.failed");
    }

    [Theory]
    [InlineData("limit=0", "validation.failed")]
    [InlineData("limit=101", "validation.failed")]
    [InlineData("cursor=x", "page.invalid_cursor")]
    [InlineData("cursor=AAAAAAAAAAAAAAAAAAAAAA", "page.invalid_cursor")]
    public async Task GetStatement_WithABadQuery_IsRejected(string query, string code)
    {
        var investor = await _server.RegisterInvestorAsync();

        (await investor.GetAsync($"/api/wallet/transactions?{query}")).ExpectError(HttpStatusCode.BadRequest, code);
    }
}
