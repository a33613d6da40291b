using CleanMessaging.Tests.Support;

namespace CleanMessaging.Client.Tests.Api;

public sealed class MessagesClientTests(ApiServerFixture fixture) : IClassFixture<ApiServerFixture>
{
    private readonly ApiServer _server = fixture.Server;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Send_AndAgainUnderTheSameId_IsStoredOnceAndAnsweredTheSame()
    {
        var (client, _, conversationId) = await SignedInPairAsync();
        using var signedIn = client;
        var id = Guid.CreateVersion7();
        const string Text = "Grüße \ud83d\ude00 <b>&amp;</b> \"quoted\" \\ \n\t\u202e";

        var sent = await client.Messages.SendAsync(conversationId, Text, id, expirationHours: 24, cancellationToken: Cancellation);
        var again = await client.Messages.SendAsync(conversationId, Text, id, expirationHours: 24, cancellationToken: Cancellation);

        sent.Replayed.ShouldBeFalse();
        sent.PointsCharged.ShouldBe(0);
        sent.Message.Content.ShouldBe(Text);
        sent.Message.ClientMessageId.ShouldBe(id);
        sent.Message.ExpiresAt.ShouldBe(sent.Message.CreatedAt.AddHours(24));
        again.ShouldBe(sent with { Replayed = true });
        (await Should.ThrowAsync<MessagingException>(() => client.Messages.SendAsync(conversationId, "Another", id, cancellationToken: Cancellation))).Code.ShouldBe("message.client_id_reused");
    }

    [Fact]
    public async Task Send_OfABadForm_NamesTheMember()
    {
        var (client, _, conversationId) = await SignedInPairAsync();
        using var signedIn = client;

        (await ErrorOfAsync(" ")).Errors["content"].ShouldHaveSingleItem().Code.ShouldBe("message.empty");
        (await ErrorOfAsync(new string('a', 5_001))).Errors["content"].ShouldHaveSingleItem().Code.ShouldBe("message.too_long");
        (await ErrorOfAsync("a\0b")).Errors["content"].ShouldHaveSingleItem().Code.ShouldBe("message.invalid_text");
        (await ErrorOfAsync("Hello", hours: 0)).Errors["expirationHours"]
            .ShouldHaveSingleItem().Code.ShouldBe("message.invalid_expiration");
        (await ErrorOfAsync("Hello", points: -1)).Errors["maxPoints"].ShouldHaveSingleItem().Code.ShouldBe("payment.invalid_max_points");
        (await ErrorOfAsync("Hello", reply: 0)).Errors["replyToSequence"].ShouldHaveSingleItem().Code.ShouldBe("message.reply_out_of_range");

        Task<InvalidRequestException> ErrorOfAsync(string content, int? hours = null, long? points = null, long? reply = null) =>
            Should.ThrowAsync<InvalidRequestException>(
                () => client.Messages.SendAsync(conversationId, content, null, hours, points, replyToSequence: reply, cancellationToken: Cancellation));
    }

    [Fact]
    public async Task Send_BeyondTheFreeOnes_IsChargedOrRejectedWithTheNumbers()
    {
        var investor = await _server.CreateWithPointsAsync(Domain.Users.UserRole.Investor, points: 15);
        var conversationId = await investor.ConversationWithAsync(await _server.RegisterStartupAsync());
        await _server.ExecuteAsync($"UPDATE message_quotas SET daily_free_limit = 1 WHERE user_id = '{investor.Id}'");
        using var client = await Device.SignInAsync(_server.Address, investor);
        await client.Messages.SendAsync(conversationId, "Free", cancellationToken: Cancellation);

        var consent = await Should.ThrowAsync<ConsentRequiredException>(
            () => client.Messages.SendAsync(conversationId, "Dear", maxPoints: 9, cancellationToken: Cancellation));
        consent.Price.ShouldBe(10);
        consent.Balance.ShouldBe(15);
        consent.RemainingFree.ShouldBe(0);
        consent.ResetsAt.ShouldNotBeNull().ShouldBeGreaterThan(_server.Clock.GetUtcNow());
        (await client.Messages.SendAsync(conversationId, "Paid", maxPoints: 10, cancellationToken: Cancellation)).PointsCharged.ShouldBe(10);
        var insufficient = await Should.ThrowAsync<InsufficientBalanceException>(
            () => client.Messages.SendAsync(conversationId, "Too dear", cancellationToken: Cancellation));
        insufficient.Price.ShouldBe(10);
        insufficient.Balance.ShouldBe(5);
        insufficient.ResetsAt.ShouldBe(consent.ResetsAt);
        var quota = await client.Messages.GetQuotaAsync(Cancellation);
        quota.ShouldBe(new Quota(2, 0, RequiresPoints: true, 10, 1, consent.ResetsAt!.Value, 5));
    }

    [Fact]
    public async Task Get_OfPages_WalksBothWays()
    {
        var (client, investor, conversationId) = await SignedInPairAsync();
        using var signedIn = client;
        await _server.FillAsync(conversationId, investor.Id, 10);

        var newest = await client.Messages.GetAsync(conversationId, limit: 3, cancellationToken: Cancellation);
        newest.Messages.Select(message => message.Sequence).ShouldBe([8, 9, 10]);
        (newest.HasMoreBefore, newest.HasMoreAfter).ShouldBe((true, false));
        var before = await client.Messages.GetAsync(
            conversationId, before: newest.Messages[0].Id, limit: 7, cancellationToken: Cancellation);
        before.Messages.Select(message => message.Sequence).ShouldBe(Given.Sequences(1, 7));
        (before.HasMoreBefore, before.HasMoreAfter).ShouldBe((false, true));
        var after = await client.Messages.GetAsync(conversationId, after: before.Messages[0].Id, limit: 2, cancellationToken: Cancellation);
        after.Messages.Select(message => message.Sequence).ShouldBe([2, 3]);

        (await Should.ThrowAsync<InvalidRequestException>(() => client.Messages.GetAsync(conversationId, before: Given.IdOf(1), cancellationToken: Cancellation)))
            .Code.ShouldBe("message.invalid_cursor");
        (await Should.ThrowAsync<NotFoundException>(() => client.Messages.GetAsync(Given.ConversationId, cancellationToken: Cancellation))).Code.ShouldBe("conversation.not_found");
        (await Should.ThrowAsync<InvalidRequestException>(() => client.Messages.GetAsync(conversationId, newest.Messages[0].Id, newest.Messages[0].Id, cancellationToken: Cancellation)))
            .Code.ShouldBe("validation.failed");
    }

