using System.Net;
using System.Text.Json;
using CleanMessaging.Domain.Users;
using CleanMessaging.Tests.Support;
using Microsoft.AspNetCore.SignalR.Client;

namespace CleanMessaging.Api.Tests.Realtime;

/// <summary>Tests which clients receive which hub events, when, and with which payload.</summary>
public sealed class LiveEventsTests(ApiServerFixture fixture) : IClassFixture<ApiServerFixture>
{
    private readonly ApiServer _server = fixture.Server;

    [Fact]
    public async Task Connect_WithToken_ReceivesItsUser()
    {
        var investor = await _server.RegisterInvestorAsync();
        await using var connection = new TestConnection(investor.BuildConnection());

        await connection.Hub.StartAsync(TestContext.Current.CancellationToken);

        (await connection.NextAsync("Connected")).GetProperty("userId").GetGuid().ShouldBe(investor.Id);
    }

    [Fact]
    public async Task NewMessage_Of50SendsToBothParticipants_ComesInOrder()
    {
        var (investor, startup, conversationId) = await RichPairAsync();
        await using var one = await JoinedAsync(investor, conversationId);
        await using var other = await JoinedAsync(startup, conversationId);

        for (var number = 1; number <= 50; number++)
            (await investor.SendAsync(conversationId, $"Message {number}")).Expect(HttpStatusCode.Created);

        foreach (var listener in new[] { one, other })
        {
            for (var number = 1; number <= 50; number++)
            {
                var message = (await listener.NextAsync("NewMessage")).GetProperty("message");
                message.GetProperty("sequence").GetInt64().ShouldBe(number);
                message.GetProperty("content").GetString().ShouldBe($"Message {number}");
            }
        }
    }

    [Fact]
    public async Task Join_ByANonParticipant_IsNotFoundAndReceivesNothing()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        var (nonParticipant, _, otherConversationId) = await _server.RegisterPairAsync();
        await using var listener = await JoinedAsync(startup, conversationId);
        await using var eavesdropper = await nonParticipant.ConnectAsync();

        var rejection = await eavesdropper.ErrorOfAsync("Join", new { conversationId });
        (await investor.SendAsync(conversationId, "Secret")).Expect(HttpStatusCode.Created);
        await startup.MarkReadAsync(conversationId);
        await listener.Hub.InvokeAsync("Typing", new { conversationId, isTyping = true }, TestContext.Current.CancellationToken);
        await HearEverythingAsync(investor, listener, conversationId);
        await eavesdropper.CatchUpAsync(otherConversationId);

