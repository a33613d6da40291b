using System.Net;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Client.Tests.Live;

/// <summary>Tests that a conversation opens at the first unread message, from any distance, and can be read on from there.</summary>
public sealed class UnreadOpeningTests(ApiServerFixture fixture) : IClassFixture<ApiServerFixture>
{
    private readonly ApiServer _server = fixture.Server;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(80)]
    [InlineData(800)]
    [InlineData(5_000)]
    public async Task Open_WithManyUnread_KeepsTheFirstOfThemAndSomeBefore(int unread)
    {
        var (_, startup, conversationId) = await FilledAsync(read: 40, unread);
        await using var stan = await Device.OpenAsync(_server.Address, startup);

        var timeline = await OpenAsync(stan, conversationId);

        timeline.Messages.Select(message => message.Sequence).ShouldBe(Given.Sequences(21, 90));
        (timeline.HasEarlier, timeline.HasLater, timeline.LastReadSequence, timeline.LoadedFromSequence).ShouldBe((true, true, 40, 21));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(50)]
    public async Task Open_WithFewUnread_KeepsTheNewestPage(int unread)
    {
        var (_, startup, conversationId) = await FilledAsync(read: 100, unread);
        await using var stan = await Device.OpenAsync(_server.Address, startup);

        var timeline = await OpenAsync(stan, conversationId);

        timeline.Messages.Select(message => message.Sequence).ShouldBe(Given.Sequences(100 + unread - 49, 100 + unread));
        timeline.HasLater.ShouldBeFalse();
    }

    [Fact]
    public async Task LoadLater_UntilThereIsNoMore_KeepsAllInOrderAlsoWhatComesInTheMeantime()
    {
        var (investor, startup, conversationId) = await FilledAsync(read: 40, unread: 300);
        await using var stan = await Device.OpenAsync(_server.Address, startup);
        var timeline = await OpenAsync(stan, conversationId);
        await stan.BeAsync(ConnectionState.Online);

        (await investor.SendAsync(conversationId, "Comes while it is read")).Expect(HttpStatusCode.Created);
        await Eventually.TrueAsync(() => stan.Session.FindConversation(conversationId)?.LastSequence == 341, "It does not come.");
        timeline.Messages[^1].Sequence.ShouldBe(90);
        for (var pages = 0; timeline.HasLater; pages++)
        {
            pages.ShouldBeLessThan(7);
            await timeline.LoadLaterAsync(cancellationToken: Cancellation);
        }

        timeline.Messages.Select(message => message.Sequence).ShouldBe(Given.Sequences(21, 341));
        (await investor.SendAsync(conversationId, "Comes at the end")).Expect(HttpStatusCode.Created);
        await Eventually.TrueAsync(() => timeline.Messages[^1].Sequence == 342, "It does not come.");
    }

    [Fact]
    public async Task LoadNewest_FromTheMiddle_KeepsTheNewestPageAndWhatComes()
    {
        var (investor, startup, conversationId) = await FilledAsync(read: 40, unread: 300);
        await using var stan = await Device.OpenAsync(_server.Address, startup);
        var timeline = await OpenAsync(stan, conversationId);

        await timeline.LoadNewestAsync(cancellationToken: Cancellation);
        timeline.Messages.Select(message => message.Sequence).ShouldBe(Given.Sequences(291, 340));
        (timeline.HasEarlier, timeline.HasLater).ShouldBe((true, false));
        (await investor.SendAsync(conversationId, "And one more")).Expect(HttpStatusCode.Created);
        await Eventually.TrueAsync(() => timeline.Messages[^1].Sequence == 341, "It does not come.");

        await timeline.LoadFirstUnreadAsync(Cancellation);
        timeline.Messages.Select(message => message.Sequence).ShouldBe(Given.Sequences(21, 90));
        await timeline.LoadEarlierAsync(cancellationToken: Cancellation);
        timeline.Messages.Select(message => message.Sequence).ShouldBe(Given.Sequences(1, 90));
    }

    [Fact]
    public async Task Open_WithManyOwnMessagesAfterThePointer_KeepsTheFirstUnreadOfTheOther()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        await _server.FillAsync(conversationId, startup.Id, 190);
        await _server.FillAsync(conversationId, investor.Id, 100);
        await using var stan = await Device.OpenAsync(_server.Address, startup);

        var timeline = await OpenAsync(stan, conversationId);

        timeline.Messages.Select(message => message.Sequence).ShouldContain(191);
        timeline.Messages.Zip(timeline.Messages.Skip(1)).ShouldAllBe(pair => pair.Second.Sequence == pair.First.Sequence + 1);
    }

    [Fact]
    public async Task Open_WithUnreadMessagesThatHaveExpired_KeepsTheFirstThatCanBeRead()
    {
        var (_, startup, conversationId) = await FilledAsync(read: 40, unread: 300);
        await _server.ExpireAsync(conversationId, "sequence BETWEEN 41 AND 200");
        await using var stan = await Device.OpenAsync(_server.Address, startup);

        var timeline = await OpenAsync(stan, conversationId);

        timeline.Messages.Select(message => message.Sequence).ShouldBe([.. Given.Sequences(21, 40), .. Given.Sequences(201, 250)]);
    }

    [Fact]
    public async Task MarkRead_UpToAMessage_MovesThePointerThereAndNoFurther()
    {
        var (_, startup, conversationId) = await FilledAsync(read: 40, unread: 80);
        await using var stan = await Device.OpenAsync(_server.Address, startup);
        var timeline = await OpenAsync(stan, conversationId);

        await timeline.MarkReadAsync(timeline.Messages.Single(message => message.Sequence == 50), Cancellation);
        timeline.LastReadSequence.ShouldBe(50);
        await timeline.MarkReadAsync(timeline.Messages.Single(message => message.Sequence == 45), Cancellation);

        timeline.LastReadSequence.ShouldBe(50);
        (await stan.Client.Conversations.GetUnreadTotalsAsync(Cancellation)).ShouldBe(new UnreadTotals(1, 70));
    }

    [Fact]
    public async Task ReadAll_OfAConversationOpenedInTheMiddle_YieldsAllOnceAndInOrder()
    {
        var (investor, startup, conversationId) = await FilledAsync(read: 40, unread: 300);
        await using var stan = await Device.OpenAsync(_server.Address, startup);
        var timeline = await OpenAsync(stan, conversationId);
        var known = timeline.Messages.Single(message => message.Sequence == 30).Id;

        var reading = timeline
            .ReadAllAsync(known, Cancellation)
            .Take(312)
            .Select(message => message.Sequence)
            .ToListAsync(Cancellation)
            .AsTask();
        (await investor.SendAsync(conversationId, "One")).Expect(HttpStatusCode.Created);
        (await investor.SendAsync(conversationId, "Two")).Expect(HttpStatusCode.Created);

        (await reading.WaitAsync(TimeSpan.FromSeconds(20), Cancellation)).ShouldBe(Given.Sequences(31, 342));
    }

    [Fact]
    public async Task CatchUp_AfterMoreWasMissedThanIsRecovered_KeepsWhatWasHeldAndReadsOnFromThere()
    {
        var (investor, startup, conversationId) = await FilledAsync(read: 20, unread: 0);
        await using var line = new BadLine(_server.Address);
        await using var stan = await Device.OpenAsync(line.Address, startup);
        var timeline = await OpenAsync(stan, conversationId);

        line.IsDown = true;
        line.Cut();
        await _server.FillAsync(conversationId, investor.Id, 1_000);
        line.IsDown = false;
        await Eventually.TrueAsync(() => timeline.HasLater, "It does not catch up.");

        timeline.Messages.Select(message => message.Sequence).ShouldBe(Given.Sequences(1, 20));
        await timeline.LoadLaterAsync(cancellationToken: Cancellation);
        timeline.Messages.Select(message => message.Sequence).ShouldBe(Given.Sequences(1, 70));
    }

    /// <summary>Creates messages from the Investor, some of which the Startup has read.</summary>
    private async Task<(TestUser Investor, TestUser Startup, Guid ConversationId)> FilledAsync(int read, int unread)
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        await _server.FillAsync(conversationId, investor.Id, read);
        (await startup.MarkReadAsync(conversationId)).Expect(HttpStatusCode.OK);
        await _server.FillAsync(conversationId, investor.Id, unread);

        return (investor, startup, conversationId);
    }

    private static async Task<ConversationTimeline> OpenAsync(Device device, Guid conversationId)
    {
        var timeline = device.Session.Open(conversationId, TimelineStart.FirstUnread);
        await timeline.WaitUntilLoadedAsync(Cancellation).WaitAsync(TimeSpan.FromSeconds(10), Cancellation);

        return timeline;
    }
}
