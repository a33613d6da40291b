using System.Diagnostics;
using System.Net;
using CleanMessaging.Application.Storage;
using CleanMessaging.Domain.Users;
using CleanMessaging.Infrastructure.Persistence;
using CleanMessaging.Infrastructure.Realtime;
using CleanMessaging.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace CleanMessaging.Api.Tests.Persistence;

/// <summary>
/// Tests a connection that breaks at COMMIT, before or after PostgreSQL receives it. No user is charged twice, and the outcome is reported
/// as unknown only when it is.
/// </summary>
public sealed class UnknownOutcomeTests(ProxiedServerFixture fixture) : IClassFixture<ProxiedServerFixture>
{
    private readonly ApiServer _server = fixture.Server;
    private readonly CountingProxy _proxy = fixture.Proxy;

    [Fact]
    public async Task SendMessage_AnswerToCommitLost_IsAnsweredByTheSameRequestAndChargedOnce()
    {
        var (investor, startup, conversationId) = await PaidPairAsync();
        await using var listener = await startup.ConnectAsync();
        await listener.JoinAsync(conversationId);
        var cuts = _proxy.Cuts;

        _proxy.CutAtCommit(CommitCut.Answer);
        var sent = await investor.SendAsync(conversationId, "Once", Guid.CreateVersion7());

        (_proxy.Cuts - cuts).ShouldBe(1);
        sent.Expect(HttpStatusCode.OK).Headers.GetValues("Idempotency-Replayed").ShouldBe(["true"]);
        sent.Body.GetProperty("charge").GetProperty("points").GetInt64().ShouldBe(10);
        (await CountAsync(conversationId)).ShouldBe(1);
        (await investor.BalanceAsync()).ShouldBe(90);
        var received = await listener.NextAsync("NewMessage");
        received.GetProperty("message").GetProperty("id").GetGuid().ShouldBe(sent.Data.GetProperty("id").GetGuid());
        await _server.ShouldAddUpAsync();
    }

    [Fact]
    public async Task SendMessage_AnswerToCommitLostWithoutClientMessageId_IsInDoubtAndMayBeLookedUp()
    {
        var (investor, _, conversationId) = await PaidPairAsync();
        var cuts = _proxy.Cuts;

        _proxy.CutAtCommit(CommitCut.Answer);
        var sent = await investor.SendAsync(conversationId, "In doubt");

        (_proxy.Cuts - cuts).ShouldBe(1);
        sent.ExpectError(HttpStatusCode.ServiceUnavailable, "storage.outcome_unknown");
        sent.Headers.RetryAfter!.Delta.ShouldBe(TimeSpan.FromSeconds(1));
        sent.Body.GetProperty("retryable").GetBoolean().ShouldBeFalse();
        sent.Body.GetProperty("title").GetString().ShouldNotBeNull().ShouldContain("Check the current state");
        (await CountAsync(conversationId)).ShouldBe(1);
        await _server.ShouldAddUpAsync();
    }

    [Fact]
    public async Task SendMessage_InDoubt_NotifiesListenersToSync()
    {
        var (investor, startup, conversationId) = await PaidPairAsync();
        await using var listener = await startup.ConnectAsync();

        _proxy.CutAtCommit(CommitCut.Answer);
        (await investor.SendAsync(conversationId, "In doubt")).ExpectError(HttpStatusCode.ServiceUnavailable, "storage.outcome_unknown");

        await listener.NextAsync("SyncNeeded");
    }

    /// <summary>Tests a caller who disconnects between the lost answer to a COMMIT and the next attempt, which would publish the events.</summary>
    [Fact]
    public async Task AnyCommand_CanceledAfterAnUnknownOutcome_NotifiesClientsToSync()
    {
        var (investor, _, _) = await _server.RegisterPairAsync();
        await using var listener = await investor.ConnectAsync();
        using var deadline = new DatabaseDeadline();
        using var leaving = new CancellationTokenSource();
        var retries = new RetryPolicy(
            deadline, _server.Services.GetRequiredService<RealtimeNotifier>(), NullLogger<RetryPolicy>.Instance);

        await Should.ThrowAsync<OperationCanceledException>(() => retries.RunAsync<bool>(
            async attempt =>
            {
                attempt.TryBeginCommit().ShouldBeTrue();
                if (attempt.Number == 1)
                    throw new NpgsqlException("The connection was lost.");

                await leaving.CancelAsync();
                throw new OperationCanceledException(leaving.Token);
            },
            isIdempotent: true,
            leaving.Token));

        await listener.NextAsync("SyncNeeded");
    }

