using System.Net;
using CleanMessaging.Domain.Users;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Api.Tests.Conversations;

public sealed class GetConversationTests(ApiServerFixture fixture) : IClassFixture<ApiServerFixture>
{
    private readonly ApiServer _server = fixture.Server;

    [Fact]
    public async Task GetConversation_ByAParticipant_IsWhatTheListShows()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        (await investor.SendAsync(conversationId, "Hello")).Expect(HttpStatusCode.Created);
        (await startup.MarkReadAsync(conversationId)).Expect(HttpStatusCode.OK);

        foreach (var viewer in new[] { investor, startup })
        {
            var conversation = (await viewer.GetAsync($"/api/conversations/{conversationId}")).Expect(HttpStatusCode.OK).Data;
            conversation.GetRawText().ShouldBe((await viewer.GetAsync("/api/conversations")).Data[0].GetRawText());
            conversation.GetProperty("participants").EnumerateArray()
                .ToDictionary(
                    participant => participant.GetProperty("userId").GetGuid(),
                    participant => participant.GetProperty("lastReadSequence").GetInt64())
                .ShouldBe(new Dictionary<Guid, long> { [investor.Id] = 0, [startup.Id] = 1 }, ignoreOrder: true);
        }
    }

    [Theory]
    [InlineData(UserRole.Investor)]
    [InlineData(UserRole.Startup)]
    [InlineData(UserRole.Admin)]
    public async Task GetConversation_ByANonParticipant_IsNotFound(UserRole role)
    {
        var (investor, _, conversationId) = await _server.RegisterPairAsync();
        var message = (await investor.SendAsync(conversationId, "Private")).Expect(HttpStatusCode.Created);
        var nonParticipant = role == UserRole.Admin ? await _server.CreateAdminAsync() : await _server.CreateWithPointsAsync(role, 100);
        var unknownId = Guid.CreateVersion7();

        await ShouldBeAlikeAsync(id => nonParticipant.GetAsync($"/api/conversations/{id}"));
        await ShouldBeAlikeAsync(id => nonParticipant.GetAsync($"/api/messages?conversationId={id}"));
        await ShouldBeAlikeAsync(id => nonParticipant.GetAsync($"/api/messages?conversationId={id}&before={message.Id()}"));
        await ShouldBeAlikeAsync(id => nonParticipant.GetAsync($"/api/messages?conversationId={id}&after={Guid.CreateVersion7()}"));
        await ShouldBeAlikeAsync(id => nonParticipant.SendAsync(id, "Let me in"));
        await ShouldBeAlikeAsync(id => nonParticipant.SendAsync(id, "Let me in", Guid.CreateVersion7()));
        await ShouldBeAlikeAsync(id => nonParticipant.MarkReadAsync(id));
        await ShouldBeAlikeAsync(
            id => nonParticipant.PostAsync("/api/messages/read", new { conversationId = id, messageIds = new[] { message.Id() } }));
        (await nonParticipant.QuotaAsync()).GetProperty("messagesSentToday").GetInt32().ShouldBe(0);
        (await nonParticipant.BalanceAsync()).ShouldBe(role == UserRole.Admin ? 0 : 100);

        async Task ShouldBeAlikeAsync(Func<Guid, Task<Answer>> request)
        {
            var foreign = await request(conversationId);
            var unknown = await request(unknownId);
            foreign.ExpectError(HttpStatusCode.NotFound, "conversation.not_found");
            foreign.WithoutTrace().ShouldBe(unknown.WithoutTrace());
            HeadersOf(foreign).ShouldBe(HeadersOf(unknown));
        }
    }

    [Theory]
    [InlineData("00000000-0000-0000-0000-000000000000")]
    [InlineData("{019ab0de-1111-7000-8000-000000000001}")]
    [InlineData("019AB0DE-1111-7000-8000-000000000001")]
    [InlineData("019ab0de111170008000000000000001")]
    [InlineData("019ab0de-1111-7000-8000-0000000000011")]
    [InlineData("x")]
    public async Task GetConversation_WithAnIdOfAnotherForm_IsRejected(string id)
    {
        var investor = await _server.RegisterInvestorAsync();

        (await investor.GetAsync($"/api/conversations/{id}"))
            .ExpectError(HttpStatusCode.BadRequest, "validation.failed")
            .FaultsOf("id").Count.ShouldBe(1);
        (await investor.GetAsync($"/api/messages?conversationId={id}")).FaultsOf("conversationId").Count.ShouldBe(1);
    }

    private static string HeadersOf(Answer answer) =>
        string.Join(
            '\n', answer.Headers.Where(header => header.Key != "Date").Select(header => $"{header.Key}: {string.Join(',', header.Value)}"));
}
