using System.Net;
using CleanMessaging.Api.Tests.Accounts;
using CleanMessaging.Domain.Users;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Api.Tests.Messages;

/// <summary>
/// Tests that a message to a deactivated user is rejected before it is counted or charged, in a batch and outside a batch.
/// </summary>
public sealed class SendToDeactivatedTests(ApiServerFixture fixture) : IClassFixture<ApiServerFixture>
{
    private const string Unavailable = "conversation.recipient_unavailable";

    private readonly ApiServer _server = fixture.Server;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task SendMessage_ToADeactivatedUser_IsRejectedAndCostsNothing(bool hasSentBefore)
    {
        var (sender, recipient, conversationId) = await PairAsync(points: 100, freeLimit: hasSentBefore ? 1 : 0);
        if (hasSentBefore)
            (await sender.SendAsync(conversationId, "Before")).Expect(HttpStatusCode.Created);
        await DeactivateAsync(recipient);
        var before = await _server.CountsAsync();

        var answer = await sender.SendAsync(conversationId, "After");

        answer.ExpectError(HttpStatusCode.Conflict, Unavailable);
        answer.Body.GetProperty("retryable").GetBoolean().ShouldBeFalse();
        (await _server.CountsAsync()).ShouldBe(before);
        (await sender.BalanceAsync()).ShouldBe(100);
    }

    [Fact]
    public async Task SendMessage_ByADeactivatedUsersOldClientMessageId_IsStillReplayed()
    {
        var (sender, recipient, conversationId) = await PairAsync(points: 0, freeLimit: 20);
        var clientMessageId = Guid.CreateVersion7();
        var sent = (await sender.SendAsync(conversationId, "Once", clientMessageId)).Expect(HttpStatusCode.Created);
        await DeactivateAsync(recipient);

        (await sender.SendAsync(conversationId, "Once", clientMessageId)).Expect(HttpStatusCode.OK).Data.Id().ShouldBe(sent.Data.Id());
    }

    [Fact]
    public async Task SendMessage_ToAReactivatedUser_IsAcceptedAgain()
    {
        var (sender, recipient, conversationId) = await PairAsync(points: 0, freeLimit: 20);
        var admin = await DeactivateAsync(recipient);
        (await sender.SendAsync(conversationId, "Rejected")).ExpectError(HttpStatusCode.Conflict, Unavailable);
        (await admin.ReactivateAsync(recipient.Id)).Expect(HttpStatusCode.OK);

        (await sender.SendAsync(conversationId, "Accepted")).Expect(HttpStatusCode.Created).Data.Sequence().ShouldBe(1);
    }

    [Fact]
    public async Task SendMessage_ByANonParticipantToADeactivatedUser_IsNotFound()
    {
        var (_, recipient, conversationId) = await PairAsync(points: 0, freeLimit: 20);
        var other = await _server.RegisterInvestorAsync();
        await DeactivateAsync(recipient);

        (await other.SendAsync(conversationId, "Hello")).ExpectError(HttpStatusCode.NotFound, "conversation.not_found");
    }

    /// <summary>Tests the path outside a batch: a batch aborts on a locked row, and its sends then run one by one under locks.</summary>
    [Fact]
    public async Task SendMessage_ToADeactivatedUserUnderLocks_IsRejectedAndCostsNothing()
    {
        var (sender, recipient, conversationId) = await PairAsync(points: 100, freeLimit: 0);
        await DeactivateAsync(recipient);
        Task<Answer> sending;
        await using (
            var holder = await LockHolder.HoldAsync(_server, $"SELECT 1 FROM conversations WHERE id = '{conversationId}' FOR UPDATE"))
        {
            await holder.ExecuteAsync($"SELECT 1 FROM message_quotas WHERE user_id = '{sender.Id}' FOR UPDATE");
            sending = sender.SendAsync(conversationId, "After");
        }

        (await sending).ExpectError(HttpStatusCode.Conflict, Unavailable);
        (await sender.BalanceAsync()).ShouldBe(100);
    }

    [Fact]
    public async Task SendMessage_WhileTheRecipientIsBeingDeactivated_IsChargedOrRejectedAndNeverAcceptedAfterwards()
    {
        var (sender, recipient, conversationId) = await PairAsync(points: 10_000, freeLimit: 0);
        (await sender.SendAsync(conversationId, "Known to the server")).Expect(HttpStatusCode.Created);
        var admin = await _server.CreateAdminAsync();
        using var deactivated = new CancellationTokenSource();
        var lateAccepted = 0;
        var accepted = 1;

        var senders = Enumerable.Range(0, 8).Select(async _ =>
        {
            for (var number = 0; number < 60; number++)
            {
                var isLate = deactivated.IsCancellationRequested;
                var answer = await sender.SendAsync(conversationId, $"Message {number}");
                (answer.Status is HttpStatusCode.Created or HttpStatusCode.Conflict).ShouldBeTrue(answer.Text);
                if (answer.Status != HttpStatusCode.Created)
                    continue;

                Interlocked.Increment(ref accepted);
                if (isLate)
                    Interlocked.Increment(ref lateAccepted);
            }
        }).ToList();
        await Eventually.TrueAsync(() => Volatile.Read(ref accepted) > 20, "too few messages were accepted before the deactivation");
        (await admin.DeactivateAsync(recipient.Id)).Expect(HttpStatusCode.OK);
        await deactivated.CancelAsync();
        await Task.WhenAll(senders);

        lateAccepted.ShouldBe(0, "messages were accepted after the deactivation had been answered");
        (await sender.BalanceAsync()).ShouldBe(10_000 - (10 * accepted));
        await _server.ShouldAddUpAsync();
    }

    private async Task<TestUser> DeactivateAsync(TestUser user)
    {
        var admin = await _server.CreateAdminAsync();
        (await admin.DeactivateAsync(user.Id)).Expect(HttpStatusCode.OK);

        return admin;
    }

    private async Task<(TestUser Sender, TestUser Recipient, Guid ConversationId)> PairAsync(long points, int freeLimit)
    {
        var sender = await _server.CreateWithPointsAsync(UserRole.Investor, points);
        var recipient = await _server.RegisterStartupAsync();
        await _server.ExecuteAsync($"UPDATE message_quotas SET daily_free_limit = {freeLimit} WHERE user_id = '{sender.Id}'");

        return (sender, recipient, await sender.ConversationWithAsync(recipient));
    }
}
