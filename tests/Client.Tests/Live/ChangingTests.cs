using System.Net;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Client.Tests.Live;

/// <summary>Tests edits and deletions between sessions: over a reliable line, over one that loses events and answers, and offline.</summary>
public sealed class ChangingTests(ApiServerFixture fixture) : IClassFixture<ApiServerFixture>
{
    private readonly ApiServer _server = fixture.Server;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Edit_OfAMessage_ReachesTheOpenConversationAndThePreviewOfTheOther()
    {
        var (ines, stan, hers, his) = await MeetAsync();
        await using var _ = ines;
        await using var __ = stan;
        await SayAsync(hers, his, "Helo");

        await hers.EditAsync(hers.Messages[0], "Hello", Cancellation);

        await Eventually.TrueAsync(
            () => his.Messages is [{ Content: "Hello", Version: 1, EditedAt: not null }] && hers.UnsentChanges.Count == 0, "It is not edited.");
        hers.Messages.ShouldBe(his.Messages);
        await Eventually.TrueAsync(
            () => stan.Session.Conversations is [{ LastMessage.Content: "Hello", UnreadCount: 1 }], "The preview has the old text.");
        await stan.RaisesAsync<MessageChanged>();
        stan.Changes.OfType<MessageChanged>().Select(changed => changed.Message.Content).ShouldContain("Hello");
        (await his.GetVersionsAsync(his.Messages[0], Cancellation)).Select(version => (version.Number, version.Content))
            .ShouldBe([(0, "Helo"), (1, "Hello")]);
    }

    [Fact]
    public async Task Delete_OfAnUnreadMessage_RemovesItFromTheOthersConversationAndList()
    {
        var (ines, stan, hers, his) = await MeetAsync();
        await using var _ = ines;
        await using var __ = stan;
        await SayAsync(hers, his, "First", "Second");
        await Eventually.TrueAsync(() => stan.Session.Conversations is [{ UnreadCount: 2 }], "They are not unread.");

        await hers.DeleteMessageAsync(hers.Messages[1], Cancellation);

        await Eventually.TrueAsync(() => his.Messages is [{ Content: "First" }] && his.Deleted.Count == 1, "It is not deleted.");
        await Eventually.TrueAsync(() => hers.UnsentChanges.Count == 0, "The deletion is still waiting.");
        hers.Messages.ShouldBe(his.Messages);
        hers.Deleted.ShouldBe(his.Deleted);
        await Eventually.TrueAsync(
            () => stan.Session.Conversations is [{ LastMessage.Content: "First", UnreadCount: 1 }], "The preview is not removed.");
        await Eventually.TrueAsync(() => stan.Changes.OfType<MessageDeleted>().Any(), "The session does not raise MessageDeleted.");
        stan.Changes.OfType<MessageDeleted>().ShouldHaveSingleItem().Deleted.ShouldBe(his.Deleted[0]);
    }

    [Fact]
    public async Task Delete_BeforeTheOtherOpens_IsShownAsATombstone()
    {
        var (ines, stan, hers, his) = await MeetAsync();
        await using var _ = ines;
        await using var __ = stan;
        await SayAsync(hers, his, "First", "Second", "Third");
        await hers.DeleteMessageAsync(hers.Messages[1], Cancellation);
        await Eventually.TrueAsync(() => hers.Deleted.Count == 1, "It is not deleted.");

        var session = await MessagingSession.OpenAsync(stan.Client, options: Device.ShortWaits, cancellationToken: Cancellation);
        await using var ___ = session;
        var fresh = session.Open(hers.ConversationId);
        await fresh.WaitUntilLoadedAsync(Cancellation);

        fresh.Messages.Select(message => message.Content).ShouldBe(["First", "Third"]);
        fresh.Deleted.ShouldBe(hers.Deleted);
    }

    [Fact]
    public async Task Edit_OfAVersionThatAnotherDeviceHasEdited_IsRejectedAndKeepsTheText()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        await using var line = new BadLine(_server.Address);
        await using var phone = await Device.OpenAsync(line.Address, investor);
        await using var laptop = await Device.OpenAsync(_server.Address, investor);
        (await investor.SendAsync(conversationId, "Helo")).Expect(HttpStatusCode.Created);
        var (onPhone, onLaptop) = (await phone.OpenAsync(conversationId), await laptop.OpenAsync(conversationId));
        var seen = onPhone.Messages[0];
        line.Event = _ => Fate.Drop;

        await onLaptop.EditAsync(onLaptop.Messages[0], "Hello", Cancellation);
        await Eventually.TrueAsync(() => onLaptop.Messages[0].Version == 1, "It is not edited.");
        await onPhone.EditAsync(seen, "Hallo", Cancellation);
        await Eventually.TrueAsync(() => onPhone.UnsentChanges is [{ Failure: not null }], "It is not rejected.");

