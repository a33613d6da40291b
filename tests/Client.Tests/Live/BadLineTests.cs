using System.Collections.Concurrent;
using System.Net;
using CleanMessaging.Tests.Support;
using Microsoft.AspNetCore.SignalR.Client;

namespace CleanMessaging.Client.Tests.Live;

/// <summary>
/// Tests that a session over an unreliable connection ends up with the server's state, and that each message is sent and charged once.
/// </summary>
public sealed class BadLineTests(ApiServerFixture fixture) : IClassFixture<ApiServerFixture>
{
    internal static readonly TestSize Cuts = new(60, 200, "cut connections of a client session");

    private readonly ApiServer _server = fixture.Server;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Session_CutAgainAndAgainWhileAllWriteReadAndExpire_EndsUpWithWhatTheServerHas()
    {
        var random = new Random(20_261_123);
        var startup = await _server.RegisterStartupAsync();
        var writers = new[] { await _server.RegisterInvestorAsync(), await _server.RegisterInvestorAsync() };
        var ids = new[] { await writers[0].ConversationWithAsync(startup), await writers[1].ConversationWithAsync(startup) };
        await _server.ExecuteAsync("UPDATE message_quotas SET daily_free_limit = 1000000");
        await using var line = new BadLine(_server.Address);
        await using var stan = await Device.OpenAsync(line.Address, startup, clock: _server.Clock);
        var timelines = ids.Select(stan.Session.Open).ToList();
        using var written = new CancellationTokenSource();

        var writing = writers
            .Select((writer, index) => WriteAsync(writer, ids[index], new Random(index), written.Token))
            .Append(SendAsync(timelines, new Random(7), written.Token))
            .ToList();
        for (var cut = 1; cut <= Cuts.Value; cut++)
        {
            // Cuts the connection while it is opened, while the session catches up, or between events.
            var (connections, changes) = (line.HubConnections, stan.Changes.Count);
            if (cut % 4 != 0)
            {
                await Eventually.TrueAsync(
                    () => line.HubConnections > connections || stan.Session.Connection == ConnectionState.Online,
                    "The session does not reconnect.");
            }

            if (cut % 4 > 1)
                await Eventually.TrueAsync(() => stan.Changes.Count > changes, "The session raises no change.");

            await Task.Delay(random.Next(20), Cancellation);
            line.Cut();

            // The messages with an expiry of one hour have expired, and so has every access token.
            if (cut == Cuts.Value / 3 || cut == Cuts.Value / 2)
                _server.Clock.Shift(TimeSpan.FromHours(1));
        }

        await written.CancelAsync();
        await Task.WhenAll(writing);
        await stan.BeAsync(ConnectionState.Online);

        await Eventually.TrueAsync(() => stan.Session.Unsent.Count == 0, "Not everything is sent.");
        using var fresh = await Device.SignInAsync(_server.Address, startup, _server.Clock);
        foreach (var timeline in timelines)
            await ShouldEndUpAsync(timeline, fresh);
        await Eventually.TrueAsync(
            async () =>
                ListOf(stan.Session.Conversations) == ListOf((await fresh.Conversations.ListAsync(cancellationToken: Cancellation)).Items),
            "The session's conversation list differs from the server's.");
        line.HubConnections.ShouldBeGreaterThanOrEqualTo(Cuts.Value / 2);
        (await _server.QueryAsync<long>("SELECT count(*) FROM messages WHERE expires_at IS NOT NULL")).ShouldBeGreaterThan(10);
    }

