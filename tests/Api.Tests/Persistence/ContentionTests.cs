using System.Diagnostics;
using System.Net;
using CleanMessaging.Application.Storage;
using CleanMessaging.Domain.Users;
using CleanMessaging.Infrastructure.Errors;
using CleanMessaging.Infrastructure.Persistence;
using CleanMessaging.Infrastructure.Postgres;
using CleanMessaging.Tests.Support;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace CleanMessaging.Api.Tests.Persistence;

/// <summary>
/// Tests requests that need a lock or connection that is in use: each is served after a short wait or rejected in time. None hangs, and
/// none is charged without a message.
/// </summary>
public sealed class ContentionTests(ApiServerFixture fixture) : IClassFixture<ApiServerFixture>
{
    private static readonly TimeSpan _longest = TimeSpan.FromSeconds(6);

    private readonly ApiServer _server = fixture.Server;

    [Fact]
    public async Task SendMessage_ConversationHeldForTooLong_IsRejectedInTimeAndFreeOfCharge()
    {
        var (investor, startup, conversationId) = await PaidPairAsync(_server);
        var elsewhere = await investor.ConversationWithAsync(await _server.RegisterStartupAsync());
        var clientMessageId = Guid.CreateVersion7();
        await using var holder = await HoldAsync($"SELECT 1 FROM conversations WHERE id = '{conversationId}' FOR UPDATE");

        var started = Stopwatch.GetTimestamp();
        var rejected = await startup.SendAsync(conversationId, "Blocked", clientMessageId);
        var took = Stopwatch.GetElapsedTime(started);
        (await investor.SendAsync(elsewhere, "Not blocked")).Expect(HttpStatusCode.Created);

        ExpectUnavailable(rejected);
        took.ShouldBeLessThan(_longest);
        (await CountAsync(conversationId)).ShouldBe(0);
        (await startup.QuotaAsync()).GetProperty("messagesSentToday").GetInt32().ShouldBe(0);
        await holder.DisposeAsync();
        (await startup.SendAsync(conversationId, "Blocked", clientMessageId)).Expect(HttpStatusCode.Created);
        await _server.ShouldAddUpAsync();
    }

    [Fact]
    public async Task SendMessage_ConversationHeldForAMoment_IsServedAfterIt()
    {
        var (investor, _, conversationId) = await PaidPairAsync(_server);
        await using var holder = await HoldAsync($"SELECT 1 FROM conversations WHERE id = '{conversationId}' FOR UPDATE");

        var sending = investor.SendAsync(conversationId, "Waits");
        await WaitForBlockedAsync(holder);
        await holder.DisposeAsync();

        (await sending).Expect(HttpStatusCode.Created);
        (await investor.BalanceAsync()).ShouldBe(90);
    }

    /// <summary>A change holds the conversation while it waits for its message. A send waits for it, and counts the change.</summary>
    [Theory]
    [InlineData("edit")]
    [InlineData("delete")]
    [InlineData("react")]
    [InlineData("expire")]
    public async Task SendMessage_WhileAChangeHoldsTheConversation_IsServedAfterIt(string change)
    {
        var (investor, startup, conversationId) = await PaidPairAsync(_server);
        var id = (await investor.SendAsync(conversationId, "First")).Data.Id();
        (await startup.SendAsync(conversationId, "Second")).Expect(HttpStatusCode.Created);
        await using var holder = await HoldAsync($"SELECT 1 FROM messages WHERE id = '{id}' FOR UPDATE");

        var changing = change switch
        {
            "edit" => investor.EditAsync(id, "Edited", version: 0),
            "delete" => investor.DeleteMessageAsync(id),
            "react" => investor.ReactAsync(id, "👍"),
            _ => investor.ExpireSoonerAsync(id, 1),
        };
        await WaitForBlockedAsync(holder);
        var sending = startup.SendAsync(conversationId, "Third");
        await holder.WaitForWaitingAsync(2);
        await holder.DisposeAsync();

        (await changing).Expect(HttpStatusCode.OK);
        var sent = (await sending).Expect(HttpStatusCode.Created).Data;
        (sent.Sequence(), sent.GetProperty("revision").GetInt64()).ShouldBe((3, 4));
        (await _server.QueryAsync<long>($"SELECT revision FROM messages WHERE id = '{id}'")).ShouldBe(3);
        await _server.ShouldAddUpAsync();
    }