        var rejected = onPhone.UnsentChanges[0];
        rejected.Failure.ShouldNotBeNull().Code.ShouldBe("message.edit_conflict");
        rejected.Change.ShouldNotBeNull().Content.ShouldBe("Hallo");
        phone.Session.UnsentChanges.ShouldBe([rejected]);
        phone.Session.Unsent.ShouldBeEmpty();
        await phone.Session.DiscardAsync(rejected.ClientMessageId, Cancellation);
        onPhone.UnsentChanges.ShouldBeEmpty();
    }

    [Fact]
    public async Task Changes_MadeOffline_AreMadeInOrderByTheNextProcess()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        var folder = Directory.CreateTempSubdirectory();
        await using var line = new BadLine(_server.Address);
        foreach (var text in new[] { "First", "Second" })
            (await investor.SendAsync(conversationId, text)).Expect(HttpStatusCode.Created);
        var phone = await Device.OpenAsync(line.Address, investor, store: new FileSendQueueStore(folder.FullName));
        try
        {
            var timeline = await phone.OpenAsync(conversationId);
            (line.IsDown, line.Losing) = (true, _ => Loss.Request);
            line.Cut();
            await timeline.SendAsync("Third", cancellationToken: Cancellation);
            await timeline.EditAsync(timeline.Messages[0], "One", Cancellation);
            await timeline.EditAsync(timeline.Messages[0], "1", Cancellation);
            await timeline.DeleteMessageAsync(timeline.Messages[1], Cancellation);
            timeline.UnsentChanges.Count.ShouldBe(2);
            await phone.DisposeAsync();

            line.IsDown = false;
            line.Losing = _ => Loss.Nothing;
            phone = await Device.OpenAsync(line.Address, investor, store: new FileSendQueueStore(folder.FullName));
            await phone.Session.WaitUntilSentAsync(Cancellation);

            phone.Session.UnsentChanges.ShouldBeEmpty();
            (await startup.ReadPageAsync(conversationId)).ShouldBe(["1", "Third"]);
            folder.EnumerateFiles().ShouldBeEmpty();
            var reopened = await phone.OpenAsync(conversationId);
            (reopened.Messages[0].Version, reopened.Deleted.Count).ShouldBe((1, 1));
        }
        finally
        {
            await phone.DisposeAsync();
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Changes_WithEventsAndAnswersLostDoubledAndReordered_EndWithTheServersState()
    {
        const int Messages = 60;
        var random = new Random(17);
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        await _server.ExecuteAsync("UPDATE message_quotas SET daily_free_limit = 1000000");
        await using var line = new BadLine(_server.Address);
        line.Event = _ => (Fate)Next(4);
        line.Losing = request => request.StartsWith("PUT", StringComparison.Ordinal) || request.StartsWith("DELETE", StringComparison.Ordinal)
            ? (Loss)Next(3)
            : Loss.Nothing;
        var options = Device.ShortWaits with { ConversationCheck = TimeSpan.FromSeconds(1), ListCheck = TimeSpan.FromSeconds(1) };
        await using var ines = await Device.OpenAsync(line.Address, investor, options);
        await using var stan = await Device.OpenAsync(line.Address, startup, options);
        var timelines = new[] { await ines.OpenAsync(conversationId), await stan.OpenAsync(conversationId) };
        var sent = new List<Message>();
        for (var number = 1; number <= Messages; number++)
        {
            sent.Add((await ines.Client.Messages.SendAsync(conversationId, $"Message {number}", cancellationToken: Cancellation)).Message);
            var edited = sent[Next(sent.Count)];
            if (number % 2 == 0 && timelines[0].Messages.FirstOrDefault(message => message.Id == edited.Id) is { } known)
                await timelines[0].EditAsync(known, $"Edited {number}", Cancellation);
            if (number % 5 == 0)
                await timelines[0].DeleteMessageAsync(sent[Next(sent.Count)], Cancellation);

            // Only messages that the timeline has received can be edited.
            if (number % 10 == 0)
                await Eventually.TrueAsync(() => Holds(timelines[0], sent[^1].Sequence), "The timeline does not receive the messages.");
        }

        await Eventually.TrueAsync(() => ines.Session.UnsentChanges.All(change => change.Failure is not null), "A change is still waiting.");

        var page = await stan.Client.Messages.GetAsync(conversationId, limit: 100, cancellationToken: Cancellation);
        page.Deleted.Count.ShouldBeInRange(6, 12);
        page.Messages.Count(message => message.Version > 0).ShouldBeGreaterThan(5);
        line.Losses.ShouldBeGreaterThan(5);
        foreach (var timeline in timelines)
        {
            await Eventually.TrueAsync(
                () => timeline.Messages.Select(StateOf).SequenceEqual(page.Messages.Select(StateOf)) && timeline.Deleted.SequenceEqual(page.Deleted),
                "It does not end with the server's state.");
        }

        // Several threads draw numbers.
        int Next(int below)
        {
            lock (random)
                return random.Next(below);
        }

        static bool Holds(ConversationTimeline timeline, long sequence) =>
            timeline.Messages.Any(message => message.Sequence == sequence) || timeline.Deleted.Any(message => message.Sequence == sequence);

        static (long, long, string?, int) StateOf(Message message) => (message.Sequence, message.Revision, message.Content, message.Version);
    }

    /// <summary>Sends messages, and waits until both see them.</summary>
    private static async Task SayAsync(ConversationTimeline sender, ConversationTimeline other, params string[] texts)
    {
        foreach (var text in texts)
            await sender.SendAsync(text, cancellationToken: Cancellation);
        await Eventually.TrueAsync(
            () => sender.Messages.Count == texts.Length && other.Messages.Count == texts.Length && sender.Unsent.Count == 0, "They do not come.");
    }

    private async Task<(Device Ines, Device Stan, ConversationTimeline Hers, ConversationTimeline His)> MeetAsync()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        var (ines, stan) = (await Device.OpenAsync(_server.Address, investor), await Device.OpenAsync(_server.Address, startup));

        return (ines, stan, await ines.OpenAsync(conversationId), await stan.OpenAsync(conversationId));
    }
}
