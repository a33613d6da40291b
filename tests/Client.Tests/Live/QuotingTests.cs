using System.Net;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Client.Tests.Live;

/// <summary>Tests replies between sessions: sent, quoted, changed, and the jump to a quoted message.</summary>
public sealed class QuotingTests(ApiServerFixture fixture) : IClassFixture<ApiServerFixture>
{
    private readonly ApiServer _server = fixture.Server;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Reply_ToAMessage_QuotesItAsItIsNowOnBothSides()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        await using var ines = await Device.OpenAsync(_server.Address, investor);
        await using var stan = await Device.OpenAsync(_server.Address, startup);
        var (hers, his) = (await ines.OpenAsync(conversationId), await stan.OpenAsync(conversationId));
        await hers.SendAsync("Question", cancellationToken: Cancellation);
        await Eventually.TrueAsync(() => his.Messages.Count == 1, "It does not arrive.");

        var queued = await his.SendAsync("Answer", replyToSequence: 1, cancellationToken: Cancellation);

        queued.ReplyToSequence.ShouldBe(1);
        his.QuoteOf(queued).ShouldNotBeNull().Message.ShouldBe(his.Messages[0]);
        await Eventually.TrueAsync(() => hers.Messages.Count == 2 && his.Messages.Count == 2, "The reply does not arrive.");
        hers.Messages[1].ReplyToSequence.ShouldBe(1);
        hers.QuoteOf(hers.Messages[0]).ShouldBeNull();
        foreach (var timeline in new[] { hers, his })
            timeline.QuoteOf(timeline.Messages[1]).ShouldBe(new MessageQuote(1, QuoteState.Available, timeline.Messages[0]));

