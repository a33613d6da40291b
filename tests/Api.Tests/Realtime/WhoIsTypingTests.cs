using System.Net;
using System.Text.Json;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Infrastructure.Realtime;
using CleanMessaging.Tests.Support;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;

namespace CleanMessaging.Api.Tests.Realtime;

/// <summary>Tests that a client learns who is typing when it joins or synchronizes, and that lists receive typing events.</summary>
public sealed class WhoIsTypingTests(ApiServerFixture fixture) : IClassFixture<ApiServerFixture>
{
    private readonly ApiServer _server = fixture.Server;

    [Fact]
    public async Task Join_WhileTheOtherTypes_ListsThemUntilTheIndicatorExpires()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        await using var typist = await investor.ConnectAsync();
        var now = _server.Clock.GetUtcNow();
        _server.Clock.FreezeAt(now);
        try
        {
            await TypeAsync(typist, conversationId);

            var (userId, until) = (await JoinedTypingAsync(startup, conversationId)).ShouldHaveSingleItem();
            userId.ShouldBe(investor.Id);
            (until - now).ShouldBe(TimeSpan.FromSeconds(6), TimeSpan.FromMicroseconds(1));
            (await SyncedTypingAsync(startup, conversationId)).ShouldHaveSingleItem().ShouldBe((userId, until));

            // The stop is lost: the indicator expires.
            _server.Clock.Shift(TimeSpan.FromSeconds(6));
            (await JoinedTypingAsync(startup, conversationId)).ShouldBeEmpty();
            (await SyncedTypingAsync(startup, conversationId)).ShouldBeEmpty();
        }
        finally
        {
            _server.Clock.Release();
        }
    }

    [Fact]
    public async Task Join_ByTheTypistOnAnotherDevice_ListsNoOne()
    {
        var (investor, _, conversationId) = await _server.RegisterPairAsync();
        await using var phone = await investor.ConnectAsync();
        await using var laptop = await investor.ConnectAsync();

        await TypeAsync(phone, conversationId);

        (await JoinedTypingAsync(investor, conversationId)).ShouldBeEmpty();
        (await SyncedTypingAsync(investor, conversationId)).ShouldBeEmpty();
        await laptop.CatchUpAsync(conversationId);
        laptop.Unread("Typing").ShouldBeEmpty();
    }

    [Fact]
    public async Task Join_AfterTheOtherStopped_ListsNoOne()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        await using var typist = await investor.ConnectAsync();

        await TypeAsync(typist, conversationId);
        await TypeAsync(typist, conversationId, isTyping: false);

        (await JoinedTypingAsync(startup, conversationId)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Join_AfterAMessageOfTheTypist_ListsNoOneEvenIfAnOldEventArrives()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        await using var typist = await investor.ConnectAsync();

        await TypeAsync(typist, conversationId);
        (await investor.SendAsync(conversationId, "Typed")).Expect(HttpStatusCode.Created);
        (await startup.SendAsync(conversationId, "An answer")).Expect(HttpStatusCode.Created);
        (await JoinedTypingAsync(startup, conversationId)).ShouldBeEmpty();

        // An event of another server, delayed by the backplane: the user typed before sending the message.
        _server.Services.GetRequiredService<RealtimeNotifier>().Notify(new UserTyped(
            new ConversationId(conversationId), new UserId(investor.Id), IsTyping: true, _server.Clock.GetUtcNow().AddSeconds(6), 0, 0, [startup.Id]));
        (await JoinedTypingAsync(startup, conversationId)).ShouldBeEmpty();
        (await SyncedTypingAsync(startup, conversationId)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Join_AfterMessagesOfOthersOnly_StillListsTheTypist()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        await using var typist = await investor.ConnectAsync();
        (await investor.SendAsync(conversationId, "Before")).Expect(HttpStatusCode.Created);

        await TypeAsync(typist, conversationId);
        (await startup.SendAsync(conversationId, "One")).Expect(HttpStatusCode.Created);
        (await startup.SendAsync(conversationId, "Two")).Expect(HttpStatusCode.Created);

        (await JoinedTypingAsync(startup, conversationId)).ShouldHaveSingleItem().UserId.ShouldBe(investor.Id);
        (await SyncedTypingAsync(startup, conversationId)).ShouldHaveSingleItem().UserId.ShouldBe(investor.Id);
    }

    [Fact]
    public async Task Typing_AgainAfterAMessage_IsListedAgain()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        await using var phone = await investor.ConnectAsync();
        await using var laptop = await investor.ConnectAsync();

        await TypeAsync(phone, conversationId);
        (await investor.SendAsync(conversationId, "Typed")).Expect(HttpStatusCode.Created);
        await TypeAsync(laptop, conversationId);

        (await JoinedTypingAsync(startup, conversationId)).ShouldHaveSingleItem().UserId.ShouldBe(investor.Id);
    }

    [Fact]
    public async Task Join_WhileADeactivatedUserTyped_ListsNoOne()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        var admin = await _server.CreateAdminAsync();
        await using var typist = await investor.ConnectAsync();

        await TypeAsync(typist, conversationId);
        (await admin.PostAsync($"/api/admin/users/{investor.Id}/deactivate", new { })).Expect(HttpStatusCode.OK);

        (await JoinedTypingAsync(startup, conversationId)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Typing_InAForeignConversation_IsNeitherStoredNorSent()
    {
        var (_, startup, conversationId) = await _server.RegisterPairAsync();
        var foreigner = await _server.RegisterInvestorAsync();
        await using var foreignConnection = await foreigner.ConnectAsync();
        await using var list = await startup.ConnectAsync();

        (await foreignConnection.ErrorOfAsync("Typing", new { conversationId, isTyping = true }))
            .GetProperty("code").GetString().ShouldBe("conversation.not_found");

        _server.Services.GetRequiredService<TypingIndicators>()
            .Find(new ConversationId(conversationId), new UserId(foreigner.Id)).ShouldBeNull();
        (await JoinedTypingAsync(startup, conversationId)).ShouldBeEmpty();
        await list.CatchUpAsync(conversationId);
        list.Unread("Typing").ShouldBeEmpty();
        var synced = (await foreigner.PostAsync("/api/sync", RequestOf(conversationId))).Expect(HttpStatusCode.OK).Data;
        synced.GetProperty("conversations").GetArrayLength().ShouldBe(0);
    }

    [Fact]
    public async Task Typing_FromManyConnections_ReachesTheOtherFiveTimesInFiveSeconds()
    {
        const int Connections = 8;
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        await using var list = await startup.ConnectAsync();
        var flood = new List<TestConnection>();
        _server.Clock.FreezeAt(_server.Clock.GetUtcNow());
        try
        {
            for (var number = 0; number < Connections; number++)
                flood.Add(await investor.ConnectAsync());
            await Task.WhenAll(flood.Select(async connection =>
            {
                for (var number = 0; number < 5; number++)
                    await TypeAsync(connection, conversationId, isTyping: number % 2 == 0);
            }));
        }
        finally
        {
            _server.Clock.Release();
            foreach (var connection in flood)
                await connection.DisposeAsync();
        }

        await list.CatchUpAsync(conversationId);
        list.Unread("Typing").Count.ShouldBe(5);
    }

    private static Task TypeAsync(TestConnection connection, Guid conversationId, bool isTyping = true) =>
        connection.Hub.InvokeAsync("Typing", new { conversationId, isTyping }, TestContext.Current.CancellationToken);

    /// <summary>Returns who is typing, as a new connection of the user learns it.</summary>
    private static async Task<IReadOnlyList<(Guid UserId, DateTimeOffset Until)>> JoinedTypingAsync(TestUser user, Guid conversationId)
    {
        await using var connection = await user.ConnectAsync();

        return TypingOf(await connection.JoinAsync(conversationId));
    }

    private static async Task<IReadOnlyList<(Guid UserId, DateTimeOffset Until)>> SyncedTypingAsync(TestUser user, Guid conversationId)
    {
        var synced = (await user.PostAsync("/api/sync", RequestOf(conversationId))).Expect(HttpStatusCode.OK).Data;

        return TypingOf(synced.GetProperty("conversations")[0]);
    }

    private static object RequestOf(Guid conversationId) => new { conversations = new[] { new { conversationId, sinceRevision = 0 } } };

    private static IReadOnlyList<(Guid UserId, DateTimeOffset Until)> TypingOf(JsonElement joined) =>
        [.. joined.GetProperty("typing").EnumerateArray().Select(typing => (typing.GetProperty("userId").GetGuid(), typing.Instant("until")))];
}
