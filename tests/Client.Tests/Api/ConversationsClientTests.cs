using CleanMessaging.Tests.Support;

namespace CleanMessaging.Client.Tests.Api;

public sealed class ConversationsClientTests(ApiServerFixture fixture) : IClassFixture<ApiServerFixture>
{
    private readonly ApiServer _server = fixture.Server;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task FindUsers_OfTheOtherRole_FindsThemByName()
    {
        var investor = await _server.RegisterInvestorAsync();
        var startup = await _server.RegisterStartupAsync();
        using var client = await Device.SignInAsync(_server.Address, investor);

        var found = await client.Users.FindAsync(startup.DisplayName, cancellationToken: Cancellation);

        found.Items[0].ShouldBe(new FoundUser(startup.Id, startup.DisplayName, UserRole.Startup));
        found.Items.ShouldAllBe(user => user.Role == UserRole.Startup && user.Email == null);
    }

    [Fact]
    public async Task FindUsers_PageByPage_FindsEachOnce()
    {
        for (var number = 0; number < 5; number++)
            await _server.RegisterStartupAsync();
        using var client = await Device.SignInAsync(_server.Address, await _server.RegisterInvestorAsync());
        var ids = new List<Guid>();

        for (var page = await client.Users.FindAsync(limit: 2, cancellationToken: Cancellation); ;
            page = await client.Users.FindAsync(cursor: page.NextCursor, limit: 2, cancellationToken: Cancellation))
        {
            ids.AddRange(page.Items.Select(user => user.Id));
            if (page.NextCursor is null)
                break;
        }

        ids.Count.ShouldBeGreaterThanOrEqualTo(5);
        ids.ShouldBeUnique();
        (await Should.ThrowAsync<InvalidRequestException>(() => client.Users.FindAsync(cursor: "none of yours", cancellationToken: Cancellation))).Code.ShouldBe("page.invalid_cursor");
        (await Should.ThrowAsync<InvalidRequestException>(() => client.Users.FindAsync(limit: 0, cancellationToken: Cancellation))).Errors.Keys.ShouldBe(["limit"]);
    }

    [Fact]
    public async Task FindUsers_ByAnAdmin_ReturnsAddresses()
    {
        var admin = await _server.CreateAdminAsync();
        var startup = await _server.RegisterStartupAsync();
        using var client = await Device.SignInAsync(_server.Address, admin);

        var found = await client.Users.FindAsync(startup.Email, cancellationToken: Cancellation);

        found.Items.ShouldContain(new FoundUser(startup.Id, startup.DisplayName, UserRole.Startup, startup.Email));
    }

    [Fact]
    public async Task Start_OnceAndAgain_IsCreatedAndThenFound()
    {
        var (investor, startup) = (await _server.RegisterInvestorAsync(), await _server.RegisterStartupAsync());
        using var client = await Device.SignInAsync(_server.Address, investor);

        var started = await client.Conversations.StartAsync(startup.Id, cancellationToken: Cancellation);
        var again = await client.Conversations.StartAsync(startup.Id, pointsCost: 5, Cancellation);

        started.Created.ShouldBeTrue();
        again.Created.ShouldBeFalse();
        again.Conversation.Id.ShouldBe(started.Conversation.Id);
        started.Conversation.OtherThan(investor.Id).ShouldBe(new Participant(startup.Id, startup.DisplayName, UserRole.Startup, 0));
        (await client.Conversations.GetAsync(started.Conversation.Id, Cancellation)).Revision.ShouldBe(0);
        (await client.Conversations.ListAsync(cancellationToken: Cancellation)).Items.ShouldHaveSingleItem().Id.ShouldBe(started.Conversation.Id);
    }

