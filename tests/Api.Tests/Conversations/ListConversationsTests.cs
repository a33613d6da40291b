using System.Net;
using System.Text.Json;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Api.Tests.Conversations;

public sealed class ListConversationsTests(ApiServerFixture fixture) : IClassFixture<ApiServerFixture>
{
    private readonly ApiServer _server = fixture.Server;

    [Fact]
    public async Task ListConversations_OfANewUser_IsEmpty()
    {
        var list = (await (await _server.RegisterInvestorAsync()).GetAsync("/api/conversations")).Expect(HttpStatusCode.OK);

        list.Text.ShouldBe("""{"success":true,"data":[],"page":{"nextCursor":null}}""");
    }

    [Fact]
    public async Task ListConversations_AfterAMessage_HasItsConversationFirstAlsoOnceItExpires()
    {
        var (investor, conversations) = await RegisterWithConversationsAsync(3);
        (await IdsAsync(investor)).ShouldBe(conversations.Reverse());

        (await investor.SendAsync(conversations[0], "To the front")).Expect(HttpStatusCode.Created);
        Guid[] expected = [conversations[0], conversations[2], conversations[1]];
        (await IdsAsync(investor)).ShouldBe(expected);

        await _server.ExpireAsync(conversations[0], "true");
        (await IdsAsync(investor)).ShouldBe(expected);
    }

    [Fact]
    public async Task ListConversations_PageByPage_IsCompleteAndWithoutDuplicates()
    {
        var (investor, conversations) = await RegisterWithConversationsAsync(5);

        var first = (await investor.GetAsync("/api/conversations?limit=2")).Expect(HttpStatusCode.OK);
        var second = (await investor.GetAsync($"/api/conversations?limit=2&cursor={first.NextCursor()}")).Expect(HttpStatusCode.OK);
        var third = (await investor.GetAsync($"/api/conversations?limit=2&cursor={second.NextCursor()}")).Expect(HttpStatusCode.OK);

        Ids(first).Concat(Ids(second)).Concat(Ids(third)).ShouldBe(conversations.Reverse());
        Ids(third).Count.ShouldBe(1);
        third.NextCursor().ShouldBeNull();
    }

    [Theory]
    [InlineData("cursor=x", "page.invalid_cursor")]
    [InlineData("cursor=not*base64", "page.invalid_cursor")]
    [InlineData("cursor=AAAAAAAAAAAAAAAAAAAAAA", "page.invalid_cursor")]
    [InlineData("cursor=AAAAAAAAAAAAAAAAAAAAADk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5", "page.invalid_cursor")]
    [InlineData("limit=0", "validation.failed")]
    [InlineData("limit=101", "validation.failed")]
    public async Task ListConversations_WithABadQuery_IsRejected(string query, string code)
    {
        var investor = await _server.RegisterInvestorAsync();

        (await investor.GetAsync($"/api/conversations?{query}")).ExpectError(HttpStatusCode.BadRequest, code);
    }

    [Fact]
    public async Task ListConversations_ByAnother_ShowsOnlyTheirOwn()
    {
        await RegisterWithConversationsAsync(2);
        var (_, other, conversationId) = await _server.RegisterPairAsync();

        (await IdsAsync(other)).ShouldBe([conversationId]);
    }

    [Fact]
    public async Task ListConversations_AsMessagesExpire_ShowsTheNewestVisibleAndCountsUnreadAgain()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        foreach (var number in Enumerable.Range(1, 3))
            (await investor.SendAsync(conversationId, $"Message {number}")).Expect(HttpStatusCode.Created);

        await ShouldShowAsync(startup, "Message 3", unread: 3);
        await ShouldShowAsync(investor, "Message 3", unread: 0);

        await _server.ExpireAsync(conversationId, "sequence = 3");
        await ShouldShowAsync(startup, "Message 2", unread: 2);
        await ShouldShowAsync(investor, "Message 2", unread: 0);

        (await startup.PostAsync("/api/messages/read", new { conversationId, messageIds = new[] { await MessageIdAsync(conversationId, 1) } })).Expect(HttpStatusCode.OK);
        await ShouldShowAsync(startup, "Message 2", unread: 1);

        await _server.ExpireAsync(conversationId, "sequence <= 2");
        await ShouldShowAsync(startup, null, unread: 0);
    }

    [Fact]
    public async Task ListConversations_Preview_IsTheSameJsonAsEverywhere()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        var sent = (await investor.SendAsync(conversationId, "The same for everyone", Guid.CreateVersion7()))
            .Expect(HttpStatusCode.Created).Data.GetRawText();

        foreach (var viewer in new[] { investor, startup })
        {
            (await viewer.GetAsync("/api/conversations")).Data[0].GetProperty("lastMessage").GetRawText().ShouldBe(sent);
            (await viewer.GetAsync($"/api/conversations/{conversationId}")).Data.GetProperty("lastMessage").GetRawText().ShouldBe(sent);
            (await viewer.GetAsync($"/api/messages?conversationId={conversationId}")).Data[0].GetRawText().ShouldBe(sent);
        }
    }

    private static IReadOnlyList<Guid> Ids(Answer list) => [.. list.Data.EnumerateArray().Select(conversation => conversation.Id())];

    private static async Task<IReadOnlyList<Guid>> IdsAsync(TestUser viewer) =>
        Ids((await viewer.GetAsync("/api/conversations")).Expect(HttpStatusCode.OK));

    private static async Task ShouldShowAsync(TestUser viewer, string? preview, int unread)
    {
        var conversation = (await viewer.GetAsync("/api/conversations"))
            .Expect(HttpStatusCode.OK).Data.EnumerateArray()
            .ShouldHaveSingleItem();
        var lastMessage = conversation.GetProperty("lastMessage");

        (lastMessage.ValueKind == JsonValueKind.Null ? null : lastMessage.Content()).ShouldBe(preview);
        conversation.GetProperty("unreadCount").GetInt32().ShouldBe(unread);
        conversation.GetProperty("lastSequence").GetInt64().ShouldBe(3);
    }

    private Task<Guid> MessageIdAsync(Guid conversationId, long sequence) =>
        _server.QueryAsync<Guid>($"SELECT id FROM messages WHERE conversation_id = '{conversationId}' AND sequence = {sequence}");

    private async Task<(TestUser Investor, IReadOnlyList<Guid> Conversations)> RegisterWithConversationsAsync(int count)
    {
        var investor = await _server.RegisterInvestorAsync();
        var conversations = new List<Guid>();
        foreach (var _ in Enumerable.Range(0, count))
            conversations.Add(await investor.ConversationWithAsync(await _server.RegisterStartupAsync()));

        return (investor, conversations);
    }
}
