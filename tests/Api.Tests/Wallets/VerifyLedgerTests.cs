using System.Net;
using System.Text.Json;
using CleanMessaging.Application.Wallets.Verification;
using CleanMessaging.Domain.Users;
using CleanMessaging.Infrastructure.Persistence.Wallets;
using CleanMessaging.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace CleanMessaging.Api.Tests.Wallets;

public sealed class VerifyLedgerTests(TestPostgres postgres)
{
    internal static readonly TestSize Walks = new(3, 8, "verifications of a ledger in use");
    internal static readonly TestSize Damages = new(3, 12, "random combinations of ledger damages");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task VerifyLedger_OfAnHonestLedger_FindsNothing()
    {
        await using var server = await ApiServer.StartAsync(postgres);
        await RegisterWithAPaidMessageAsync(server);

        var verification = await VerifyAsync(server);

        verification.Data.Members()
            .ShouldBe(["consistent", "wallets", "transactions", "messages", "reversals", "totalBalance", "differences"]);
        verification.Data.GetProperty("consistent").GetBoolean().ShouldBeTrue();
        verification.Data.GetProperty("transactions").GetInt64().ShouldBe(2);
        verification.Data.GetProperty("totalBalance").GetInt64().ShouldBe(90);
        verification.Data.GetProperty("messages").GetInt64().ShouldBe(1);
        verification.Data.GetProperty("differences").GetArrayLength().ShouldBe(0);
        verification.Body.GetProperty("page").GetProperty("nextCursor").ValueKind.ShouldBe(JsonValueKind.Null);
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

    [Fact]
    public async Task VerifyLedger_AfterTheSenderOfAPaidMessageWasChanged_NamesTheMessage()
    {
        await using var server = await ApiServer.StartAsync(postgres);
        var (_, messageId) = await RegisterWithAPaidMessageAsync(server);
        var other = await server.RegisterInvestorAsync();
        await server.ExecuteAsync($"UPDATE messages SET sender_id = '{other.Id}' WHERE id = '{messageId}'");

        ShouldDiffer(await VerifyAsync(server), "message", messageId, expected: 10, actual: 0);
    }

    [Theory]
    [InlineData("UPDATE wallet_transactions SET amount = amount")]
    [InlineData("UPDATE wallet_transactions SET reason = 'Prettier'")]
    [InlineData("DELETE FROM wallet_transactions")]
    [InlineData("TRUNCATE wallet_transactions")]
    [InlineData("TRUNCATE wallets CASCADE")]
    [InlineData("TRUNCATE users CASCADE")]
    public async Task VerifyLedger_TheDatabaseItself_RejectsToChangeALine(string statement)
    {
        await using var server = await ApiServer.StartAsync(postgres);
        await RegisterWithAPaidMessageAsync(server);

        var rejection = await Should.ThrowAsync<PostgresException>(server.ExecuteAsync(statement));

        rejection.SqlState.ShouldBe("23001");
        (await server.QueryAsync<long>("SELECT count(*) FROM wallet_transactions")).ShouldBe(2);
        await server.ShouldAddUpAsync();
    }

    [LongFact]
    public async Task VerifyLedger_StepByStep_FindsWhatOneStatementFinds()
    {
        await using var server = await StartInSlicesAsync();
        var admin = await server.CreateAdminAsync();
        var random = new Random(20261128);
        IReadOnlyList<string>[] cases =
        [
            [],
            .. LedgerDamage.Kinds.Select(kind => new[] { kind.Statement }),
            .. Enumerable.Range(0, Damages.Value)
            .Select(_ => LedgerDamage.Kinds.OrderBy(_ => random.Next()).Take(random.Next(2, 6)).Select(kind => kind.Statement).ToList()),
        ];
        var damaged = 0;
        foreach (var statements in cases)
        {
            await server.ExecuteAsync("SET session_replication_role = replica; TRUNCATE wallet_transactions, wallets, messages CASCADE");
            await LedgerDamage.MakeLedgerAsync(server, wallets: 14, seed: random.Next(12));
            foreach (var statement in statements)
                await LedgerDamage.DamageAsync(server, statement, random.Next());

            var expected = await LedgerDamage.FindAllAtOnceAsync(server);
            var found = await WalkAsync(admin);

            found.Differences.ShouldBe(expected, ignoreOrder: true, string.Join("; ", statements));
            found.Consistent.ShouldBe(expected.Count == 0);
            found.Steps.ShouldBeGreaterThan(10);
            found.Wallets.ShouldBe(await server.QueryAsync<long>("SELECT count(*) FROM wallets"));
            found.Transactions.ShouldBe(await server.QueryAsync<long>("SELECT count(*) FROM wallet_transactions"));
            found.Messages.ShouldBe(await server.QueryAsync<long>("SELECT count(*) FROM messages WHERE points_charged > 0"));
            found.TotalBalance.ShouldBe(await server.QueryAsync<long>("SELECT coalesce(sum(balance), 0)::bigint FROM wallets"));
            damaged += expected.Count > 0 ? 1 : 0;
        }

        damaged.ShouldBeGreaterThan(LedgerDamage.Kinds.Count);
    }

    [Fact]
    public async Task VerifyLedger_WhileUsersPayAndAdminsCredit_FindsNothing()
    {
        await using var server = await StartInSlicesAsync();
        var admin = await server.CreateAdminAsync();
        var payers = new List<(TestUser User, Guid ConversationId)>();
        for (var number = 0; number < 4; number++)
        {
            var investor = await server.CreateWithPointsAsync(UserRole.Investor, 10_000);
            payers.Add((investor, await investor.ConversationWithAsync(await server.RegisterStartupAsync())));
        }

        await server.ExecuteAsync("UPDATE message_quotas SET daily_free_limit = 0");
        using var enough = new CancellationTokenSource();
        var paying = payers.Select(payer => PayAsync(admin, payer.User, payer.ConversationId, enough.Token)).ToList();
        var verified = new List<Walk>();
        do
        {
            verified.Add(await WalkAsync(admin));
        }
        while (verified.Count < Walks.Value || verified[^1].Transactions < 25 * Walks.Value);

        await enough.CancelAsync();
        (await Task.WhenAll(paying)).Sum().ShouldBeGreaterThan(12 * Walks.Value);

        verified.ShouldAllBe(walk => walk.Consistent && walk.Differences.Count == 0);
        verified[^1].Transactions.ShouldBeGreaterThan(verified[0].Transactions);
    }

    [Fact]
    public async Task VerifyLedger_OfMoreDifferencesThanItReports_CountsTheFirstHundredInAllSteps()
    {
        await using var server = await StartInSlicesAsync();
        var admin = await server.CreateAdminAsync();
        await LedgerDamage.MakeLedgerAsync(server, wallets: 130, seed: 1);
        await server.ExecuteAsync("UPDATE wallets SET balance = balance + 1");

        var found = await WalkAsync(admin);

        found.Differences.Count.ShouldBe(100);
        found.Wallets.ShouldBe(131);
        found.Consistent.ShouldBeFalse();
    }

    [Fact]
    public async Task VerifyLedger_WithEveryConnectionOfThePoolTaken_IsAnswered()
    {
        await using var server = await ApiServer.StartAsync(postgres);
        await RegisterWithAPaidMessageAsync(server);
        var admin = await server.CreateAdminAsync();
        var pool = server.Services.GetRequiredService<NpgsqlDataSource>();
        var taken = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => pool.OpenConnectionAsync(Cancellation).AsTask()));

