using System.Net;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Client.Tests.Live;

/// <summary>Tests sessions over a reliable connection: what each user sees, and which changes each session raises.</summary>
public sealed class TalkingTests(ApiServerFixture fixture) : IClassFixture<ApiServerFixture>
{
    private readonly ApiServer _server = fixture.Server;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Send_ByBothAtOnce_ReachesEveryDeviceOnceAndInOrder()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        await using var ines = await OpenAsync(investor);
        await using var phone = await OpenAsync(investor);
        await using var stan = await OpenAsync(startup);
        var devices = new[] { ines, phone, stan };
        var timelines = new List<ConversationTimeline>();
        foreach (var device in devices)
            timelines.Add(await device.OpenAsync(conversationId));

        for (var number = 1; number <= 10; number++)
        {
            await timelines[0].SendAsync($"Ines {number}", cancellationToken: Cancellation);
            await timelines[1].SendAsync($"Phone {number}", cancellationToken: Cancellation);
            await timelines[2].SendAsync($"Stan {number}", cancellationToken: Cancellation);
        }

        await Eventually.TrueAsync(
            () => timelines.All(timeline => timeline.Messages.Count == 30 && timeline.Unsent.Count == 0), "They do not all come.");
        foreach (var (device, timeline) in devices.Zip(timelines))
        {
            timeline.Messages.Select(message => message.Sequence).ShouldBe(Given.Sequences(1, 30));
            timeline.Messages.ShouldBe(timelines[0].Messages);
            await Eventually.TrueAsync(
                () => device.Changes.OfType<MessageAdded>().Count() >= 30, "The session does not raise MessageAdded for every message.");
            device.Changes.OfType<MessageAdded>().Select(added => added.Message.Sequence).Order().ShouldBe(Given.Sequences(1, 30));
        }

        foreach (var writer in new[] { "Ines", "Phone", "Stan" })
        {
            timelines[0].Messages.Select(message => message.Content!).Where(content => content.StartsWith(writer, StringComparison.Ordinal))
                .ShouldBe(Enumerable.Range(1, 10).Select(number => $"{writer} {number}"));
        }