    [Fact]
    public async Task SendMessage_CommitNeverArrived_IsRepeatedAndStoredOnce()
    {
        var (investor, startup, conversationId) = await PaidPairAsync();
        await using var listener = await startup.ConnectAsync();
        await listener.JoinAsync(conversationId);
        var cuts = _proxy.Cuts;

        _proxy.CutAtCommit(CommitCut.Request);
        var sent = (await investor.SendAsync(conversationId, "Again", Guid.CreateVersion7())).Expect(HttpStatusCode.Created);

        (_proxy.Cuts - cuts).ShouldBe(1);
        (await CountAsync(conversationId)).ShouldBe(1);
        (await investor.BalanceAsync()).ShouldBe(90);
        var received = await listener.NextAsync("NewMessage");
        received.GetProperty("message").GetProperty("id").GetGuid().ShouldBe(sent.Data.GetProperty("id").GetGuid());
        await _server.ShouldAddUpAsync();
    }

    [Fact]
    public async Task SendMessage_CommitNeverArrivedAndADuplicateWasStored_SendsNoEventOfTheLostMessage()
    {
        var (investor, startup, conversationId) = await PaidPairAsync();
        await using var listener = await startup.ConnectAsync();
        await listener.JoinAsync(conversationId);
        var clientMessageId = Guid.CreateVersion7();
        var sameInvestor = fixture.Direct.As(investor);
        Guid? duplicate = null;

        _proxy.CutAtCommit(CommitCut.Request, beforeResponse: async () =>
        {
            var answer = await sameInvestor.SendAsync(conversationId, "Once", clientMessageId);
            duplicate = answer.Expect(HttpStatusCode.Created).Data.GetProperty("id").GetGuid();
        });
        var sent = (await investor.SendAsync(conversationId, "Once", clientMessageId)).Expect(HttpStatusCode.OK);
        var next = (await investor.SendAsync(conversationId, "Next", Guid.CreateVersion7())).Expect(HttpStatusCode.Created);

        sent.Data.GetProperty("id").GetGuid().ShouldBe(duplicate!.Value);
        var received = await listener.NextAsync("NewMessage");
        received.GetProperty("message").GetProperty("id").GetGuid().ShouldBe(next.Data.GetProperty("id").GetGuid());
        (await CountAsync(conversationId)).ShouldBe(2);
        await _server.ShouldAddUpAsync();
    }

    [Fact]
    public async Task SendMessage_EveryAnswerToCommitLost_GivesUpInDoubtWithinSixSecondsAndHasStoredOnce()
    {
        var (investor, _, conversationId) = await PaidPairAsync();
        var clientMessageId = Guid.CreateVersion7();
        var cuts = _proxy.Cuts;

        _proxy.CutAtCommit(CommitCut.Answer, times: 4);
        var sent = await investor.SendAsync(conversationId, "Once", clientMessageId)
            .WaitAsync(TimeSpan.FromSeconds(6), TestContext.Current.CancellationToken);

        (_proxy.Cuts - cuts).ShouldBe(4);
        sent.ExpectError(HttpStatusCode.ServiceUnavailable, "storage.outcome_unknown");
        sent.Body.GetProperty("retryable").GetBoolean().ShouldBeTrue();
        sent.Body.GetProperty("title").GetString().ShouldNotBeNull().ShouldContain("with the same clientMessageId");
        (await investor.SendAsync(conversationId, "Once", clientMessageId)).Expect(HttpStatusCode.OK);
        (await CountAsync(conversationId)).ShouldBe(1);
        (await investor.BalanceAsync()).ShouldBe(90);
        await _server.ShouldAddUpAsync();
    }

    [Fact]
    public async Task MarkRead_AnswerToCommitLost_MovesThePointerAndPublishesTheEvent()
    {
        var (investor, startup, conversationId) = await PaidPairAsync();
        (await investor.SendAsync(conversationId, "To be read")).Expect(HttpStatusCode.Created);
        await using var listener = await investor.ConnectAsync();
        await listener.JoinAsync(conversationId);
        var cuts = _proxy.Cuts;

        _proxy.CutAtCommit(CommitCut.Answer);
        var read = (await startup.MarkReadAsync(conversationId)).Expect(HttpStatusCode.OK);

        (_proxy.Cuts - cuts).ShouldBe(1);
        read.Data.GetProperty("lastReadSequence").GetInt64().ShouldBe(1);
        (await listener.NextAsync("Read")).GetProperty("lastReadSequence").GetInt64().ShouldBe(1);
    }