        rejection.GetProperty("code").GetString().ShouldBe("conversation.not_found");
        rejection.GetProperty("status").GetInt32().ShouldBe(404);
        rejection.GetProperty("success").GetBoolean().ShouldBeFalse();
        rejection.GetProperty("retryable").GetBoolean().ShouldBeFalse();
        foreach (var name in new[] { "NewMessage", "Typing", "Read", "ConversationUpdated" })
            eavesdropper.Unread(name).Where(heard => heard.GetRawText().Contains($"{conversationId}")).ShouldBeEmpty(name);
    }

    [Theory]
    [InlineData("Join")]
    [InlineData("Leave")]
    [InlineData("Typing")]
    [InlineData("Read")]
    public async Task EveryCall_ByANonParticipantOrOfNothing_IsTheSameRejection(string method)
    {
        var (_, _, conversationId) = await _server.RegisterPairAsync();
        var nonParticipant = await _server.RegisterInvestorAsync();
        await using var connection = await nonParticipant.ConnectAsync();

        var notMine = await connection.ErrorOfAsync(method, ArgumentOf(method, conversationId));
        var nothing = await connection.ErrorOfAsync(method, ArgumentOf(method, Guid.CreateVersion7()));

        notMine.GetProperty("code").GetString().ShouldBe("conversation.not_found");
        WithoutTrace(notMine).ShouldBe(WithoutTrace(nothing));
    }

    [Fact]
    public async Task SendMessage_ToParticipantWhoHasNotJoined_ShowsInTheListOnly()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        await using var sender = await JoinedAsync(investor, conversationId);
        await using var listOnly = await startup.ConnectAsync();

        (await investor.SendAsync(conversationId, "Hello")).Expect(HttpStatusCode.Created);

        var updated = await UpdateAtAsync(listOnly, 1);
        updated.GetProperty("lastMessage").GetProperty("content").GetString().ShouldBe("Hello");
        await HearEverythingAsync(investor, sender, conversationId);
        await listOnly.CatchUpAsync(conversationId);
        listOnly.Unread("NewMessage").ShouldBeEmpty();
    }

    [Fact]
    public async Task SendMessage_FromOneDevice_ReachesTheOtherWithItsClientMessageId()
    {
        var (investor, _, conversationId) = await _server.RegisterPairAsync();
        await using var phone = await JoinedAsync(investor, conversationId);
        await using var laptop = await JoinedAsync(investor, conversationId);
        var clientMessageId = Guid.CreateVersion7();

        (await investor.SendAsync(conversationId, "Mine", clientMessageId)).Expect(HttpStatusCode.Created);

        foreach (var device in new[] { phone, laptop })
        {
            var message = (await device.NextAsync("NewMessage")).GetProperty("message");
            message.GetProperty("clientMessageId").GetGuid().ShouldBe(clientMessageId);
        }
    }

    [Fact]
    public async Task Leave_AfterJoin_EndsTheConversationsEventsButNotTheLists()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        await using var sender = await JoinedAsync(investor, conversationId);
        await using var leaver = await JoinedAsync(startup, conversationId);
        (await investor.SendAsync(conversationId, "Heard")).Expect(HttpStatusCode.Created);
        await leaver.NextAsync("NewMessage");

        await leaver.Hub.InvokeAsync("Leave", new { conversationId }, TestContext.Current.CancellationToken);
        (await investor.SendAsync(conversationId, "Not heard")).Expect(HttpStatusCode.Created);

        await UpdateAtAsync(leaver, 2);
        await HearEverythingAsync(investor, sender, conversationId);
        await leaver.CatchUpAsync(conversationId);
        leaver.Unread("NewMessage").ShouldBeEmpty();
    }

    [Fact]
    public async Task Typing_InAConversation_ReachesEveryConnectionOfTheOtherForSixSecondsAndIsThrottled()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        await using var typist = await JoinedAsync(investor, conversationId);
        await using var typistsLaptop = await JoinedAsync(investor, conversationId);
        await using var other = await JoinedAsync(startup, conversationId);
        await using var notJoined = await startup.ConnectAsync();
        var now = _server.Clock.GetUtcNow();
        _server.Clock.FreezeAt(now);
        try
        {
            foreach (var _ in Enumerable.Range(1, 3))
                await typist.Hub.InvokeAsync("Typing", new { conversationId, isTyping = true }, TestContext.Current.CancellationToken);
            await typist.Hub.InvokeAsync("Typing", new { conversationId, isTyping = false }, TestContext.Current.CancellationToken);
        }
        finally
        {
            _server.Clock.Release();
        }

        foreach (var notified in new[] { other, notJoined })
        {
            var typing = await notified.NextAsync("Typing");
            typing.GetProperty("conversationId").GetGuid().ShouldBe(conversationId);
            typing.GetProperty("userId").GetGuid().ShouldBe(investor.Id);
            typing.GetProperty("isTyping").GetBoolean().ShouldBeTrue();
            typing.GetProperty("sequence").GetInt64().ShouldBe(0);
            typing.GetProperty("revision").GetInt64().ShouldBe(0);
            (typing.GetProperty("until").GetDateTimeOffset() - now).ShouldBe(TimeSpan.FromSeconds(6), TimeSpan.FromMicroseconds(1));

            // The server dropped the two repeated notices, so the next event is the end of typing.
            (await notified.NextAsync("Typing")).GetProperty("isTyping").GetBoolean().ShouldBeFalse();
        }

        foreach (var deaf in new[] { typist, typistsLaptop, notJoined, other })
        {
            await deaf.CatchUpAsync(conversationId);
            deaf.Unread("Typing").ShouldBeEmpty();
        }
    }

    [Fact]
    public async Task MarkRead_OverRestAndOverHub_HasTheSameEffectAndEvents()
    {
        var received = new List<(long Marked, long Pointer, IReadOnlyList<Guid> Ids)>();
        foreach (var overHub in new[] { false, true })
        {
            var (investor, startup, conversationId) = await _server.RegisterPairAsync();
            var ids = new List<Guid>();
            foreach (var number in Enumerable.Range(1, 3))
            {
                ids.Add(
                    (await investor.SendAsync(conversationId, $"{number}"))
                        .Expect(HttpStatusCode.Created).Data.GetProperty("id")
                        .GetGuid());
            }

            await using var sender = await JoinedAsync(investor, conversationId);
            await using var reader = await JoinedAsync(startup, conversationId);

            var request = new { conversationId, messageIds = new[] { ids[1] } };
            var answer = overHub
                ? await reader.Hub.InvokeAsync<JsonElement>("Read", request, TestContext.Current.CancellationToken)
                : (await startup.PostAsync("/api/messages/read", request)).Expect(HttpStatusCode.OK).Data;

            foreach (var listener in new[] { sender, reader })
            {
                var read = await listener.NextAsync("Read");
                read.GetProperty("conversationId").GetGuid().ShouldBe(conversationId);
                read.GetProperty("userId").GetGuid().ShouldBe(startup.Id);
                read.GetProperty("lastReadSequence").GetInt64().ShouldBe(2);
                read.GetProperty("sequence").GetInt64().ShouldBe(3);
                read.GetProperty("revision").GetInt64().ShouldBe(3);
                read.GetProperty("messageIds").EnumerateArray().Select(id => id.GetGuid()).ShouldBe(ids[..2]);
            }

            received.Add((answer.GetProperty("messagesMarked").GetInt64(), answer.GetProperty("lastReadSequence").GetInt64(), ids));
        }

        (received[0].Marked, received[0].Pointer).ShouldBe((2, 2));
        (received[1].Marked, received[1].Pointer).ShouldBe((2, 2));
    }

    [Fact]
    public async Task ConversationUpdated_AfterCreateSendAndRead_IsEachViewersOwn()
    {
        var investor = await _server.RegisterInvestorAsync();
        var startup = await _server.RegisterStartupAsync();
        await using var one = await investor.ConnectAsync();
        await using var other = await startup.ConnectAsync();

        var conversationId = await investor.ConversationWithAsync(startup);
        foreach (var listener in new[] { one, other })
        {
            var created = (await listener.NextAsync("ConversationUpdated")).GetProperty("conversation");
            created.GetProperty("id").GetGuid().ShouldBe(conversationId);
            created.GetProperty("unreadCount").GetInt32().ShouldBe(0);
            created.GetProperty("lastMessage").ValueKind.ShouldBe(JsonValueKind.Null);
        }

        (await investor.SendAsync(conversationId, "Hello")).Expect(HttpStatusCode.Created);
        (await UpdateAtAsync(one, 1)).GetProperty("unreadCount").GetInt32().ShouldBe(0);
        (await UpdateAtAsync(other, 1)).GetProperty("unreadCount").GetInt32().ShouldBe(1);

        (await startup.MarkReadAsync(conversationId)).Expect(HttpStatusCode.OK);
        foreach (var (listener, viewer) in new[] { (one, investor), (other, startup) })
        {
            var read = await UpdateAtAsync(listener, 1);
            read.GetProperty("unreadCount").GetInt32().ShouldBe(0);
            read.GetProperty("lastMessage").GetProperty("isRead").GetBoolean().ShouldBeTrue();
            var shown = (await viewer.GetAsync($"/api/conversations/{conversationId}")).Expect(HttpStatusCode.OK);
            read.GetRawText().ShouldBe(shown.Data.GetRawText());
        }
    }

    [Fact]
    public async Task Message_InAnswerPagePreviewAndEvent_IsTheSameJson()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        await using var listener = await JoinedAsync(startup, conversationId);

        var sent = await investor.PostAsync(
            "/api/messages/send",
            new { conversationId, content = "Größe \"42\" <b> \u2028 🙂\u0001", expirationHours = 5, clientMessageId = Guid.CreateVersion7() });

        var answer = sent.Expect(HttpStatusCode.Created).Data.GetRawText();
        var received = (await listener.NextAsync("NewMessage")).GetProperty("message").GetRawText();
        var page = (await startup.GetAsync($"/api/messages?conversationId={conversationId}"))
            .Expect(HttpStatusCode.OK).Data[0]
            .GetRawText();
        var preview = (await startup.GetAsync("/api/conversations"))
            .Expect(HttpStatusCode.OK).Data[0]
            .GetProperty("lastMessage")
            .GetRawText();
        var updated = (await UpdateAtAsync(listener, 1)).GetProperty("lastMessage").GetRawText();
        received.ShouldBe(answer);
        page.ShouldBe(answer);
        preview.ShouldBe(answer);
        updated.ShouldBe(answer);
    }

    [Fact]
    public async Task SendMessage_ReplayedOrRejected_SendsNoEvent()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        await using var listener = await JoinedAsync(startup, conversationId);
        var clientMessageId = Guid.CreateVersion7();
        (await investor.SendAsync(conversationId, "Once", clientMessageId)).Expect(HttpStatusCode.Created);
        await listener.NextAsync("NewMessage");
        await UpdateAtAsync(listener, 1);

        (await investor.SendAsync(conversationId, "Once", clientMessageId)).Expect(HttpStatusCode.OK);
        (await investor.SendAsync(conversationId, "Other text", clientMessageId)).Expect(HttpStatusCode.UnprocessableEntity);
        (await investor.SendAsync(conversationId, " ")).Expect(HttpStatusCode.BadRequest);
        for (var number = 2; number <= 20; number++)
            (await investor.SendAsync(conversationId, $"{number}")).Expect(HttpStatusCode.Created);
        (await investor.SendAsync(conversationId, "Too dear")).Expect(HttpStatusCode.PaymentRequired);
        (await startup.SendAsync(conversationId, "Last")).Expect(HttpStatusCode.Created);

        for (var sequence = 2; sequence <= 21; sequence++)
            (await listener.NextAsync("NewMessage")).GetProperty("message").GetProperty("sequence").GetInt64().ShouldBe(sequence);
        (await UpdateAtAsync(listener, 21)).GetProperty("lastMessage").GetProperty("content").GetString().ShouldBe("Last");
        listener.Unread("NewMessage").ShouldBeEmpty();
    }

    [Fact]
    public async Task NewMessage_WhenItComes_IsThereToBeRead()
    {
        var (investor, startup, conversationId) = await RichPairAsync();
        await using var listener = await JoinedAsync(startup, conversationId);

        for (var number = 1; number <= 20; number++)
        {
            var sending = investor.SendAsync(conversationId, $"Message {number}");
            var received = (await listener.NextAsync("NewMessage")).GetProperty("message").GetProperty("id").GetGuid();
            var page = (await startup.GetAsync($"/api/messages?conversationId={conversationId}&limit=1")).Expect(HttpStatusCode.OK);

            page.Data[0].GetProperty("id").GetGuid().ShouldBe(received);
            (await sending).Expect(HttpStatusCode.Created);
        }
    }

    private async Task<(TestUser Investor, TestUser Startup, Guid ConversationId)> RichPairAsync()
    {
        var investor = await _server.CreateWithPointsAsync(UserRole.Investor, 10_000);
        var startup = await _server.RegisterStartupAsync();

        return (investor, startup, await investor.ConversationWithAsync(startup));
    }

    private static async Task<TestConnection> JoinedAsync(TestUser user, Guid conversationId)
    {
        var connection = await user.ConnectAsync();
        await connection.JoinAsync(conversationId);

        return connection;
    }

    /// <summary>Returns the <c>ConversationUpdated</c> event for a sequence; skips events for earlier states.</summary>
    private static async Task<JsonElement> UpdateAtAsync(TestConnection listener, long sequence)
    {
        var updated = await listener.NextAsync(
            "ConversationUpdated", update => update.GetProperty("conversation").GetProperty("lastSequence").GetInt64() >= sequence);

        return updated.GetProperty("conversation");
    }

    /// <summary>Sends one more message and waits for all of its events. By then the listener has received every earlier event.</summary>
    private static async Task HearEverythingAsync(TestUser sender, TestConnection listener, Guid conversationId)
    {
        var last = (await sender.SendAsync(conversationId, "The last one"))
            .Expect(HttpStatusCode.Created).Data.GetProperty("sequence")
            .GetInt64();
        await listener.NextAsync("NewMessage", received => received.GetProperty("message").GetProperty("sequence").GetInt64() == last);
        await UpdateAtAsync(listener, last);
    }

    private static object ArgumentOf(string method, Guid conversationId) =>
        method == "Typing" ? new { conversationId, isTyping = true } : new { conversationId };

    private static string WithoutTrace(JsonElement problem) =>
        string.Join(';', problem.EnumerateObject().Where(member => member.Name != "traceId").Select(member => member.ToString()));
}
