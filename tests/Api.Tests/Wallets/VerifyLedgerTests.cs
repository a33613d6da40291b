using System.Net;
using CleanMessaging.Domain.Users;
using CleanMessaging.Tests.Support;
using Npgsql;

namespace CleanMessaging.Api.Tests.Wallets;

public sealed class VerifyLedgerTests(TestPostgres postgres)
{
    [Fact]
    public async Task VerifyLedger_OfAnHonestLedger_FindsNothing()
    {
        await using var server = await ApiServer.StartAsync(postgres);
        await RegisterWithAPaidMessageAsync(server);

        var verification = await VerifyAsync(server);

        verification.Data.Members().ShouldBe(["consistent", "wallets", "transactions", "totalBalance", "differences"]);
        verification.Data.GetProperty("consistent").GetBoolean().ShouldBeTrue();
        verification.Data.GetProperty("transactions").GetInt64().ShouldBe(2);
        verification.Data.GetProperty("totalBalance").GetInt64().ShouldBe(90);
        verification.Data.GetProperty("differences").GetArrayLength().ShouldBe(0);
    }

    [Fact]
    public async Task VerifyLedger_AfterABalanceWasTamperedWith_NamesTheWallet()
    {
        await using var server = await ApiServer.StartAsync(postgres);
        var (investor, _) = await RegisterWithAPaidMessageAsync(server);
        await server.ExecuteAsync($"UPDATE wallets SET balance = balance + 7 WHERE user_id = '{investor.Id}'");

        ShouldDiffer(await VerifyAsync(server), "balance", investor.Id, expected: 90, actual: 97);
    }

    [Fact]
    public async Task VerifyLedger_AfterAChargeWasTamperedWith_NamesTheMessage()
    {
        await using var server = await ApiServer.StartAsync(postgres);
        var (_, messageId) = await RegisterWithAPaidMessageAsync(server);
        await server.ExecuteAsync($"UPDATE messages SET points_charged = 0 WHERE id = '{messageId}'");

        ShouldDiffer(await VerifyAsync(server), "message", messageId, expected: 0, actual: 10);
    }

    [Theory]
    [InlineData("UPDATE wallet_transactions SET amount = amount")]
    [InlineData("UPDATE wallet_transactions SET reason = 'Prettier'")]
    [InlineData("DELETE FROM wallet_transactions")]
    [InlineData("TRUNCATE wallet_transactions")]
    [InlineData("TRUNCATE wallets CASCADE")]
    [InlineData("TRUNCATE users CASCADE")]
    public async Task VerifyLedger_TheDatabaseItself_RefusesToChangeALine(string statement)
    {
        await using var server = await ApiServer.StartAsync(postgres);
        await RegisterWithAPaidMessageAsync(server);

        var refusal = await Should.ThrowAsync<PostgresException>(server.ExecuteAsync(statement));

        refusal.SqlState.ShouldBe("23001");
        (await server.QueryAsync<long>("SELECT count(*) FROM wallet_transactions")).ShouldBe(2);
        await server.ShouldAddUpAsync();
    }

    private static async Task<(TestUser Investor, Guid MessageId)> RegisterWithAPaidMessageAsync(ApiServer server)
    {
        var investor = await server.CreateWithPointsAsync(UserRole.Investor, 100);
        var conversationId = await investor.ConversationWithAsync(await server.RegisterStartupAsync());
        await server.ExecuteAsync($"UPDATE message_quotas SET daily_free_limit = 0 WHERE user_id = '{investor.Id}'");
        var message = (await investor.SendAsync(conversationId, "Paid")).Expect(HttpStatusCode.Created);
        message.Charge().ShouldBe(10);

        return (investor, message.Id());
    }

    private static async Task<Answer> VerifyAsync(ApiServer server) =>
        (await (await server.CreateAdminAsync()).GetAsync("/api/admin/wallets/verify")).Expect(HttpStatusCode.OK);

    private static void ShouldDiffer(Answer verification, string kind, Guid subjectId, long expected, long actual)
    {
        verification.Data.GetProperty("consistent").GetBoolean().ShouldBeFalse();
        var difference = verification.Data.GetProperty("differences").EnumerateArray().ShouldHaveSingleItem();
        difference.GetProperty("kind").GetString().ShouldBe(kind);
        difference.GetProperty("subjectId").GetGuid().ShouldBe(subjectId);
        difference.GetProperty("expected").GetInt64().ShouldBe(expected);
        difference.GetProperty("actual").GetInt64().ShouldBe(actual);
    }
}
