using System.Net;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Client.Tests.Live;

/// <summary>
/// Tests that reading on from a known message yields every later message once and in order, from any distance and during any changes.
/// </summary>
public sealed class ReadingTests(ApiServerFixture fixture) : IClassFixture<ApiServerFixture>
{
    private readonly ApiServer _server = fixture.Server;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task ReadAll_FiveThousandBehindWhileMoreCome_YieldsAllOnceAndInOrder()
    {
        const int Behind = 5_000;
        const int Later = 67;
        var (investor, startup, conversationId) = await FilledAsync(1);
        await using var stan = await Device.OpenAsync(_server.Address, startup);
        var known = (await stan.Client.Messages.GetAsync(conversationId, cancellationToken: Cancellation)).Messages[0];
        await _server.FillAsync(conversationId, investor.Id, Behind);
        var timeline = await stan.OpenAsync(conversationId);

        var reading = ReadAsync(timeline, known.Id, Behind + Later);
        for (var number = 1; number <= Later; number++)
            (await investor.SendAsync(conversationId, $"Meanwhile {number}")).Expect(HttpStatusCode.Created);

        (await reading).ShouldBe(Given.Sequences(2, 1 + Behind + Later));
    }

    [Fact]
    public async Task Timeline_FiveThousandBehind_ShowsTheNewestPageAndPagesBackToTheFirst()
    {
        const int Behind = 5_000;
        var (investor, startup, conversationId) = await FilledAsync(20);
        await using var line = new BadLine(_server.Address);
        await using var stan = await Device.OpenAsync(line.Address, startup);
        var timeline = await stan.OpenAsync(conversationId);
        timeline.Messages.Select(message => message.Sequence).ShouldBe(Given.Sequences(1, 20));
        timeline.HasEarlier.ShouldBeFalse();

        await _server.FillAsync(conversationId, investor.Id, Behind);
        line.Cut();
        await Eventually.TrueAsync(() => timeline.Messages is [.., { Sequence: Behind + 20 }], "It does not catch up.");

        // The window contains nothing from before the gap; otherwise it would hide the gap.
        timeline.Messages.Select(message => message.Sequence).ShouldBe(Given.Sequences(Behind + 20 - 49, Behind + 20));
        timeline.HasEarlier.ShouldBeTrue();
        var pages = 0;
        for (; timeline.HasEarlier; pages++)
            await timeline.LoadEarlierAsync(100, Cancellation);
        timeline.Messages.Select(message => message.Sequence).ShouldBe(Given.Sequences(1, Behind + 20));
        pages.ShouldBe(50);
        await timeline.LoadEarlierAsync(100, Cancellation);
    }

    [Fact]
    public async Task ReadAll_FromNow_YieldsWhatComesAndNothingThatWas()
    {
        var (investor, startup, conversationId) = await FilledAsync(3);
        await using var stan = await Device.OpenAsync(_server.Address, startup);
        var timeline = await stan.OpenAsync(conversationId);

        var reading = ReadAsync(timeline, null, 2);
        (await investor.SendAsync(conversationId, "Four")).Expect(HttpStatusCode.Created);
        (await investor.SendAsync(conversationId, "Five")).Expect(HttpStatusCode.Created);

        (await reading).ShouldBe([4, 5]);
    }

    [Fact]
    public async Task ReadAll_AfterAMessageThatHasExpired_YieldsWhatFollowsIt()
    {
        var (_, startup, conversationId) = await FilledAsync(10);
        await using var stan = await Device.OpenAsync(_server.Address, startup);
        var known = (await stan.Client.Messages.GetAsync(conversationId, cancellationToken: Cancellation)).Messages[3];
        await _server.ExpireAsync(conversationId, "sequence IN (4, 6)");
        var timeline = await stan.OpenAsync(conversationId);

        (await ReadAsync(timeline, known.Id, 5)).ShouldBe([5, 7, 8, 9, 10]);
    }

