using System.Net;
using System.Text.Json;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Api.Tests.Attachments;

public sealed class ListAttachmentsTests(AttachmentServerFixture fixture) : IClassFixture<AttachmentServerFixture>
{
    private readonly ApiServer _server = fixture.Server;

    [Fact]
    public async Task ListAttachments_PageByPage_ListsEachOnceNewestMessageFirst()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        var sent = new List<Guid>();
        for (var number = 0; number < 3; number++)
        {
            Guid[] ids = [await investor.UploadAsync(conversationId, [1]), await investor.UploadAsync(conversationId, [2])];
            (await investor.SendAttachmentsAsync(conversationId, "", ids)).Expect(HttpStatusCode.Created);
            (await startup.SendAsync(conversationId, "Text only")).Expect(HttpStatusCode.Created);
            sent.InsertRange(0, ids);
        }

        var listed = new List<JsonElement>();
        string? cursor = null;
        do
        {
            var page = (await startup.GetAsync(Path(conversationId, $"?limit=1{(cursor is null ? "" : $"&cursor={cursor}")}")))
                .Expect(HttpStatusCode.OK);
            listed.AddRange(page.Data.EnumerateArray());
            cursor = page.Body.GetProperty("page").GetProperty("nextCursor").GetString();
        }
        while (cursor is not null);

        listed.Select(one => one.GetProperty("attachment").Id()).ShouldBe(sent);
        listed.Select(one => one.GetProperty("sequence").GetInt64()).ShouldBe([5, 5, 3, 3, 1, 1]);
        listed.ShouldAllBe(one => one.GetProperty("senderId").GetGuid() == investor.Id);
    }

    [Fact]
    public async Task ListAttachments_OfAKind_ListsOnlyThese()
    {
        var (investor, _, conversationId) = await _server.RegisterPairAsync();
        var (file, _) = await investor.SendAttachmentAsync(conversationId, [1]);
        var (image, _) = await investor.SendAttachmentAsync(conversationId, [1], "image", "photo.png");
        await investor.UploadAsync(conversationId, [1]);

        (await ListAsync(investor, conversationId, "?kind=file")).ShouldBe([file]);
        (await ListAsync(investor, conversationId, "?kind=image")).ShouldBe([image]);
        (await ListAsync(investor, conversationId, "?kind=voice")).ShouldBeEmpty();
        (await ListAsync(investor, conversationId)).ShouldBe([image, file]);
        (await investor.GetAsync(Path(conversationId, "?kind=video")))
            .ExpectError(HttpStatusCode.BadRequest, "validation.failed").FaultsOf("kind").ShouldBe(["attachment.invalid_kind"]);
    }

    [Fact]
    public async Task ListAttachments_OfWhatTheViewerDoesNotSee_LeavesItOut()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        var (kept, _) = await investor.SendAttachmentAsync(conversationId, [1]);
        var (hidden, hiddenMessage) = await investor.SendAttachmentAsync(conversationId, [1]);
        var (_, deletedMessage) = await investor.SendAttachmentAsync(conversationId, [1]);
        (await startup.PostAsync("/api/messages/hide", new { conversationId, messageIds = new[] { hiddenMessage } })).Expect(HttpStatusCode.OK);
        (await investor.DeleteMessageAsync(deletedMessage)).Expect(HttpStatusCode.OK);

        (await ListAsync(startup, conversationId)).ShouldBe([kept]);
        (await ListAsync(investor, conversationId)).ShouldBe([hidden, kept]);
        (await startup.PostAsync($"/api/conversations/{conversationId}/clear", new { throughSequence = 3 })).Expect(HttpStatusCode.OK);
        (await ListAsync(startup, conversationId)).ShouldBeEmpty();
    }

    /// <summary>A request reads a limited number of messages, so that it does not read thousands to find nothing.</summary>
    [Theory]
    [InlineData("expires_at = now() - interval '1 hour', sent_expiration_hours = NULL", "")]
    [InlineData("content = 'of another kind'", "?kind=image")]
    public async Task ListAttachments_BehindManyThatAreNotListed_ContinuesWithTheNextPage(string change, string query)
    {
        var (investor, _, conversationId) = await _server.RegisterPairAsync();
        var (wanted, _) = await investor.SendAttachmentAsync(conversationId, [1], "image", "photo.png");
        var (_, messageId) = await investor.SendAttachmentAsync(conversationId, [1]);
        await _server.ExecuteAsync(
            $"""
            UPDATE messages SET {change} WHERE id = '{messageId}';
            INSERT INTO messages SELECT copy.* FROM messages AS original, generate_series(3, 1100) AS number, LATERAL jsonb_populate_record(
                original,
                jsonb_build_object('id', gen_random_uuid(), 'client_message_id', gen_random_uuid(), 'sequence', number, 'revision', number)) AS copy
            WHERE original.id = '{messageId}'
            """);

        var pages = new List<Guid[]>();
        var cursor = "";
        do
        {
            var separator = query.Length == 0 ? "?" : "&";
            var page = (await investor.GetAsync(Path(conversationId, $"{query}{(cursor.Length == 0 ? "" : $"{separator}cursor={cursor}")}")))
                .Expect(HttpStatusCode.OK);
            pages.Add([.. page.Data.EnumerateArray().Select(one => one.GetProperty("attachment").Id())]);
            cursor = page.Body.GetProperty("page").GetProperty("nextCursor").GetString() ?? "";
        }
        while (cursor.Length > 0);

        pages.ShouldBe([[], [], [wanted]]);
    }

    [Fact]
    public async Task ListAttachments_ByNonParticipantOrWithAnInvalidCursor_IsRejected()
    {
        var (investor, _, conversationId) = await _server.RegisterPairAsync();
        var other = await _server.RegisterInvestorAsync();

        (await other.GetAsync(Path(conversationId))).ExpectError(HttpStatusCode.NotFound, "conversation.not_found");
        (await investor.GetAsync(Path(conversationId, "?cursor=abc"))).ExpectError(HttpStatusCode.BadRequest, "page.invalid_cursor");
    }

    private static string Path(Guid conversationId, string query = "") => $"/api/conversations/{conversationId}/attachments{query}";

    private static async Task<IReadOnlyList<Guid>> ListAsync(TestUser user, Guid conversationId, string query = "") =>
    [
        .. (await user.GetAsync(Path(conversationId, query))).Expect(HttpStatusCode.OK).Data.EnumerateArray()
            .Select(one => one.GetProperty("attachment").Id()),
    ];
}