        await Eventually.TrueAsync(
            () =>
                ines.Changes.OfType<SendQueueChanged>().Count(change => change.State == QueuedMessageState.Sent) == 10,
                "The session does not raise SendQueueChanged for every sent message.");
    }

    [Fact]
    public async Task Participants_OfAnOpenConversation_FollowEachUpdateOfTheConversation()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        await using var ines = await OpenAsync(investor);
        var timeline = await ines.OpenAsync(conversationId);
        await timeline.SendAsync("Hello", cancellationToken: Cancellation);
        await Eventually.TrueAsync(() => timeline.Messages.Count == 1, "It is not sent.");

        (await startup.MarkReadAsync(conversationId)).Expect(HttpStatusCode.OK);
        (await startup.SendAsync(conversationId, "Good morning")).Expect(HttpStatusCode.Created);

        await Eventually.TrueAsync(
            () =>
                timeline.Participants.Single(participant => participant.UserId == startup.Id).LastReadSequence == 1,
                "The participants are those of the opening.");
    }

    [Fact]
    public async Task Read_ByTheOther_IsShownAndReported()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        await using var ines = await OpenAsync(investor);
        await using var stan = await OpenAsync(startup);
        var (hers, his) = (await ines.OpenAsync(conversationId), await stan.OpenAsync(conversationId));
        await hers.SendAsync("Hello", cancellationToken: Cancellation);
        await Eventually.TrueAsync(
            () => his.Messages.Count == 1 && stan.Session.Conversations is [{ UnreadCount: 1 }], "It does not come.");
        hers.IsRead(hers.Messages[0]).ShouldBeFalse();
        his.LastReadSequence.ShouldBe(0);

        await his.MarkReadAsync(Cancellation);

        his.LastReadSequence.ShouldBe(1);
        await Eventually.TrueAsync(
            () => hers.IsRead(hers.Messages[0]) && stan.Session.Conversations is [{ UnreadCount: 0 }],
            "The message is not marked as read.");
        await Eventually.TrueAsync(
            () => ines.Changes.Contains(new ReadAdvanced(conversationId, startup.Id, 1)), "The session does not raise ReadAdvanced.");
        ines.Changes.OfType<ReadAdvanced>().ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Conversations_ThatBeginAndGoOn_AreListedNewestFirst()
    {
        var startup = await _server.RegisterStartupAsync();
        var investors = new List<TestUser>();
        for (var number = 0; number < 5; number++)
            investors.Add(await _server.RegisterInvestorAsync());
        var ids = new List<Guid> { await investors[0].ConversationWithAsync(startup), await investors[1].ConversationWithAsync(startup) };
        await using var stan = await OpenAsync(startup, Device.ShortWaits with { PageSize = 2 });
        await stan.BeAsync(ConnectionState.Online);
        IdsOf(stan).ShouldBe([ids[1], ids[0]]);

        // New conversations appear in the list, and the one with the newest message is first.
        for (var number = 2; number < 5; number++)
            ids.Add(await investors[number].ConversationWithAsync(startup));
        await Eventually.TrueAsync(() => stan.Session.Conversations.Count == 5, "They do not come.");
        await investors[0].SendAsync(ids[0], "Hello");
        await Eventually.TrueAsync(() => IdsOf(stan)[0] == ids[0], "It does not come to the top.");

        stan.Session.Conversations[0].LastMessage.ShouldNotBeNull().Content.ShouldBe("Hello");
        stan.Session.Conversations[0].OtherThan(startup.Id).DisplayName.ShouldBe(investors[0].DisplayName);
        IdsOf(stan).ShouldBe([ids[0], ids[4], ids[3], ids[2], ids[1]]);
    }

    [Fact]
    public async Task Conversations_OfANewUser_AreReadAndReportedAlthoughThereAreNone()
    {
        var startup = await _server.RegisterStartupAsync();
        await using var line = new BadLine(_server.Address);
        var isListening = false;
        line.Losing = request => request == "GET /api/conversations" && !isListening ? Loss.Request : Loss.Nothing;
        await using var stan = await Device.OpenAsync(line.Address, startup);
        stan.Session.HasReadConversations.ShouldBeFalse();

        isListening = true;

        await Eventually.TrueAsync(
            () => stan.Changes.OfType<ConversationsListed>().Any(), "The session does not raise ConversationsListed.");
        stan.Session.HasReadConversations.ShouldBeTrue();
        stan.Session.Conversations.ShouldBeEmpty();
    }

    [Fact]
    public async Task LoadMoreConversations_UntilThereAreNone_ListsThemAllInTheServersOrder()
    {
        var startup = await _server.RegisterStartupAsync();
        var ids = new List<Guid>();
        for (var number = 0; number < 5; number++)
            ids.Add(await (await _server.RegisterInvestorAsync()).ConversationWithAsync(startup));
        await using var stan = await OpenAsync(startup, Device.ShortWaits with { PageSize = 2 });
        await stan.BeAsync(ConnectionState.Online);
        stan.Session.HasMoreConversations.ShouldBeTrue();
        IdsOf(stan).ShouldBe([ids[4], ids[3]]);

        await stan.Session.LoadMoreConversationsAsync(Cancellation);
        IdsOf(stan).ShouldBe([ids[4], ids[3], ids[2], ids[1]]);
        await stan.Session.LoadMoreConversationsAsync(Cancellation);
        await stan.Session.LoadMoreConversationsAsync(Cancellation);

        IdsOf(stan).ShouldBe([ids[4], ids[3], ids[2], ids[1], ids[0]]);
        stan.Session.HasMoreConversations.ShouldBeFalse();
    }

    [Fact]
    public async Task Read_InAConversationThatWasNotListedYet_BringsItNotToTheTop()
    {
        var startup = await _server.RegisterStartupAsync();
        var ids = new List<Guid>();
        for (var number = 0; number < 3; number++)
            ids.Add(await (await _server.RegisterInvestorAsync()).ConversationWithAsync(startup));
        await _server.FillAsync(ids[0], startup.Id, 1);
        await _server.ExecuteAsync($"UPDATE conversations SET last_activity_at = created_at - interval '1 hour' WHERE id = '{ids[0]}'; "
            + $"UPDATE messages SET created_at = created_at - interval '1 hour' WHERE conversation_id = '{ids[0]}'");
        await using var stan = await OpenAsync(startup, Device.ShortWaits with { PageSize = 2 });
        await stan.BeAsync(ConnectionState.Online);

        (await startup.MarkReadAsync(ids[0])).Expect(HttpStatusCode.OK);
        (await startup.SendAsync(ids[1], "Hello")).Expect(HttpStatusCode.Created);
        await Eventually.TrueAsync(() => IdsOf(stan)[0] == ids[1], "It does not come to the top.");

        IdsOf(stan).ShouldBe([ids[1], ids[2]]);
    }

    [Fact]
    public async Task Quota_AfterASend_IsReportedAgain()
    {
        var (investor, _, conversationId) = await _server.RegisterPairAsync();
        await using var ines = await OpenAsync(investor);
        await Eventually.TrueAsync(
            () => ines.Session.Quota is { MessagesSentToday: 0, RemainingFree: 20 }, "The session does not load the quota.");

        await ines.Session.SendAsync(conversationId, "Hello", cancellationToken: Cancellation);

        await Eventually.TrueAsync(
            () => ines.Session.Quota is { MessagesSentToday: 1, RemainingFree: 19 }, "The session does not update the quota.");
        await Eventually.TrueAsync(
            () => ines.Changes.OfType<QuotaChanged>().Last().Quota == ines.Session.Quota, "The session does not raise QuotaChanged.");
    }

    [Fact]
    public async Task Send_DearerThanAgreed_FailsWithThePriceAndIsSentUnderTheSameIdWhenAgreed()
    {
        var investor = await _server.CreateWithPointsAsync(Domain.Users.UserRole.Investor, points: 15);
        var conversationId = await investor.ConversationWithAsync(await _server.RegisterStartupAsync());
        await _server.ExecuteAsync($"UPDATE message_quotas SET daily_free_limit = 0 WHERE user_id = '{investor.Id}'");
        await using var ines = await OpenAsync(investor);
        var timeline = await ines.OpenAsync(conversationId);

        var first = await timeline.SendAsync("Dear", maxPoints: 0, cancellationToken: Cancellation);
        await Eventually.TrueAsync(() => timeline.Unsent is [{ Failure: not null }], "It is not rejected.");
        var failure = timeline.Unsent[0].Failure.ShouldNotBeNull();
        failure.Code.ShouldBe("payment.consent_required");
        failure.Price.ShouldBe(10);
        failure.Balance.ShouldBe(15);
        await ines.Session.RetryAsync(first.ClientMessageId, maxPoints: 10, Cancellation);
        await Eventually.TrueAsync(() => timeline.Messages.Count == 1 && timeline.Unsent.Count == 0, "It is not sent.");
        timeline.Messages[0].ClientMessageId.ShouldBe(first.ClientMessageId);
        (await investor.BalanceAsync()).ShouldBe(5);

        // The price exceeds the balance; the user discards the message.
        var second = await timeline.SendAsync("Too dear", cancellationToken: Cancellation);
        await Eventually.TrueAsync(() => ines.Session.Unsent is [{ Failure: not null }], "It is not rejected.");
        failure = ines.Session.Unsent[0].Failure.ShouldNotBeNull();
        failure.Code.ShouldBe("wallet.insufficient_balance");
        failure.Price.ShouldBe(10);
        failure.Balance.ShouldBe(5);
        failure.ResetsAt.ShouldNotBeNull();
        await ines.Session.DiscardAsync(second.ClientMessageId, Cancellation);
        ines.Session.Unsent.ShouldBeEmpty();
        await Eventually.TrueAsync(() => ines.Session.Quota is { Balance: 5 }, "The session does not update the balance.");
    }

    [Fact]
    public async Task Open_OfAConversationThatIsNotTheUsers_FailsAndSaysSoOnce()
    {
        var (_, _, foreignId) = await _server.RegisterPairAsync();
        var foreigner = await _server.RegisterInvestorAsync();
        await using var device = await OpenAsync(foreigner, Device.ShortWaits with { ConversationCheck = TimeSpan.FromMilliseconds(20) });

        var timeline = device.Session.Open(foreignId);

        (await Should.ThrowAsync<NotFoundException>(() => timeline.WaitUntilLoadedAsync(Cancellation))).Code.ShouldBe("conversation.not_found");
        await Should.ThrowAsync<NotFoundException>(
            async () => await timeline.ReadAllAsync(cancellationToken: Cancellation).FirstOrDefaultAsync(Cancellation));
        timeline.Failure.ShouldNotBeNull().Code.ShouldBe("conversation.not_found");
        timeline.IsLoaded.ShouldBeFalse();
        await device.BeAsync(ConnectionState.Online);
        await Task.Delay(200, Cancellation);
        device.Changes.OfType<TimelineFailed>().ShouldHaveSingleItem().ConversationId.ShouldBe(foreignId);
    }

    [Fact]
    public async Task Open_OfAConversationThatBecomesReadable_Loads()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        await _server.FillAsync(conversationId, investor.Id, 3);
        await using var stan = await OpenAsync(startup, Device.ShortWaits with { ConversationCheck = TimeSpan.FromMilliseconds(100) });
        var other = await _server.RegisterStartupAsync();
        await GiveSeatAsync(conversationId, startup, other);

        var timeline = stan.Session.Open(conversationId);
        await Should.ThrowAsync<NotFoundException>(() => timeline.WaitUntilLoadedAsync(Cancellation));
        await GiveSeatAsync(conversationId, other, startup);
        await Eventually.TrueAsync(() => timeline.IsLoaded, "It does not load.");

        timeline.Failure.ShouldBeNull();
        timeline.Messages.Count.ShouldBe(3);
        await timeline.WaitUntilLoadedAsync(Cancellation);

        // The same for a loaded conversation.
        await GiveSeatAsync(conversationId, startup, other);
        await Eventually.TrueAsync(() => timeline.Failure is NotFoundException, "It does not fail.");
        await GiveSeatAsync(conversationId, other, startup);
        await Eventually.TrueAsync(() => timeline.Failure is null && timeline.IsLoaded, "It stays failed.");
    }

    [Fact]
    public async Task Open_Twice_IsOneAndStaysOpenUntilItIsClosedTwice()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        await using var stan = await OpenAsync(startup);
        var one = await stan.OpenAsync(conversationId);
        var other = stan.Session.Open(conversationId);
        other.ShouldBeSameAs(one);

        await one.DisposeAsync();
        (await investor.SendAsync(conversationId, "Hello")).Expect(HttpStatusCode.Created);
        await Eventually.TrueAsync(() => other.Messages.Count == 1, "The other timeline was closed too.");

        await other.DisposeAsync();
        stan.Session.Open(conversationId).ShouldNotBeSameAs(one);
    }

    [Fact]
    public async Task Open_RightAfterClosing_IsReceivedLive()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        await using var stan = await OpenAsync(startup);
        var timeline = await stan.OpenAsync(conversationId);

        for (var round = 1; round <= 5; round++)
        {
            await timeline.DisposeAsync();
            timeline = await stan.OpenAsync(conversationId);
            (await investor.SendAsync(conversationId, $"Message {round}")).Expect(HttpStatusCode.Created);
            await Eventually.TrueAsync(
                () => timeline.Messages.Count == round, $"The session left the conversation's group in round {round}.");
        }
    }

    [Fact]
    public async Task Closed_Conversation_IsNotReportedAnyMore()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        await using var stan = await OpenAsync(startup);
        var timeline = await stan.OpenAsync(conversationId);
        var reading = timeline.ReadAllAsync(cancellationToken: Cancellation).ToListAsync(Cancellation);

        await timeline.DisposeAsync();

        (await reading).ShouldBeEmpty();
        (await investor.SendAsync(conversationId, "Hello")).Expect(HttpStatusCode.Created);
        await Eventually.TrueAsync(
            () => stan.Session.Conversations is [{ LastMessage: not null }], "The conversation list is not updated.");
        timeline.Messages.ShouldBeEmpty();
        stan.Changes.OfType<MessageAdded>().ShouldBeEmpty();
    }

    [Fact]
    public async Task Changes_OfOneConversation_AreReportedByItsTimelineToo()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        await using var stan = await OpenAsync(startup);
        var timeline = await stan.OpenAsync(conversationId);
        var shown = 0;
        timeline.Changed += () => throw new InvalidOperationException("A handler's own fault.");
        timeline.Changed += () => shown = timeline.Messages.Count + (10 * timeline.Unsent.Count);

        (await investor.SendAsync(conversationId, "Hello")).Expect(HttpStatusCode.Created);
        await Eventually.TrueAsync(() => shown == 1, "The timeline does not raise Changed for the message.");
        await _server.ExecuteAsync($"UPDATE message_quotas SET daily_free_limit = 0 WHERE user_id = '{startup.Id}'");
        await timeline.SendAsync("Dear", maxPoints: 0, cancellationToken: Cancellation);

        await Eventually.TrueAsync(() => shown == 11, "The timeline does not raise Changed for the unsent message.");
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(101, 1)]
    [InlineData(50, 0)]
    [InlineData(50, -1)]
    [InlineData(50, 90_000)]
    public async Task Open_WithOptionsOutOfRange_IsRejected(int pageSize, int checkSeconds)
    {
        var investor = await _server.RegisterInvestorAsync();
        using var client = await Device.SignInAsync(_server.Address, investor);
        var options = new MessagingSessionOptions { PageSize = pageSize, ConversationCheck = TimeSpan.FromSeconds(checkSeconds) };

        await Should.ThrowAsync<ArgumentOutOfRangeException>(
            () => MessagingSession.OpenAsync(client, options: options, cancellationToken: Cancellation));
    }

    private Task<int> GiveSeatAsync(Guid conversationId, TestUser from, TestUser to) =>
        _server.ExecuteAsync(
            $"UPDATE participants SET user_id = '{to.Id}' WHERE conversation_id = '{conversationId}' AND user_id = '{from.Id}'");

    private static IReadOnlyList<Guid> IdsOf(Device device) => [.. device.Session.Conversations.Select(conversation => conversation.Id)];

    private Task<Device> OpenAsync(TestUser user, MessagingSessionOptions? options = null) =>
        Device.OpenAsync(_server.Address, user, options);
}