    [Fact]
    public async Task ReadAll_AfterTheVeryLast_WaitsForTheNext()
    {
        var (investor, startup, conversationId) = await FilledAsync(2);
        await using var stan = await Device.OpenAsync(_server.Address, startup);
        var timeline = await stan.OpenAsync(conversationId);

        var reading = ReadAsync(timeline, timeline.Messages[1].Id, 1);
        (await investor.SendAsync(conversationId, "Three")).Expect(HttpStatusCode.Created);

        (await reading).ShouldBe([3]);
    }

    [Fact]
    public async Task ReadAll_OfAnEmptyConversation_YieldsTheFirstAlsoWhenTheWindowDoesNotReachBackToIt()
    {
        var (investor, startup, conversationId) = await FilledAsync(0);
        await using var line = new BadLine(_server.Address);
        await using var stan = await Device.OpenAsync(line.Address, startup);
        var timeline = await stan.OpenAsync(conversationId);
        await using var reading = timeline.ReadAllAsync(cancellationToken: Cancellation).GetAsyncEnumerator(Cancellation);
        var first = reading.MoveNextAsync().AsTask();

        // More changes than one join returns, so the window restarts with the newest page.
        line.IsDown = true;
        line.Cut();
        await _server.FillAsync(conversationId, investor.Id, 1_234);
        line.IsDown = false;

        (await first).ShouldBeTrue();
        reading.Current.Sequence.ShouldBe(1);
        for (var sequence = 2; sequence <= 1_234; sequence++)
        {
            (await reading.MoveNextAsync()).ShouldBeTrue();
            reading.Current.Sequence.ShouldBe(sequence);
        }

        timeline.Messages.Count.ShouldBe(50);
    }

    [Fact]
    public async Task ReadAll_WhileTheWindowBeginsAgain_SkipsNothingAndRepeatsNothing()
    {
        var (investor, startup, conversationId) = await FilledAsync(10);
        await using var line = new BadLine(_server.Address);
        await using var stan = await Device.OpenAsync(line.Address, startup);
        var timeline = await stan.OpenAsync(conversationId);
        var reading = ReadAsync(timeline, timeline.Messages[0].Id, 9 + 3_000);

        for (var round = 0; round < 5; round++)
        {
            line.IsDown = true;
            line.Cut();
            await _server.FillAsync(conversationId, investor.Id, 600);
            line.IsDown = false;
            await Eventually.TrueAsync(() => timeline.Messages[^1].Sequence == 10 + (600 * (round + 1)), "It does not catch up.");
        }

        (await reading).ShouldBe(Given.Sequences(2, 10 + 3_000));
    }

    [Fact]
    public async Task ReadAll_WhilePagesCannotBeRead_GoesOnWhenTheyCan()
    {
        var (_, startup, conversationId) = await FilledAsync(300);
        await using var line = new BadLine(_server.Address);
        await using var stan = await Device.OpenAsync(line.Address, startup);
        var timeline = await stan.OpenAsync(conversationId);
        var first = await FirstAsync(stan.Client, conversationId);
        line.Losing = request =>
            request == "GET /api/messages" && line.Losses < 7 && Random.Shared.Next(2) == 0 ? Loss.Answer : Loss.Nothing;

        (await ReadAsync(timeline, first.Id, 299)).ShouldBe(Given.Sequences(2, 300));
    }