    [Fact]
    public async Task Start_WithWhomOneCannotTalk_IsRejected()
    {
        var investor = await _server.RegisterInvestorAsync();
        using var client = await Device.SignInAsync(_server.Address, investor);

        (await Should.ThrowAsync<MessagingException>(() => client.Conversations.StartAsync(investor.Id, cancellationToken: Cancellation))).Code.ShouldBe("conversation.with_self");
        var sameRole = await _server.RegisterInvestorAsync();
        (await Should.ThrowAsync<MessagingException>(() => client.Conversations.StartAsync(sameRole.Id, cancellationToken: Cancellation))).Code.ShouldBe("conversation.role_pair_not_allowed");
        (await Should.ThrowAsync<NotFoundException>(() => client.Conversations.StartAsync(Given.ConversationId, cancellationToken: Cancellation))).Code.ShouldBe("user.not_found");
    }

    [Fact]
    public async Task Start_WhereItCostsPoints_ReturnsThePriceAndTheBalance()
    {
        await using var server = await fixture.StartAnotherAsync(new Dictionary<string, string?> { ["Conversations:Price"] = "100" });
        var investor = await server.CreateWithPointsAsync(Domain.Users.UserRole.Investor, points: 130);
        using var client = await Device.SignInAsync(server.Address, investor);
        var (one, other) = (await server.RegisterStartupAsync(), await server.RegisterStartupAsync());

        var changed = await Should.ThrowAsync<PriceChangedException>(
            () => client.Conversations.StartAsync(one.Id, pointsCost: 50, Cancellation));
        changed.Price.ShouldBe(100);
        changed.PointsCost.ShouldBe(50);
        await client.Conversations.StartAsync(one.Id, pointsCost: 100, Cancellation);
        var insufficient = await Should.ThrowAsync<InsufficientBalanceException>(
            () => client.Conversations.StartAsync(other.Id, pointsCost: 100, Cancellation));
        insufficient.Price.ShouldBe(100);
        insufficient.Balance.ShouldBe(30);
    }

    [Fact]
    public async Task List_PageByPage_ListsEachOnce()
    {
        var startup = await _server.RegisterStartupAsync();
        var ids = new List<Guid>();
        for (var number = 0; number < 3; number++)
            ids.Insert(0, await (await _server.RegisterInvestorAsync()).ConversationWithAsync(startup));
        using var client = await Device.SignInAsync(_server.Address, startup);

        var first = await client.Conversations.ListAsync(limit: 2, cancellationToken: Cancellation);
        var second = await client.Conversations.ListAsync(first.NextCursor, limit: 2, cancellationToken: Cancellation);

        first.Items.Concat(second.Items).Select(conversation => conversation.Id).ShouldBe(ids);
        second.NextCursor.ShouldBeNull();
    }

    [Fact]
    public async Task Get_OfAnotherPairsConversation_IsNotFound()
    {
        var (_, _, foreignId) = await _server.RegisterPairAsync();
        using var client = await Device.SignInAsync(_server.Address, await _server.RegisterInvestorAsync());

        (await Should.ThrowAsync<NotFoundException>(() => client.Conversations.GetAsync(foreignId, Cancellation))).Code.ShouldBe("conversation.not_found");
    }

    [Fact]
    public async Task Sync_OfOneAndOfAForeignOne_ReturnsWhatWasMissedAndWhatIsNotTheUsers()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        await _server.FillAsync(conversationId, investor.Id, 3);
        var (_, _, foreignId) = await _server.RegisterPairAsync();
        using var client = await Device.SignInAsync(_server.Address, startup);

        var synced = await client.Conversations.SyncAsync(
            [new KnownConversation(conversationId, 1), new KnownConversation(foreignId, 0)], Cancellation);

        var conversation = synced.Conversations.ShouldHaveSingleItem();
        conversation.Recovered.ShouldBe(true);
        conversation.Messages.Select(message => message.Revision).ShouldBe([2, 3]);
        synced.Inaccessible.ShouldBe([foreignId]);
        synced.Quota.DailyFreeLimit.ShouldBe(20);
        (client.ServerTime - _server.Clock.GetUtcNow()).Duration().ShouldBeLessThan(TimeSpan.FromSeconds(1));
        await Should.ThrowAsync<InvalidRequestException>(() => client.Conversations.SyncAsync([], Cancellation));
    }
}
