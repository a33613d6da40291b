using System.Net;
using System.Text.Json;
using CleanMessaging.Domain.Users;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Api.Tests.Wallets;

public sealed class GetUserStatementTests(ApiServerFixture fixture) : IClassFixture<ApiServerFixture>
{
    private readonly ApiServer _server = fixture.Server;

    [Fact]
    public async Task GetUserStatement_PageByPage_HasTheUsersLinesAndWhatReversedThem()
    {
        var admin = await _server.CreateAdminAsync();
        var investor = await _server.CreateWithPointsAsync(UserRole.Investor, 100);
        var kept = (await admin.CreditAsync(investor.Id, 5, WalletSteps.NewKey())).Expect(HttpStatusCode.Created).Id();
        var mistaken = (await admin.CreditAsync(investor.Id, 7, WalletSteps.NewKey())).Expect(HttpStatusCode.Created).Id();
        var reversal = (await admin.ReverseAsync(mistaken)).Expect(HttpStatusCode.Created).Id();

        var first = (await admin.GetAsync(PathOf(investor.Id, "?limit=2"))).Expect(HttpStatusCode.OK);
        var cursor = first.Body.GetProperty("page").GetProperty("nextCursor").GetString().ShouldNotBeNull();
        var second = (await admin.GetAsync(PathOf(investor.Id, $"?limit=2&cursor={cursor}"))).Expect(HttpStatusCode.OK);

        var lines = first.Data.EnumerateArray().Concat(second.Data.EnumerateArray()).ToList();
        lines.Select(line => (line.GetProperty("type").GetString(), line.GetProperty("amount").GetInt64())).ShouldBe(
            [("REVERSAL", -7), ("TOPUP", 7), ("TOPUP", 5), ("GRANT", 100)]);
        lines.Select(ReversedBy).ShouldBe([null, reversal, null, null]);
        lines[2].GetProperty("id").GetGuid().ShouldBe(kept);
        second.Body.GetProperty("page").GetProperty("nextCursor").ValueKind.ShouldBe(JsonValueKind.Null);
        Without(lines, "reversedById")
            .ShouldBe(Without((await investor.GetAsync("/api/wallet/transactions")).Data.EnumerateArray(), "reversedById"));
    }

    [Fact]
    public async Task GetUserStatement_OfAnEmptyWallet_IsEmpty()
    {
        var investor = await _server.RegisterInvestorAsync();

        (await (await _server.CreateAdminAsync()).GetAsync(PathOf(investor.Id)))
            .Expect(HttpStatusCode.OK).Data.GetArrayLength()
            .ShouldBe(0);
    }

    [Fact]
    public async Task GetUserStatement_OfAnUnknownUser_IsNotFound() =>
        (await (await _server.CreateAdminAsync()).GetAsync(PathOf(Guid.CreateVersion7())))
            .ExpectError(HttpStatusCode.NotFound, "user.not_found");

    [Theory]
    [InlineData("?limit=0", "validation.failed")]
    [InlineData("?limit=101", "validation.failed")]
    [InlineData("?cursor=x", "page.invalid_cursor")]
    public async Task GetUserStatement_WithABadPage_IsRejected(string query, string code)
    {
        var investor = await _server.RegisterInvestorAsync();

        (await (await _server.CreateAdminAsync()).GetAsync(PathOf(investor.Id, query))).ExpectError(HttpStatusCode.BadRequest, code);
    }

    private static string PathOf(Guid userId, string query = "") => $"/api/admin/users/{userId}/wallet/transactions{query}";

    private static Guid? ReversedBy(JsonElement line) =>
        line.GetProperty("reversedById") is { ValueKind: JsonValueKind.String } id ? id.GetGuid() : null;

    private static IEnumerable<string> Without(IEnumerable<JsonElement> lines, string member) =>
        lines.Select(
            line =>
                string.Join(
                    ", ", line.EnumerateObject().Where(property => property.Name != member).Select(property => property.ToString())));
}