    [Fact]
    public async Task Search_OfPages_FindsEachHitOnceWithItsHighlights()
    {
        var (client, other, conversationId) = await SignedInPairAsync();
        using var signedIn = client;
        foreach (var number in Given.Sequences(1, 5))
            await client.Messages.SendAsync(conversationId, $"Grüße, the velvet no. {number}", cancellationToken: Cancellation);
        (await other.SendAsync(conversationId, "Silk")).Expect(System.Net.HttpStatusCode.Created);
        var search = new MessageSearch("VELVET grusse", conversationId, client.User!.Id, _server.Clock.GetUtcNow().AddHours(-1), _server.Clock.GetUtcNow().AddHours(1));

        var hits = new List<MessageHit>();
        for (string? cursor = null; ;)
        {
            var page = await client.Messages.SearchAsync(search, cursor, limit: 2, Cancellation);
            hits.AddRange(page.Hits);
            if (page.NextCursor is null)
            {
                page.ShouldBe(page with { SearchedBackTo = null, IsComplete = true });
                break;
            }

            page.SearchedBackTo.ShouldNotBeNull();
            cursor = page.NextCursor;
        }

        hits.Select(hit => hit.Message.Sequence).ShouldBe([5, 4, 3, 2, 1]);
        hits[0].Highlights.ShouldBe([new MessageHighlight(0, 5), new MessageHighlight(11, 6)]);
        (await client.Messages.SearchAsync(search with { SenderId = other.Id }, cancellationToken: Cancellation)).Hits.ShouldBeEmpty();
        (await client.Messages.SearchAsync(new MessageSearch(HasAttachment: true), cancellationToken: Cancellation)).Hits.ShouldBeEmpty();
        (await client.Messages.SearchAsync(new MessageSearch("silk", HasAttachment: false), cancellationToken: Cancellation)).Hits.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Search_ThatIsMalformed_NamesTheMemberOrTheCode()
    {
        var (client, _, _) = await SignedInPairAsync();
        using var signedIn = client;

        (await ErrorOfAsync(new MessageSearch("a"))).Errors["query"].ShouldHaveSingleItem().Code.ShouldBe("search.query_too_short");
        (await ErrorOfAsync(new MessageSearch(new string('a', 201)))).Errors["query"].ShouldHaveSingleItem().Code.ShouldBe("search.query_too_long");
        (await ErrorOfAsync(new MessageSearch("abc\0"))).Errors["query"].ShouldHaveSingleItem().Code.ShouldBe("search.invalid_text");
        (await ErrorOfAsync(new MessageSearch("abc", After: Given.Noon, Before: Given.Noon))).Errors["after"].ShouldHaveSingleItem().Code.ShouldBe("search.invalid_range");
        (await ErrorOfAsync(new MessageSearch("abc"), limit: 51)).Errors["limit"].ShouldHaveSingleItem().Code.ShouldBe("page.limit_out_of_range");
        (await ErrorOfAsync(new MessageSearch("abc"), "not a cursor")).Code.ShouldBe("page.invalid_cursor");
        (await Should.ThrowAsync<NotFoundException>(() => client.Messages.SearchAsync(new MessageSearch("abc", Given.ConversationId), cancellationToken: Cancellation)))
            .Code.ShouldBe("conversation.not_found");
        await Should.ThrowAsync<ArgumentException>(() => client.Messages.SearchAsync(new MessageSearch("abc\ud800"), cancellationToken: Cancellation));

        Task<InvalidRequestException> ErrorOfAsync(MessageSearch search, string? cursor = null, int limit = 20) =>
            Should.ThrowAsync<InvalidRequestException>(() => client.Messages.SearchAsync(search, cursor, limit, Cancellation));
    }

    [Fact]
    public async Task MarkRead_UpToSomeAndThenAll_ReturnsHowMany()
    {
        var (client, other, conversationId) = await SignedInPairAsync();
        using var signedIn = client;
        await _server.FillAsync(conversationId, other.Id, 5);
        var messages = (await client.Messages.GetAsync(conversationId, cancellationToken: Cancellation)).Messages;

        (await client.Messages.MarkReadAsync(conversationId, [messages[1].Id], Cancellation)).ShouldBe(new MarkedRead(2, 2));
        (await client.Messages.MarkReadAsync(conversationId, cancellationToken: Cancellation)).ShouldBe(new MarkedRead(3, 5));
        (await client.Messages.MarkReadAsync(conversationId, cancellationToken: Cancellation)).ShouldBe(new MarkedRead(0, 5));
        (await Should.ThrowAsync<NotFoundException>(() => client.Messages.MarkReadAsync(conversationId, [Given.IdOf(1)], Cancellation))).Code.ShouldBe("message.not_found");
    }

    private async Task<(MessagingClient Client, TestUser Other, Guid ConversationId)> SignedInPairAsync()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();

        return (await Device.SignInAsync(_server.Address, startup), investor, conversationId);
    }
}