    [LongFact]
    public async Task SendMessage_DatabaseFallsSilent_IsRejectedWithinSixSeconds()
    {
        var (investor, _, conversationId) = await PaidPairAsync();
        var clientMessageId = Guid.CreateVersion7();

        Answer rejected;
        var started = Stopwatch.GetTimestamp();
        using (_proxy.GoSilent())
            rejected = await investor.SendAsync(conversationId, "Silence", clientMessageId);

        Stopwatch.GetElapsedTime(started).ShouldBeLessThan(TimeSpan.FromSeconds(6));
        rejected.Expect(HttpStatusCode.ServiceUnavailable).Headers.RetryAfter!.Delta.ShouldBe(TimeSpan.FromSeconds(1));
        (await investor.SendAsync(conversationId, "Silence", clientMessageId)).Expect(HttpStatusCode.Created);
        (await CountAsync(conversationId)).ShouldBe(1);
        await _server.ShouldAddUpAsync();
    }

    /// <summary>
    /// Tests that the outcome stays unknown when the attempts after it fail too, here with a lock time-out and then no response.
    /// </summary>
    [LongFact]
    public async Task SendMessage_InDoubtAndThenWithoutAnAnswer_IsNotCalledUnchanged()
    {
        const string Waiting = "SELECT coalesce(max(xact_start)::text, '') FROM pg_stat_activity WHERE datname = current_database() AND "
            + "wait_event_type = 'Lock'";
        var (investor, _, conversationId) = await PaidPairAsync();
        await using var holder = await LockHolder.HoldAsync(fixture.Direct, "SELECT 1");
        _proxy.CutAtCommit(
            CommitCut.Request,
            beforeResponse: () => holder.ExecuteAsync($"SELECT FROM message_quotas WHERE user_id = '{investor.Id}' FOR UPDATE"));

        var sending = investor.SendAsync(conversationId, "In doubt", Guid.CreateVersion7());
        var second = "";
        await Eventually.TrueAsync(
            async () => (second = await fixture.Direct.QueryAsync<string>(Waiting)).Length > 0, "No second attempt waits for the lock.");
        await Eventually.TrueAsync(
            async () =>
                await fixture.Direct.QueryAsync<string>(Waiting) is { Length: > 0 } third
                    && third != second, "No third attempt waits for the lock.");
        Answer sent;
        using (_proxy.GoSilent())
            sent = await sending;

        sent.ExpectError(HttpStatusCode.ServiceUnavailable, "storage.outcome_unknown");
        await _server.ShouldAddUpAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task SendMessage_CommitIsNeverAnswered_IsInDoubtAndNotCalledUnchanged(bool withClientMessageId)
    {
        var (investor, _, conversationId) = await PaidPairAsync();
        var clientMessageId = Guid.CreateVersion7();
        Task<Answer> Send() => withClientMessageId
            ? investor.SendAsync(conversationId, "Waiting", clientMessageId)
            : investor.SendAsync(conversationId, "Waiting");
        var started = Stopwatch.GetTimestamp();

        _proxy.CutAtCommit(CommitCut.Silence);
        var sent = await Send();

        Stopwatch.GetElapsedTime(started).ShouldBeLessThan(TimeSpan.FromSeconds(6));
        sent.ExpectError(HttpStatusCode.ServiceUnavailable, "storage.outcome_unknown");
        sent.Body.GetProperty("retryable").GetBoolean().ShouldBe(withClientMessageId);
        if (withClientMessageId)
            (await Send()).Expect(HttpStatusCode.OK);
        (await CountAsync(conversationId)).ShouldBe(1);
        await _server.ShouldAddUpAsync();
    }

    private async Task<(TestUser Investor, TestUser Startup, Guid ConversationId)> PaidPairAsync()
    {
        var investor = await _server.CreateWithPointsAsync(UserRole.Investor, 100);
        var admin = await _server.CreateAdminAsync();
        (await admin.PutAsync($"/api/admin/users/{investor.Id}/quota", new { dailyFreeLimit = 0, pointsPerMessage = (long?)null }))
            .Expect(HttpStatusCode.OK);
        var startup = await _server.RegisterStartupAsync();

        return (investor, startup, await investor.ConversationWithAsync(startup));
    }

    private Task<long> CountAsync(Guid conversationId) =>
        fixture.Direct.QueryAsync<long>($"SELECT count(*) FROM messages WHERE conversation_id = '{conversationId}'");
}