        await hers.EditAsync(hers.Messages[0], "Better question", Cancellation);
        await Eventually.TrueAsync(() => his.QuoteOf(his.Messages[1])?.Message?.Content == "Better question", "The quote is not edited.");
        await hers.DeleteMessageAsync(hers.Messages[0], Cancellation);
        await Eventually.TrueAsync(() => his.QuoteOf(his.Messages[^1]) is { State: QuoteState.Unavailable, Message: null }, "The quote is not deleted.");
    }

    /// <summary>Tests that the quotes of many messages are one request, and that changes outside of the loaded range reach them.</summary>
    [Fact]
    public async Task QuoteOf_MessagesThatAreNotLoaded_IsFoundByOneRequestAndFollowsTheirChanges()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        var first = (await investor.SendAsync(conversationId, "First")).Expect(HttpStatusCode.Created).Data.Id();
        await _server.FillAsync(conversationId, investor.Id, 99);
        await using var line = new BadLine(_server.Address);
        await using var stan = await Device.OpenAsync(line.Address, startup);
        var timeline = await stan.OpenAsync(conversationId);
        await stan.BeAsync(ConnectionState.Online);
        var lookups = 0;
        line.Losing = request =>
        {
            if (request.Contains("/lookup", StringComparison.Ordinal))
                Interlocked.Increment(ref lookups);

            return Loss.Nothing;
        };

        foreach (var sequence in Given.Sequences(1, 40))
            timeline.QuoteOf(sequence).ShouldBe(new MessageQuote(sequence, QuoteState.Loading));
        await Eventually.TrueAsync(
            () => Given.Sequences(1, 40).All(sequence => timeline.QuoteOf(sequence)?.State == QuoteState.Available), "They are not found.");

        lookups.ShouldBe(1);
        await stan.RaisesAsync<QuotesChanged>();
        (await investor.EditAsync(first, "Edited", 0)).Expect(HttpStatusCode.OK);
        await Eventually.TrueAsync(() => timeline.QuoteOf(1)?.Message?.Content == "Edited", "It is not edited.");
        (await investor.DeleteMessageAsync(first)).Expect(HttpStatusCode.OK);
        await Eventually.TrueAsync(() => timeline.QuoteOf(1)?.State == QuoteState.Unavailable, "It is not deleted.");
        lookups.ShouldBe(1);
    }

    [Fact]
    public async Task QuoteOf_AMessageThatExpires_EndsAtItsInstant()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        var expiresAt = (await investor.SendExpiringAsync(conversationId, "Secret", 1)).Expect(HttpStatusCode.Created).Data.Instant("expiresAt");
        await _server.FillAsync(conversationId, investor.Id, 60);
        await using var stan = await Device.OpenAsync(_server.Address, startup, clock: _server.Clock);
        var timeline = await stan.OpenAsync(conversationId);
        await stan.BeAsync(ConnectionState.Online);
        timeline.QuoteOf(1).ShouldNotBeNull();
        await Eventually.TrueAsync(() => timeline.QuoteOf(1)?.Message?.Content == "Secret", "It is not found.");
        var endedAt = default(DateTimeOffset?);
        stan.Session.Changed += _ =>
        {
            if (timeline.QuoteOf(1)?.State == QuoteState.Unavailable)
                endedAt ??= _server.Clock.GetUtcNow();
        };

        _server.Clock.Shift(expiresAt - _server.Clock.GetUtcNow() - TimeSpan.FromSeconds(1));
        try
        {
            // Any change makes the session check for due items. Otherwise it would notice the moved clock only within 5 seconds.
            await stan.Session.SendAsync(Guid.CreateVersion7(), "To no one", cancellationToken: Cancellation);
            await Eventually.TrueAsync(() => endedAt is not null, "It does not expire.");
            endedAt.ShouldNotBeNull().ShouldBe(expiresAt, TimeSpan.FromMilliseconds(400));
        }
        finally
        {
            _server.Clock.Release();
        }
    }

    [Fact]
    public async Task QuoteOf_AMessageWhileTheServerCannotBeReached_IsFoundAfterwards()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        await _server.FillAsync(conversationId, investor.Id, 60);
        await using var line = new BadLine(_server.Address);
        await using var stan = await Device.OpenAsync(line.Address, startup);
        var timeline = await stan.OpenAsync(conversationId);
        await stan.BeAsync(ConnectionState.Online);
        var failures = 3;
        line.Losing = request =>
            request.Contains("/lookup", StringComparison.Ordinal) && Interlocked.Decrement(ref failures) >= 0 ? Loss.Answer : Loss.Nothing;

        timeline.QuoteOf(3).ShouldNotBeNull().State.ShouldBe(QuoteState.Loading);

        await Eventually.TrueAsync(() => timeline.QuoteOf(3)?.State == QuoteState.Available, "It is not found.");
        failures.ShouldBeLessThan(0);
    }

    [Fact]
    public async Task LoadAround_AQuotedMessage_ReplacesTheRangeAndLeadsBackToTheNewest()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        await _server.FillAsync(conversationId, investor.Id, 400);
        await using var stan = await Device.OpenAsync(_server.Address, startup);
        var timeline = await stan.OpenAsync(conversationId);
        await stan.BeAsync(ConnectionState.Online);

        await timeline.LoadAroundAsync(100, cancellationToken: Cancellation);
        timeline.Messages.Select(message => message.Sequence).ShouldBe(Given.Sequences(75, 124));
        (timeline.HasEarlier, timeline.HasLater).ShouldBe((true, true));
        (await investor.SendAsync(conversationId, "Comes in the meantime")).Expect(HttpStatusCode.Created);
        await Eventually.TrueAsync(() => stan.Session.FindConversation(conversationId)?.LastSequence == 401, "It does not come.");
        timeline.Messages[^1].Sequence.ShouldBe(124);

        // A sequence of the loaded range needs no request.
        await timeline.LoadAroundAsync(80, cancellationToken: Cancellation);
        timeline.Messages[0].Sequence.ShouldBe(75);

        await timeline.LoadEarlierAsync(cancellationToken: Cancellation);
        await timeline.LoadLaterAsync(cancellationToken: Cancellation);
        timeline.Messages.Select(message => message.Sequence).ShouldBe(Given.Sequences(25, 174));
        await timeline.LoadNewestAsync(cancellationToken: Cancellation);
        timeline.Messages.Select(message => message.Sequence).ShouldBe(Given.Sequences(352, 401));
        (timeline.HasEarlier, timeline.HasLater).ShouldBe((true, false));
        (await investor.SendAsync(conversationId, "Live again")).Expect(HttpStatusCode.Created);
        await Eventually.TrueAsync(() => timeline.Messages[^1].Sequence == 402, "It does not come.");
    }

    [Fact]
    public async Task Reply_QueuedOffline_IsSentByTheNextProcessAsAReply()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        (await investor.SendAsync(conversationId, "Question")).Expect(HttpStatusCode.Created);
        var folder = Directory.CreateTempSubdirectory();
        try
        {
            await using (var line = new BadLine(_server.Address))
            {
                await using var offline = await Device.OpenAsync(line.Address, startup, store: new FileSendQueueStore(folder.FullName));
                var timeline = await offline.OpenAsync(conversationId);
                line.Losing = _ => Loss.Request;
                await timeline.SendAsync("Answer", replyToSequence: 1, cancellationToken: Cancellation);
            }

            await using var stan = await Device.OpenAsync(_server.Address, startup, store: new FileSendQueueStore(folder.FullName));
            await stan.Session.WaitUntilSentAsync(Cancellation).WaitAsync(TimeSpan.FromSeconds(10), Cancellation);

            var page = (await investor.GetAsync($"/api/messages?conversationId={conversationId}")).Expect(HttpStatusCode.OK);
            page.Data.GetArrayLength().ShouldBe(2);
            page.Data[1].GetProperty("replyToSequence").GetInt64().ShouldBe(1);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