    [Fact]
    public async Task ReadAll_ByASlowReader_YieldsNothingThatHasExpiredInTheMeantime()
    {
        var (investor, startup, conversationId) = await FilledAsync(1);
        (await investor.SendAsync(conversationId, "Two")).Expect(HttpStatusCode.Created);
        (await investor.SendExpiringAsync(conversationId, "Gone soon", 1)).Expect(HttpStatusCode.Created);
        (await investor.SendAsync(conversationId, "Four")).Expect(HttpStatusCode.Created);
        var clock = new TestClock();
        await using var stan = await Device.OpenAsync(_server.Address, startup, clock: clock);
        var timeline = await stan.OpenAsync(conversationId);
        await using var reading = timeline.ReadAllAsync(timeline.Messages[0].Id, Cancellation).GetAsyncEnumerator(Cancellation);
        (await reading.MoveNextAsync()).ShouldBeTrue();

        // The reader or the whole machine was suspended for an hour.
        clock.Shift(TimeSpan.FromHours(1));
        (await reading.MoveNextAsync()).ShouldBeTrue();

        reading.Current.Content.ShouldBe("Four");
    }

    [Fact]
    public async Task ReadAll_AfterAMessageOfAnotherConversation_IsRejected()
    {
        var (_, startup, conversationId) = await FilledAsync(1);
        var (_, other, foreignId) = await FilledAsync(1);
        var foreign = (await other.GetAsync($"/api/messages?conversationId={foreignId}")).Data[0].Id();
        await using var stan = await Device.OpenAsync(_server.Address, startup);
        var timeline = await stan.OpenAsync(conversationId);

        var rejection = await Should.ThrowAsync<InvalidRequestException>(async () => await ReadAsync(timeline, foreign, 1));

        rejection.Code.ShouldBe("message.invalid_cursor");
    }

    [Fact]
    public async Task LongTimeline_ThatIsOpenForLong_KeepsABoundedNumber()
    {
        const int Messages = ConversationState.KeptMessages + 500;
        var (investor, startup, conversationId) = await FilledAsync(0);
        await using var stan = await Device.OpenAsync(
            _server.Address, startup, Device.ShortWaits with { ConversationCheck = TimeSpan.FromMilliseconds(20) });
        var timeline = await stan.OpenAsync(conversationId);
        var reading = ReadAsync(timeline, null, Messages);

        for (var filled = 0; filled < Messages; filled += 250)
        {
            await _server.FillAsync(conversationId, investor.Id, 250);
            await Eventually.TrueAsync(
                () => timeline.Messages is [.., { Sequence: var last }] && last == filled + 250, "It does not come.");
            timeline.Messages.Count.ShouldBeLessThanOrEqualTo(ConversationState.KeptMessages + 250);
        }

        timeline.HasEarlier.ShouldBeTrue();
        (await reading).ShouldBe(Given.Sequences(1, Messages));
        while (timeline.HasEarlier)
            await timeline.LoadEarlierAsync(100, Cancellation);
        timeline.Messages.Select(message => message.Sequence).ShouldBe(Given.Sequences(1, Messages));
    }

    private async Task<(TestUser Investor, TestUser Startup, Guid ConversationId)> FilledAsync(int messages)
    {
        var pair = await _server.RegisterPairAsync();
        await _server.ExecuteAsync($"UPDATE message_quotas SET daily_free_limit = 1000 WHERE user_id = '{pair.Investor.Id}'");
        if (messages > 0)
            await _server.FillAsync(pair.ConversationId, pair.Investor.Id, messages);

        return pair;
    }

    private static async Task<Message> FirstAsync(MessagingClient client, Guid conversationId)
    {
        var page = await client.Messages.GetAsync(conversationId, limit: 100, cancellationToken: Cancellation);
        while (page.HasMoreBefore)
            page = await client.Messages.GetAsync(conversationId, before: page.Messages[0].Id, limit: 100, cancellationToken: Cancellation);

        return page.Messages[0];
    }

    /// <summary>Reads the given number of messages; reading has begun when the method returns.</summary>
    private static async Task<List<long>> ReadAsync(ConversationTimeline timeline, Guid? after, int count)
    {
        var sequences = new List<long>();
        await foreach (var message in timeline.ReadAllAsync(after, Cancellation))
        {
            sequences.Add(message.Sequence);
            if (sequences.Count == count)
                break;
        }

        return sequences;
    }
}