    [Fact]
    public async Task SendMessage_ChosenAsTheVictimOfADeadlock_IsRepeated()
    {
        var (investor, _, conversationId) = await PaidPairAsync(_server);
        await using var other = await HoldAsync($"SELECT 1 FROM conversations WHERE id = '{conversationId}' FOR UPDATE");
        var before = await DeadlocksAsync(_server);

        // The send holds the lock on the sender's quota and waits for the conversation; now the other transaction waits for the quota.
        var sending = investor.SendAsync(conversationId, "In the way");
        await WaitForBlockedAsync(other);
        await other.ExecuteAsync($"SELECT 1 FROM message_quotas WHERE user_id = '{investor.Id}' FOR UPDATE");
        await other.DisposeAsync();

        (await sending).Expect(HttpStatusCode.Created);
        (await CountAsync(conversationId)).ShouldBe(1);
        (await investor.BalanceAsync()).ShouldBe(90);
        (await DeadlocksAsync(_server) - before).ShouldBe(1);
        await _server.ShouldAddUpAsync();
    }

    [Fact]
    public async Task SendMessage_CallerLeavesWhileItWaits_StoresNothing()
    {
        var (investor, _, conversationId) = await PaidPairAsync(_server);
        await using var holder = await HoldAsync($"SELECT 1 FROM conversations WHERE id = '{conversationId}' FOR UPDATE");
        using var leaving = new CancellationTokenSource();

        var sending = investor.Client.PostAsync(
            "/api/messages/send", System.Net.Http.Json.JsonContent.Create(new { conversationId, content = "Never mind" }), leaving.Token);
        await WaitForBlockedAsync(holder);
        await leaving.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => sending);
        await Eventually.TrueAsync(async () => await holder.BlocksAsync() == 0, "The server did not cancel the wait.");
        await holder.DisposeAsync();