    [Fact]
    public async Task Sends_WhoseAnswersAreLost_AreStoredAndChargedOnce()
    {
        const int Sends = 100;
        const int Free = 20;
        var random = new Random(11);
        var investor = await _server.CreateWithPointsAsync(Domain.Users.UserRole.Investor, points: 10_000);
        var conversationId = await investor.ConversationWithAsync(await _server.RegisterStartupAsync());
        var folder = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        await using var line = new BadLine(_server.Address);
        line.Losing = request => request.EndsWith("/send", StringComparison.Ordinal) ? (Loss)random.Next(3) : Loss.Nothing;
        var device = await Device.OpenAsync(line.Address, investor, store: new FileSendQueueStore(folder));
        try
        {
            var ids = new List<Guid>();
            for (var number = 1; number <= Sends; number++)
            {
                ids.Add(
                    (await device.Session.SendAsync(conversationId, $"Message {number}", cancellationToken: Cancellation)).ClientMessageId);
                if (number == Sends / 2)
                {
                    // The process ends with sends in progress, and another process continues.
                    await device.DisposeAsync();
                    device = await Device.OpenAsync(line.Address, investor, store: new FileSendQueueStore(folder));
                }
            }

            await Eventually.TrueAsync(() => device.Session.Unsent.Count == 0, "Not everything is sent.");

            Directory.EnumerateFiles(folder).ShouldBeEmpty();
            var stored = await device.Client.Messages.GetAsync(conversationId, limit: 100, cancellationToken: Cancellation);
            stored.Messages.Select(message => message.ClientMessageId).ShouldBe(ids.Select(id => (Guid?)id));
            stored.Messages.Select(message => message.Content).ShouldBe(Enumerable.Range(1, Sends).Select(number => $"Message {number}"));
            (await investor.BalanceAsync()).ShouldBe(10_000 - ((Sends - Free) * 10));
            line.Losses.ShouldBeGreaterThan(Sends / 2);
            await _server.ShouldAddUpAsync();
        }
        finally
        {
            await device.DisposeAsync();
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task Events_LostDoubledAndReordered_AreMadeUpFor()
    {
        const int Messages = 200;
        var random = new Random(13);
        var (investor, startup, conversationId) = await RichPairAsync();
        await using var line = new BadLine(_server.Address);
        line.Event = _ => random.Next(10) switch
        {
            < 3 => Fate.Drop,
            < 5 => Fate.Twice,
            < 7 => Fate.HoldBack,
            _ => Fate.Pass,
        };
        await using var stan = await Device.OpenAsync(
            line.Address,
            startup,
            Device.ShortWaits with { ConversationCheck = TimeSpan.FromSeconds(1), ListCheck = TimeSpan.FromSeconds(1) });
        var timeline = await stan.OpenAsync(conversationId);
        var reading = timeline
            .ReadAllAsync(cancellationToken: Cancellation)
            .Take(Messages)
            .Select(message => message.Sequence)
            .ToListAsync(Cancellation);

        for (var number = 1; number <= Messages; number++)
            (await investor.SendAsync(conversationId, $"Message {number}")).Expect(HttpStatusCode.Created);

        await Eventually.TrueAsync(() => timeline.Messages.Count == Messages, "The timeline does not contain every message.");
        timeline.Messages.Select(message => message.Sequence).ShouldBe(Given.Sequences(1, Messages));
        (await reading).ShouldBe(Given.Sequences(1, Messages));
        await Eventually.TrueAsync(
            () => stan.Changes.OfType<MessageAdded>().Count() >= Messages, "The session does not raise MessageAdded for every message.");
        stan.Changes.OfType<MessageAdded>().Select(added => added.Message.Sequence).Order().ShouldBe(Given.Sequences(1, Messages));
        await Eventually.TrueAsync(
            () => stan.Session.Conversations is [{ UnreadCount: Messages, LastSequence: Messages }], "The list is behind.");
    }

    /// <summary>Another device of the user and the other participant change everything that can change, also what only the user's devices hear of.</summary>
    [Fact]
    public async Task Changes_OfEveryKindWithEventsLostDoubledAndReordered_EndWithWhatTheServerHas()
    {
        const int Rounds = 40;
        var random = new Random(19);
        var fates = new ConcurrentDictionary<(string, Fate), int>();
        var (investor, startup, conversationId) = await RichPairAsync();
        await using var line = new BadLine(_server.Address);
        line.Event = name =>
        {
            // Every kind of event has every fate in turn.
            var fate = (Fate)(fates.Where(one => one.Key.Item1 == name).Sum(one => one.Value) % 4);
            fates.AddOrUpdate((name, fate), 1, (_, count) => count + 1);

            return fate;
        };
        await using var phone = await Device.OpenAsync(
            line.Address,
            investor,
            Device.ShortWaits with { ConversationCheck = TimeSpan.FromSeconds(1), ListCheck = TimeSpan.FromSeconds(1) });
        var timeline = await phone.OpenAsync(conversationId);

        await ChangeEverythingAsync(investor, startup, conversationId, Rounds, random);

        using var fresh = await Device.SignInAsync(_server.Address, investor);
        var page = await fresh.Messages.GetAsync(conversationId, limit: 100, cancellationToken: Cancellation);
        var conversation = await fresh.Conversations.GetAsync(conversationId, Cancellation);
        (page.Messages.Count < Rounds - 10).ShouldBeTrue("Too little is deleted, hidden or cleared.");
        await Eventually.TrueAsync(
            () => timeline.Messages.Select(StateOf).SequenceEqual(page.Messages.Select(StateOf)) && timeline.Deleted.SequenceEqual(page.Deleted),
            "The open conversation does not end with the server's state.");
        await Eventually.TrueAsync(
            () => timeline.DefaultExpirationHours == conversation.DefaultExpirationHours
                && phone.Session.FindConversation(conversationId) is { } listed
                && (listed.Personal, listed.LastMessage?.Id) == (conversation.Personal, conversation.LastMessage?.Id),
            "The list does not end with the server's state.");
        foreach (var kind in new[] { "MessageChanged", "MessageDeleted", "PersonalChanged", "ExpirationChanged" })
        {
            foreach (var fate in Enum.GetValues<Fate>())
                fates.ContainsKey((kind, fate)).ShouldBeTrue($"{kind} never had the fate {fate}.");
        }

        static (long, long, string?, int, int) StateOf(Message message) =>
            (message.Sequence, message.Revision, message.Content, message.Version, message.Reactions.Count);
    }

    [Fact]
    public async Task Events_OfWhichTheVeryLastIsLost_AreCompleteAfterTheNextCheck()
    {
        var (investor, startup, conversationId) = await RichPairAsync();
        await using var line = new BadLine(_server.Address);
        await using var stan = await Device.OpenAsync(
            line.Address,
            startup,
            Device.ShortWaits with { ConversationCheck = TimeSpan.FromMilliseconds(500), ListCheck = TimeSpan.FromMilliseconds(500) });
        var timeline = await stan.OpenAsync(conversationId);
        (await investor.SendAsync(conversationId, "First")).Expect(HttpStatusCode.Created);
        await Eventually.TrueAsync(() => timeline.Messages.Count == 1, "It does not come.");

        line.Event = _ => Fate.Drop;
        (await investor.SendAsync(conversationId, "Last")).Expect(HttpStatusCode.Created);

        await Eventually.TrueAsync(() => timeline.Messages.Count == 2, "The last one is not found.");
        await Eventually.TrueAsync(() => stan.Session.Conversations is [{ UnreadCount: 2 }], "The list does not find it.");
        stan.Session.Connection.ShouldBe(ConnectionState.Online);
    }

    [Theory]
    [InlineData("NewMessage")]
    [InlineData("Read")]
    [InlineData("Typing")]
    [InlineData("ConversationUpdated")]
    public async Task Gap_ThatAnyLaterEventShows_IsClosedAtOnce(string hint)
    {
        var (investor, startup, conversationId) = await RichPairAsync();
        await using var line = new BadLine(_server.Address);
        await using var stan = await Device.OpenAsync(line.Address, startup);
        await using var typing = await investor.ConnectAsync();
        var timeline = await stan.OpenAsync(conversationId);
        await stan.BeAsync(ConnectionState.Online);
        var lost = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        line.Event = name =>
        {
            // The last event that a message raises.
            if (name == "ConversationUpdated")
                lost.TrySetResult();

            return Fate.Drop;
        };
        (await investor.SendAsync(conversationId, "Lost")).Expect(HttpStatusCode.Created);
        await lost.Task.WaitAsync(TimeSpan.FromSeconds(5), Cancellation);
        timeline.Messages.ShouldBeEmpty();

        line.Event = name => name == hint ? Fate.Pass : Fate.Drop;
        if (hint == "NewMessage")
            (await investor.SendAsync(conversationId, "Not lost")).Expect(HttpStatusCode.Created);
        else if (hint == "Typing")
            await typing.Hub.InvokeAsync("Typing", new { conversationId, isTyping = true }, Cancellation);
        else
            (await investor.MarkReadAsync(conversationId)).Expect(HttpStatusCode.OK);

        await Eventually.TrueAsync(() => timeline.Messages.Count == (hint == "NewMessage" ? 2 : 1), "It is not filled.");
    }

    [Fact]
    public async Task MarkRead_WhileOffline_IsSentAfterwards()
    {
        var (investor, startup, conversationId) = await RichPairAsync();
        (await investor.SendAsync(conversationId, "Hello")).Expect(HttpStatusCode.Created);
        await using var line = new BadLine(_server.Address);
        await using var stan = await Device.OpenAsync(line.Address, startup);
        var timeline = await stan.OpenAsync(conversationId);
        line.IsDown = true;
        line.Cut();

        await timeline.MarkReadAsync(Cancellation);
        timeline.LastReadSequence.ShouldBe(0);
        await timeline.DisposeAsync();
        line.IsDown = false;

        await Eventually.TrueAsync(
            () => stan.Session.Conversations is [{ UnreadCount: 0 }], "The session does not report the read position to the server.");
    }

    [Fact]
    public async Task MarkRead_WhoseRequestIsCutOff_IsSentWithTheNextConnection()
    {
        var (investor, startup, conversationId) = await RichPairAsync();
        (await investor.SendAsync(conversationId, "Hello")).Expect(HttpStatusCode.Created);
        await using var line = new BadLine(_server.Address);
        await using var stan = await Device.OpenAsync(line.Address, startup);
        var timeline = await stan.OpenAsync(conversationId);
        line.IsDown = true;
        line.Cut();
        await timeline.MarkReadAsync(Cancellation);
        line.Losing = request =>
        {
            if (line.Losses > 0 || !request.EndsWith("/read", StringComparison.Ordinal))
                return Loss.Nothing;

            line.CutHubs();

            return Loss.Everything;
        };
        line.IsDown = false;

        await Eventually.TrueAsync(() => timeline.LastReadSequence == 1, "The session does not report the read position to the server.");
        await stan.BeAsync(ConnectionState.Online);
        line.Losses.ShouldBe(1);
    }

    [Fact]
    public async Task Send_WhileOffline_IsShownAtOnceAndSentAfterwards()
    {
        var (investor, startup, conversationId) = await RichPairAsync();
        await using var line = new BadLine(_server.Address);
        await using var stan = await Device.OpenAsync(
            line.Address, startup, Device.ShortWaits with { LongestRetry = TimeSpan.FromHours(1) });
        var timeline = await stan.OpenAsync(conversationId);
        line.IsDown = true;
        line.Cut();
        await stan.BeAsync(ConnectionState.Offline);

        var sent = await timeline.SendAsync("Hello", cancellationToken: Cancellation);
        timeline.Unsent.ShouldHaveSingleItem().ShouldBe(sent);
        timeline.Messages.ShouldBeEmpty();
        await Task.Delay(300, Cancellation);
        line.IsDown = false;
        stan.Session.RetryNow();

        await Eventually.TrueAsync(() => timeline.Messages.Count == 1 && timeline.Unsent.Count == 0, "It is not sent.");
        (await investor.ReadPageAsync(conversationId)).ShouldBe(["Hello"]);
        await stan.BeAsync(ConnectionState.Online);
    }

    [Fact]
    public async Task List_ThatCannotBeRead_CutsNothingOffAndIsReadLater()
    {
        var (investor, startup, conversationId) = await RichPairAsync();
        await using var line = new BadLine(_server.Address);
        line.Losing = request => request == "GET /api/conversations" ? Loss.Answer : Loss.Nothing;
        await using var stan = await Device.OpenAsync(line.Address, startup);
        var timeline = await stan.OpenAsync(conversationId);

        await Eventually.TrueAsync(() => line.Losses > 3, "The session does not retry.");
        (await investor.SendAsync(conversationId, "Hello")).Expect(HttpStatusCode.Created);
        await Eventually.TrueAsync(() => timeline.Messages.Count == 1, "The live event of the message does not arrive.");
        line.HubConnections.ShouldBe(1);
        stan.Session.Connection.ShouldBe(ConnectionState.Connecting);
        line.Losing = _ => Loss.Nothing;

        await stan.BeAsync(ConnectionState.Online);
        stan.Session.Conversations.ShouldHaveSingleItem();
        line.HubConnections.ShouldBe(1);
    }

    [Fact]
    public async Task Connection_CutAsSoonAsItStands_IsTriedLessAndLess()
    {
        var (_, startup, _) = await RichPairAsync();
        await using var line = new BadLine(_server.Address);
        await using var stan = await Device.OpenAsync(
            line.Address,
            startup,
            new MessagingSessionOptions { FirstRetry = TimeSpan.FromMilliseconds(100), LongestRetry = TimeSpan.FromHours(1) });
        stan.Session.Changed += change =>
        {
            if (change is ConnectionChanged { State: ConnectionState.Online })
                line.Cut();
        };

        // The waits are at most 0.1, 0.2, 0.4, 0.8 and 1.6 seconds, and half as long on average. Without backoff there would be about forty
        // attempts.
        await Task.Delay(TimeSpan.FromSeconds(2), Cancellation);

        line.HubConnections.ShouldBeInRange(2, 14);
    }

    [Fact]
    public async Task Server_ThatStartsAgain_IsFoundAgain()
    {
        var (investor, startup, conversationId) = await RichPairAsync();
        await using var line = new BadLine(_server.Address);
        await using var stan = await Device.OpenAsync(line.Address, startup);
        var timeline = await stan.OpenAsync(conversationId);
        line.IsDown = true;
        line.Cut();
        await stan.BeAsync(ConnectionState.Offline);
        (await investor.SendAsync(conversationId, "Meanwhile")).Expect(HttpStatusCode.Created);

        await using var another = await fixture.StartAnotherAsync(
            new Dictionary<string, string?>(), connectionString: _server.ConnectionString);

        // A token is valid from its issue time, and other tests may have moved that clock.
        another.Clock.Shift(_server.Clock.GetUtcNow() - another.Clock.GetUtcNow());
        line.Server = another.Address;
        line.IsDown = false;
        await Eventually.TrueAsync(() => timeline.Messages.Count == 1, "It does not catch up.");
        (await another.As(investor).SendAsync(conversationId, "Afterwards")).Expect(HttpStatusCode.Created);

        await Eventually.TrueAsync(() => timeline.Messages.Count == 2, "The live event of the message does not arrive.");
    }

    [Fact]
    public async Task Dispose_AtAnyMoment_NeitherHangsNorThrows()
    {
        var random = new Random(17);
        var (investor, startup, conversationId) = await RichPairAsync();
        await _server.FillAsync(conversationId, investor.Id, 20);
        await using var line = new BadLine(_server.Address);
        for (var round = 0; round < 30; round++)
        {
            var client = await Device.SignInAsync(line.Address, startup);
            var session = await MessagingSession.OpenAsync(client, options: Device.ShortWaits, cancellationToken: Cancellation);
            var reading = session.ReadChangesAsync(Cancellation).ToListAsync(Cancellation).AsTask();
            var timeline = session.Open(conversationId);
            var messages = timeline.ReadAllAsync(cancellationToken: Cancellation).ToListAsync(Cancellation).AsTask();
            var loading = timeline.WaitUntilLoadedAsync(Cancellation);
            timeline.SetTyping(true);
            var sending = timeline.SendAsync($"Round {round}", cancellationToken: Cancellation);
            if (round % 3 == 0)
                line.Cut();
            await Task.Delay(random.Next(40), Cancellation);
            using var silence = round % 5 == 0 ? line.GoSilent() : null;

            await session.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(5), Cancellation);
            await session.DisposeAsync();

            await reading.WaitAsync(TimeSpan.FromSeconds(5), Cancellation);
            await messages.WaitAsync(TimeSpan.FromSeconds(5), Cancellation);
            await sending;
            await Task.WhenAny(loading).WaitAsync(TimeSpan.FromSeconds(5), Cancellation);
            session.Connection.ShouldBe(ConnectionState.Offline);
            Should.Throw<ObjectDisposedException>(() => session.Open(conversationId));
            await timeline.DisposeAsync();
            client.Dispose();
        }
    }

    private async Task<(TestUser Investor, TestUser Startup, Guid ConversationId)> RichPairAsync()
    {
        var pair = await _server.RegisterPairAsync();
        await _server.ExecuteAsync(
            $"UPDATE message_quotas SET daily_free_limit = 1000 WHERE user_id IN ('{pair.Investor.Id}', '{pair.Startup.Id}')");

        return pair;
    }

    /// <summary>Compares a timeline with everything that a new client fetches.</summary>
    private static async Task ShouldEndUpAsync(ConversationTimeline timeline, MessagingClient fresh)
    {
        while (timeline.HasEarlier)
            await timeline.LoadEarlierAsync(100, Cancellation);

        IReadOnlyList<Message> all = [];
        await Eventually.TrueAsync(
            async () =>
            {
                all = await FetchAsync(fresh, timeline.ConversationId);

                return all.Select(Line).SequenceEqual(timeline.Messages.Select(Line));
            },
            $"It has {timeline.Messages.Count}, not {all.Count}");
        var conversation = await fresh.Conversations.GetAsync(timeline.ConversationId, Cancellation);
        timeline.Participants.Select(participant => participant.UserId)
            .ShouldBe(conversation.Participants.Select(participant => participant.UserId));
        timeline.LastReadSequence.ShouldBe(
            conversation.Participants.Single(participant => participant.UserId == fresh.User!.Id).LastReadSequence);

        static string Line(Message message) => $"{message.Sequence} {message.Id} {message.Revision} {message.Content}";
    }

    private static async Task<IReadOnlyList<Message>> FetchAsync(MessagingClient fresh, Guid conversationId)
    {
        var all = new List<Message>();
        MessagePage page;
        do
        {
            page = await fresh.Messages.GetAsync(
                conversationId, before: all is [var oldest, ..] ? oldest.Id : null, limit: 100, cancellationToken: Cancellation);
            all.InsertRange(0, page.Messages);
        }
        while (page.HasMoreBefore);

        return all;
    }

    private static string ListOf(IReadOnlyList<Conversation> conversations) => string.Join('\n', conversations.Select(conversation =>
        $"{conversation.Id} {conversation.Revision} {conversation.UnreadCount} {conversation.LastMessage?.Content} {string.Join(' ', conversation.Participants)}"));

    /// <summary>Sends and reads over a reliable connection, and logs in again when the clock was moved past the token's expiry.</summary>
    private async Task WriteAsync(TestUser writer, Guid conversationId, Random random, CancellationToken until)
    {
        for (var number = 1; !until.IsCancellationRequested; number++)
        {
            var answer = random.Next(10) switch
            {
                0 or 1 => await writer.SendExpiringAsync(conversationId, $"Gone soon {number}", expirationHours: 1),
                2 => await writer.MarkReadAsync(conversationId),
                _ => await writer.SendAsync(conversationId, $"Here to stay {number}"),
            };
            if (answer.Status == HttpStatusCode.Unauthorized)
                writer = await _server.LogInAsync(writer.Email);
            else
                answer.Status.ShouldBeOneOf(HttpStatusCode.OK, HttpStatusCode.Created, HttpStatusCode.ServiceUnavailable);
        }
    }

    /// <summary>Sends, and changes messages, the default expiration and the personal state of a user, all over a reliable connection.</summary>
    private static async Task ChangeEverythingAsync(TestUser user, TestUser other, Guid conversationId, int rounds, Random random)
    {
        var path = $"/api/conversations/{conversationId}";
        var ids = new List<Guid>();
        for (var round = 1; round <= rounds; round++)
        {
            ids.Add((await other.SendAsync(conversationId, $"Message {round}")).Expect(HttpStatusCode.Created).Data.Id());
            var id = ids[random.Next(ids.Count)];
            Answer[] answers =
            [
                await other.EditAsync(ids[^1], $"Edited {round}", version: 0),
                await user.ReactAsync(id, "👍"),
                round % 3 == 1 ? await other.DeleteMessageAsync(ids[^1]) : await other.ExpireSoonerAsync(id, 8000 - round),
                round % 3 == 0 ? await user.SetExpirationAsync(conversationId, round + 100) : await user.PutAsync($"{path}/mute", new { }),
                await user.PostAsync("/api/messages/hide", new { conversationId, messageIds = new[] { ids[random.Next(ids.Count)] } }),
                round % 10 == 0 ? await user.PostAsync($"{path}/clear", new { throughSequence = round / 5 }) : await user.DeleteAsync($"{path}/pin"),
                round % 2 == 0 ? await user.PutAsync($"{path}/archive", new { throughSequence = round }) : await user.PutAsync($"{path}/pin"),
            ];

            // The message may be deleted, hidden or cleared, or expire sooner already.
            answers.ShouldAllBe(answer => answer.Status == HttpStatusCode.OK || answer.Status == HttpStatusCode.NotFound || answer.Status == HttpStatusCode.Conflict);
        }
    }

    /// <summary>Sends and reads over the unreliable connection.</summary>
    private static async Task SendAsync(List<ConversationTimeline> timelines, Random random, CancellationToken until)
    {
        for (var number = 1; !until.IsCancellationRequested; number++)
        {
            var timeline = timelines[random.Next(timelines.Count)];
            if (random.Next(4) == 0)
            {
                await timeline.MarkReadAsync(Cancellation);
            }
            else if (timeline.Unsent.Count < 20)
            {
                await timeline.SendAsync(
                    $"From the train {number}", expirationHours: random.Next(5) == 0 ? 1 : null, cancellationToken: Cancellation);
            }

            await Task.Delay(random.Next(10), Cancellation);
        }
    }
}
