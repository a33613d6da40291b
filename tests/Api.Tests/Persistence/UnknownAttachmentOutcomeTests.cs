using System.Net;
using CleanMessaging.Domain.Users;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Api.Tests.Persistence;

/// <summary>
/// Tests a connection that breaks at the COMMIT of a send with attachments. Nothing of a message, its attachments and its charge is
/// stored without the rest.
/// </summary>
public sealed class UnknownAttachmentOutcomeTests(ProxiedServerFixture fixture) : IClassFixture<ProxiedServerFixture>
{
    private readonly ApiServer _server = fixture.Server;
    private readonly CountingProxy _proxy = fixture.Proxy;

    [Fact]
    public async Task SendMessage_AnswerToCommitLost_IsStoredBoundAndChargedOnce()
    {
        var (investor, startup, conversationId) = await PaidPairAsync();
        var id = await _server.AddAttachmentAsync(investor.Id, conversationId);
        await using var listener = await startup.ConnectAsync();
        await listener.JoinAsync(conversationId);
        var cuts = _proxy.Cuts;

        _proxy.CutAtCommit(CommitCut.Answer);
        var sent = await investor.SendAttachmentsAsync(conversationId, "", [id], Guid.CreateVersion7());

        (_proxy.Cuts - cuts).ShouldBe(1);
        sent.Expect(HttpStatusCode.OK).Data.GetProperty("attachments")[0].Id().ShouldBe(id);
        (await _server.MessageOfAsync(id)).ShouldBe(sent.Data.Id());
        (await listener.NextAsync("NewMessage")).GetProperty("message").GetRawText().ShouldBe(sent.Data.GetRawText());
        (await investor.BalanceAsync()).ShouldBe(90);
        await ShouldAddUpAsync();
    }

    [Fact]
    public async Task SendMessage_CommitNeverArrived_IsRepeatedAndBoundOnce()
    {
        var (investor, _, conversationId) = await PaidPairAsync();
        var id = await _server.AddAttachmentAsync(investor.Id, conversationId);
        var cuts = _proxy.Cuts;

        _proxy.CutAtCommit(CommitCut.Request);
        var sent = (await investor.SendAttachmentsAsync(conversationId, "", [id], Guid.CreateVersion7())).Expect(HttpStatusCode.Created);

        (_proxy.Cuts - cuts).ShouldBe(1);
        (await _server.MessageOfAsync(id)).ShouldBe(sent.Data.Id());
        (await investor.BalanceAsync()).ShouldBe(90);
        await ShouldAddUpAsync();
    }

    /// <summary>Without a client message id the server does not repeat the send, so the caller looks it up.</summary>
    [Fact]
    public async Task SendMessage_AnswerToCommitLostWithoutClientMessageId_IsInDoubtAndBoundWithItsMessage()
    {
        var (investor, _, conversationId) = await PaidPairAsync();
        var id = await _server.AddAttachmentAsync(investor.Id, conversationId);

        _proxy.CutAtCommit(CommitCut.Answer);
        (await investor.SendAttachmentsAsync(conversationId, "", [id])).ExpectError(HttpStatusCode.ServiceUnavailable, "storage.outcome_unknown");

        (await _server.MessageOfAsync(id)).ShouldNotBeNull();
        (await investor.SendAttachmentsAsync(conversationId, "", [id])).ExpectError(HttpStatusCode.Conflict, "attachment.already_sent");
        (await investor.BalanceAsync()).ShouldBe(90);
        await ShouldAddUpAsync();
    }

    private async Task<(TestUser Investor, TestUser Startup, Guid ConversationId)> PaidPairAsync()
    {
        var investor = await _server.CreateWithPointsAsync(UserRole.Investor, 100);
        var startup = await _server.RegisterStartupAsync();
        await _server.ExecuteAsync($"UPDATE message_quotas SET daily_free_limit = 0 WHERE user_id = '{investor.Id}'");

        return (investor, startup, await investor.ConversationWithAsync(startup));
    }

    private async Task ShouldAddUpAsync()
    {
        await _server.ShouldBindAllAttachmentsAsync();
        await _server.ShouldAddUpAsync();
    }
}