        (await investor.SendAsync(conversationId, "After all"))
            .Expect(HttpStatusCode.Created).Data.GetProperty("sequence")
            .GetInt64()
            .ShouldBe(1);
        (await CountAsync(conversationId)).ShouldBe(1);
        (await investor.BalanceAsync()).ShouldBe(90);
        await _server.ShouldAddUpAsync();
    }

    [LongFact]
    public async Task SendMessage_ManyIntoAHeldConversation_LeaveThePoolToTheOthers()
    {
        var (investor, startup, conversationId) = await PaidPairAsync(_server);
        var (otherSender, _, elsewhere) = await PaidPairAsync(_server);
        await using var holder = await HoldAsync($"SELECT 1 FROM conversations WHERE id = '{conversationId}' FOR UPDATE");

        var started = Stopwatch.GetTimestamp();
        var blocked = Enumerable.Range(0, 60).Select(n => (n % 2 == 0 ? investor : startup).SendAsync(conversationId, "Blocked")).ToList();
        await WaitForBlockedAsync(holder);
        (await otherSender.SendAsync(elsewhere, "Not blocked")).Expect(HttpStatusCode.Created);
        var waiting = await _server.QueryAsync<long>(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'");

        // At most this many connections for each participant, regardless of how many of their sends wait.
        waiting.ShouldBeInRange(1, 2 * PerUserGate.AtOnce);
        foreach (var answer in await Task.WhenAll(blocked))
            ExpectUnavailable(answer);
        Stopwatch.GetElapsedTime(started).ShouldBeLessThan(_longest);
        (await CountAsync(conversationId)).ShouldBe(0);
        (await investor.BalanceAsync()).ShouldBe(100);
    }

    [LongFact]
    public async Task AnyRequest_OfManySlowStatements_EndsWithItsTime()
    {
        await using var scope = _server.Services.CreateAsyncScope();
        var context = scope.ServiceProvider.GetRequiredService<MessagingDbContext>();
        var served = 0;

        // Each statement stays well within the time-out of a single statement.
        var started = Stopwatch.GetTimestamp();
        var error = await Should.ThrowAsync<DatabaseTimeoutException>(async () =>
        {
            for (; served < 10; served++)
                await context.Database.ExecuteSqlAsync($"SELECT pg_sleep(0.9)", TestContext.Current.CancellationToken);
        });

        served.ShouldBeInRange(2, 4);
        Stopwatch.GetElapsedTime(started).ShouldBeLessThan(DatabaseDeadline.UntilCommit + TimeSpan.FromSeconds(1.5));
        ApiProblem.From(error).Code.ShouldBe("storage.unavailable");
    }

    [LongFact]
    public async Task EveryRequest_WithoutAFreeConnection_IsRejectedInTimeAndServedLater()
    {
        var small = new NpgsqlConnectionStringBuilder(_server.ConnectionString) { MaxPoolSize = 2 }.ConnectionString;
        await using var server = await fixture.StartAnotherAsync(new Dictionary<string, string?>(), connectionString: small);
        var (investor, _, conversationId) = await PaidPairAsync(server);
        var pool = server.Services.GetRequiredService<NpgsqlDataSource>();
        var poolOfSends = server.Services.GetRequiredKeyedService<NpgsqlDataSource>(PersistenceRegistration.Sends);
        var holders = new List<NpgsqlConnection>();
        foreach (var source in new[] { pool, pool, poolOfSends, poolOfSends })
            holders.Add(await source.OpenConnectionAsync(TestContext.Current.CancellationToken));

        var started = Stopwatch.GetTimestamp();
        var answers = await Task.WhenAll(
            investor.SendAsync(conversationId, "No room"),
            investor.SendAsync(conversationId, "No room", Guid.CreateVersion7()),
            investor.GetAsync("/api/messages/quota"),
            investor.GetAsync($"/api/messages?conversationId={conversationId}"),
            server.PostAsync("/api/auth/login", new { email = investor.Email, password = ApiServer.Password }));
        var took = Stopwatch.GetElapsedTime(started);
        foreach (var holder in holders)
            await holder.DisposeAsync();

        foreach (var answer in answers)
            ExpectUnavailable(answer);
        took.ShouldBeLessThan(_longest);
        (await investor.SendAsync(conversationId, "Room again")).Expect(HttpStatusCode.Created);
        (await CountAsync(conversationId)).ShouldBe(1);
        (await investor.BalanceAsync()).ShouldBe(90);
    }

    /// <summary>
    /// Returns the deadlocks that PostgreSQL counted in a server's database. A backend reports its count when it exits, so all connections
    /// are closed first.
    /// </summary>
    internal static async Task<long> DeadlocksAsync(ApiServer server)
    {
        server.Services.GetRequiredService<NpgsqlDataSource>().Clear();
        await Eventually.TrueAsync(
            async () => await server.QueryAsync<long>(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'CleanMessaging'") == 0,
            "The server's connections did not close.");

        return await server.QueryAsync<long>("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()");
    }

    private static void ExpectUnavailable(Answer rejected)
    {
        rejected.ExpectError(HttpStatusCode.ServiceUnavailable, "storage.unavailable");
        rejected.Headers.RetryAfter!.Delta.ShouldBe(TimeSpan.FromSeconds(1));
        rejected.Body.GetProperty("retryable").GetBoolean().ShouldBeTrue();
    }

    private static async Task<(TestUser Investor, TestUser Startup, Guid ConversationId)> PaidPairAsync(ApiServer server)
    {
        var investor = await server.CreateWithPointsAsync(UserRole.Investor, 100);
        await server.ExecuteAsync($"UPDATE message_quotas SET daily_free_limit = 0 WHERE user_id = '{investor.Id}'");
        var startup = await server.RegisterStartupAsync();

        return (investor, startup, await investor.ConversationWithAsync(startup));
    }

    private Task<long> CountAsync(Guid conversationId) =>
        _server.QueryAsync<long>($"SELECT count(*) FROM messages WHERE conversation_id = '{conversationId}'");

    private Task<LockHolder> HoldAsync(string sql) => LockHolder.HoldAsync(_server, sql);

    private static Task WaitForBlockedAsync(LockHolder holder) =>
        Eventually.TrueAsync(async () => await holder.BlocksAsync() > 0, "No statement waits for the lock.");
}
