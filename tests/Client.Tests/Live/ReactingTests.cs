using System.Net;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Client.Tests.Live;

/// <summary>Tests reactions between sessions: over a reliable line, over one that loses events and answers, and offline.</summary>
public sealed class ReactingTests(ApiServerFixture fixture) : IClassFixture<ApiServerFixture>
{
    private readonly ApiServer _server = fixture.Server;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task React_ToAMessage_ReachesTheOpenConversationAndThePreviewOfTheOther()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        (await investor.SendAsync(conversationId, "Hello")).Expect(HttpStatusCode.Created);
        await using var ines = await Device.OpenAsync(_server.Address, investor);
        await using var stan = await Device.OpenAsync(_server.Address, startup);
        var (hers, his) = (await ines.OpenAsync(conversationId), await stan.OpenAsync(conversationId));

        await his.ReactAsync(his.Messages[0], "👍", Cancellation);
        await Eventually.TrueAsync(() => hers.Messages[0].ReactionOf(startup.Id) == "👍" && his.UnsentChanges.Count == 0, "It does not come.");
        await Eventually.TrueAsync(
            () => ines.Session.Conversations is [{ LastMessage: { } last }] && last.ReactionOf(startup.Id) == "👍", "The preview has no reaction.");
        await his.UnreactAsync(his.Messages[0], Cancellation);
        await Eventually.TrueAsync(() => hers.Messages[0].Reactions.Count == 0 && his.Messages[0].Reactions.Count == 0, "It is not removed.");

        hers.Messages.ShouldBe(his.Messages);
        await ines.RaisesAsync<ReactionChanged>(times: 2);
        ines.Changes.OfType<ReactionChanged>().Select(changed => (changed.UserId, changed.Emoji)).ShouldBe([(startup.Id, "👍"), (startup.Id, null)]);
        stan.Session.Conversations[0].UnreadCount.ShouldBe(1);
    }

    [Fact]
    public async Task Reactions_SetOffline_AreSentByTheNextProcessAndTheNewestWins()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        var folder = Directory.CreateTempSubdirectory();
        await using var line = new BadLine(_server.Address);
        foreach (var text in new[] { "First", "Second", "Third" })
            (await startup.SendAsync(conversationId, text)).Expect(HttpStatusCode.Created);
        var phone = await Device.OpenAsync(line.Address, investor, store: new FileSendQueueStore(folder.FullName));
        try
        {
            var timeline = await phone.OpenAsync(conversationId);
            (await startup.DeleteMessageAsync(timeline.Messages[2].Id)).Expect(HttpStatusCode.OK);
            (line.IsDown, line.Losing) = (true, _ => Loss.Request);
            line.Cut();
            var messages = timeline.Messages;
            await timeline.ReactAsync(messages[0], "👍", Cancellation);
            await timeline.ReactAsync(messages[1], "👀", Cancellation);
            await timeline.ReactAsync(messages[0], "👎", Cancellation);
            timeline.UnsentChanges.Select(change => change.Change?.Reaction?.Emoji).ShouldBe(["👀", "👎"]);
            await phone.DisposeAsync();

            line.IsDown = false;
            line.Losing = _ => Loss.Nothing;
            phone = await Device.OpenAsync(line.Address, investor, store: new FileSendQueueStore(folder.FullName));
            await phone.Session.WaitUntilSentAsync(Cancellation);

            var page = await phone.Client.Messages.GetAsync(conversationId, cancellationToken: Cancellation);
            page.Messages.Select(message => message.ReactionOf(investor.Id)).ShouldBe(["👎", "👀"]);
            folder.EnumerateFiles().ShouldBeEmpty();
        }
        finally
        {
            await phone.DisposeAsync();
            folder.Delete(recursive: true);
        }
    }

    /// <summary>Both react to the same messages on two devices each, over lines that lose events and answers.</summary>
    [Fact]
    public async Task Reactions_OfTwoDevicesEachWithEventsAndAnswersLost_EndWithTheServersState()
    {
        var random = new Random(23);
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        for (var number = 1; number <= 5; number++)
            (await investor.SendAsync(conversationId, $"Message {number}")).Expect(HttpStatusCode.Created);
        await using var line = new BadLine(_server.Address);
        line.Event = _ => (Fate)random.Next(4);
        line.Losing = request => request.Contains("/reaction", StringComparison.Ordinal) ? (Loss)random.Next(3) : Loss.Nothing;
        var options = Device.ShortWaits with { ConversationCheck = TimeSpan.FromSeconds(1), ListCheck = TimeSpan.FromSeconds(1) };
        var devices = new List<Device>();
        try
        {
            foreach (var user in new[] { investor, startup, investor, startup })
                devices.Add(await Device.OpenAsync(line.Address, user, options));
            var timelines = await Task.WhenAll(devices.Select(device => device.OpenAsync(conversationId)));
            for (var step = 0; step < 60; step++)
            {
                var timeline = timelines[step % 4];
                var message = timeline.Messages[random.Next(5)];
                await (random.Next(4) == 0
                    ? timeline.UnreactAsync(message, Cancellation)
                    : timeline.ReactAsync(message, random.Next(2) == 0 ? "👍" : "👎", Cancellation));
                if (step % 10 == 9)
                    await Task.WhenAll(devices.Select(device => device.Session.WaitUntilSentAsync(Cancellation)));
            }

            await Task.WhenAll(devices.Select(device => device.Session.WaitUntilSentAsync(Cancellation)));

            var page = await devices[0].Client.Messages.GetAsync(conversationId, cancellationToken: Cancellation);
            line.Losses.ShouldBeGreaterThan(5);
            page.Messages.ShouldAllBe(message => message.Reactions.Select(reaction => reaction.UserId).Distinct().Count() == message.Reactions.Count);
            foreach (var timeline in timelines)
            {
                await Eventually.TrueAsync(
                    () => timeline.Messages.Select(StateOf).SequenceEqual(page.Messages.Select(StateOf)), "It does not end with the server's state.");
            }
        }
        finally
        {
            foreach (var device in devices)
                await device.DisposeAsync();
        }

        static string StateOf(Message message) => $"{message.Revision} {string.Join(", ", message.Reactions)}";
    }
}