        var verification = await admin.GetAsync("/api/admin/wallets/verify");

        foreach (var connection in taken)
            await connection.DisposeAsync();

        verification.Expect(HttpStatusCode.OK).Data.GetProperty("consistent").GetBoolean().ShouldBeTrue();
        (await server.QueryAsync<long>("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'CleanMessaging.Verify' AND datname = current_database()")).ShouldBe(1);
    }

    [LongFact]
    public async Task VerifyLedger_WhileAnotherOneDoesNotEnd_IsBusyAndServedAfterwards()
    {
        await using var server = await ApiServer.StartAsync(postgres);
        var admin = await server.CreateAdminAsync();
        await using (await server.Services.GetRequiredService<ILedgerReader>().OpenAsync(Cancellation))
        {
            var rejected = await admin.GetAsync("/api/admin/wallets/verify");
            rejected.ExpectError(HttpStatusCode.ServiceUnavailable, "server.busy");
            rejected.Headers.RetryAfter.ShouldNotBeNull();
        }

        (await admin.GetAsync("/api/admin/wallets/verify")).Expect(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("")]
    [InlineData("cursor")]
    [InlineData("AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public async Task VerifyLedger_WithACursorOfAnotherList_IsRejected(string cursor)
    {
        await using var server = await ApiServer.StartAsync(postgres);

        (await (await server.CreateAdminAsync()).GetAsync($"/api/admin/wallets/verify?cursor={cursor}"))
            .ExpectError(HttpStatusCode.BadRequest, "page.invalid_cursor");
    }

    [LongFact]
    public async Task VerifyLedger_WithAnyNumbersInTheCursor_IsAnswered()
    {
        await using var server = await ApiServer.StartAsync(postgres);
        await RegisterWithAPaidMessageAsync(server);
        var admin = await server.CreateAdminAsync();
        var random = new Random(20261128);
        for (var attempt = 0; attempt < 200; attempt++)
        {
            var cursor = new LedgerPosition(
                (LedgerPhase)random.Next(3),
                new Guid(random.Next(), 0, 0, new byte[8]),
                new AccountSum(Any(), Any(), Int128.MaxValue - Any()),
                new LedgerTotals(long.MaxValue, long.MaxValue, long.MaxValue, long.MaxValue, Int128.MinValue, random.Next(int.MaxValue)));

            (await admin.GetAsync($"/api/admin/wallets/verify?cursor={cursor}")).Expect(HttpStatusCode.OK);
        }

        long Any() => random.Next(4) switch { 0 => long.MaxValue, 1 => long.MinValue, 2 => 0, _ => random.NextInt64() };
    }

    /// <summary>Starts a server that reads a few rows at a time and ends a step after each slice.</summary>
    private Task<ApiServer> StartInSlicesAsync() => ApiServer.StartAsync(
        postgres,
        new Dictionary<string, string?> { ["Limits:UserBurst"] = "1000000" },
        services: services => services.AddSingleton<TimeProvider>(new HurriedClock()).AddSingleton(new SliceSize(min: 2, max: 5)));

    private static async Task<int> PayAsync(TestUser admin, TestUser user, Guid conversationId, CancellationToken enough)
    {
        var paid = 0;
        while (!enough.IsCancellationRequested)
        {
            (await user.SendAsync(conversationId, "Paid")).Expect(HttpStatusCode.Created).Charge().ShouldBe(10);
            var credit = (await admin.CreditAsync(user.Id, 10, WalletSteps.NewKey())).Expect(HttpStatusCode.Created);
            if (++paid % 5 == 0)
                (await admin.ReverseAsync(credit.Id())).Expect(HttpStatusCode.Created);
        }

        return paid;
    }

    /// <summary>Verifies the whole ledger, step by step.</summary>
    private static async Task<Walk> WalkAsync(TestUser admin)
    {
        var differences = new List<LedgerDifference>();
        var query = "";
        for (var steps = 1; ; steps++)
        {
            var step = (await admin.GetAsync($"/api/admin/wallets/verify{query}")).Expect(HttpStatusCode.OK);
            differences.AddRange(step.Data.GetProperty("differences").EnumerateArray().Select(difference => new LedgerDifference(
                difference.GetProperty("kind").GetString()!,
                difference.GetProperty("subjectId").GetGuid(),
                difference.GetProperty("expected").GetInt64(),
                difference.GetProperty("actual").GetInt64())));
            var consistent = step.Data.GetProperty("consistent");
            if (step.Body.GetProperty("page").GetProperty("nextCursor").GetString() is { } cursor)
            {
                consistent.ValueKind.ShouldBe(differences.Count == 0 ? JsonValueKind.Null : JsonValueKind.False);
                query = $"?cursor={cursor}";
                continue;
            }

            return new Walk(
                steps,
                consistent.GetBoolean(),
                step.Data.GetProperty("wallets").GetInt64(),
                step.Data.GetProperty("transactions").GetInt64(),
                step.Data.GetProperty("messages").GetInt64(),
                step.Data.GetProperty("totalBalance").GetInt64(),
                differences);
        }
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

    private sealed record Walk(
        int Steps,
        bool Consistent,
        long Wallets,
        long Transactions,
        long Messages,
        long TotalBalance,
        IReadOnlyList<LedgerDifference> Differences);

    /// <summary>Clock whose timestamp advances by one hour at each reading.</summary>
    private sealed class HurriedClock : TimeProvider
    {
        private long _timestamp;

        public override long GetTimestamp() => Interlocked.Add(ref _timestamp, TimestampFrequency * 3600);
    }
}
