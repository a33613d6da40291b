using System.Net;
using System.Text.Json;
using CleanMessaging.Tests.Support;
using Microsoft.AspNetCore.SignalR.Client;

namespace CleanMessaging.Fault.Tests.ManyServers;

/// <summary>Tests that changes reach the connections of another server, and personal ones only those of their user.</summary>
[Collection(nameof(OnSharedServers))]
public sealed class ChangesAcrossServersTests(FaultPostgres postgres, SharedServerPair shared)
{
    [Fact(Skip = ServerPair.NoRedis, SkipUnless = nameof(RedisServer.IsInstalled), SkipType = typeof(RedisServer))]
    public async Task Changes_OnOneServer_ReachTheConnectionsOfTheOther()
    {
        var servers = shared.Servers;
        var (investor, startup, conversationId) = await servers.RegisterPairAsync();
        await using var ownDevice = await ServerPair.JoinedAsync(ServerPair.At(servers.Other, investor), conversationId);
        await using var listener = await ServerPair.JoinedAsync(startup, conversationId);
        var path = $"/api/conversations/{conversationId}";
        var id = (await investor.SendAsync(conversationId, "First")).Expect(HttpStatusCode.Created).Data.Id();
        var toHide = (await startup.SendAsync(conversationId, "To hide")).Expect(HttpStatusCode.Created).Data.Id();

        (await investor.EditAsync(id, "Edited", version: 0)).Expect(HttpStatusCode.OK);
        await ShouldSeeAsync(message => message.GetProperty("content").GetString() == "Edited");
        (await investor.PutAsync($"/api/messages/{id}/reaction", new { emoji = "👍" })).Expect(HttpStatusCode.OK);
        await ShouldSeeAsync(message => message.GetProperty("reactions").GetArrayLength() == 1);
        (await investor.PutAsync($"/api/messages/{id}/expiration", new { expirationHours = 1 })).Expect(HttpStatusCode.OK);
        await ShouldSeeAsync(message => message.GetProperty("expiresAt").ValueKind == JsonValueKind.String);
        (await investor.PutAsync($"/api/conversations/{conversationId}/expiration", new { expirationHours = 24 })).Expect(HttpStatusCode.OK);
        (await listener.NextAsync("ExpirationChanged")).GetProperty("defaultExpirationHours").GetInt32().ShouldBe(24);
        (await investor.PostAsync("/api/messages/hide", new { conversationId, messageIds = new[] { toHide } })).Expect(HttpStatusCode.OK);
        (await ownDevice.NextAsync("PersonalChanged")).GetProperty("hidden").GetRawText().ShouldBe("[2]");
        await ShouldSeePersonalAsync(investor.PutAsync($"{path}/mute", new { }), personal => personal.GetProperty("mutedUntil").ValueKind == JsonValueKind.String);
        await ShouldSeePersonalAsync(investor.PutAsync($"{path}/archive", new { throughSequence = 2 }), personal => personal.GetProperty("archived").GetBoolean());
        await ShouldSeePersonalAsync(investor.PutAsync($"{path}/pin"), personal => personal.GetProperty("pinnedAt").ValueKind == JsonValueKind.String);
        (await investor.DeleteMessageAsync(id)).Expect(HttpStatusCode.OK);
        (await listener.NextAsync("MessageDeleted")).GetProperty("deleted").GetProperty("messageId").GetGuid().ShouldBe(id);

        await ownDevice.NextAsync("MessageDeleted");
        await ShouldSeePersonalAsync(investor.PostAsync($"{path}/clear", new { throughSequence = 1 }), personal => personal.GetProperty("clearedThrough").GetInt64() == 1);
        await ShouldSeePersonalAsync(investor.PostAsync($"{path}/delete", new { throughSequence = 2 }), personal => personal.GetProperty("deleted").GetBoolean());
        (await startup.SendAsync(conversationId, "Back again")).Expect(HttpStatusCode.Created);
        (await ownDevice.NextAsync("ConversationUpdated", updated => updated.GetProperty("conversation").GetProperty("lastSequence").GetInt64() == 3))
            .GetProperty("conversation").GetProperty("personal").GetProperty("deleted").GetBoolean().ShouldBeFalse();

        await listener.CatchUpAsync(conversationId);
        listener.Unread("PersonalChanged").ShouldBeEmpty();

        async Task ShouldSeePersonalAsync(Task<Answer> changing, Func<JsonElement, bool> change)
        {
            (await changing).Expect(HttpStatusCode.OK);
            await ownDevice.NextAsync("PersonalChanged", changed => change(changed.GetProperty("personal")));
        }

        async Task ShouldSeeAsync(Func<JsonElement, bool> change)
        {
            foreach (var connection in new[] { ownDevice, listener })
                await connection.NextAsync("MessageChanged", changed => change(changed.GetProperty("message")));
        }
    }

    /// <summary>The clients of the other server get no event, and find each change with the next join.</summary>
    [LongFact]
    public async Task Changes_WhileRedisIsAway_AreFoundByAJoin()
    {
        Assert.SkipUnless(RedisServer.IsInstalled, ServerPair.NoRedis);
        await using var servers = await ServerPair.StartAsync(postgres, await RedisServer.StartNewAsync());
        await servers.BeConnectedAsync();
        var (investor, startup, conversationId) = await servers.RegisterPairAsync();
        var ids = new List<Guid>();
        foreach (var text in new[] { "To delete", "To hide", "To edit" })
            ids.Add((await investor.SendAsync(conversationId, text)).Expect(HttpStatusCode.Created).Data.Id());
        await using var ownDevice = await ServerPair.JoinedAsync(ServerPair.At(servers.Other, investor), conversationId);
        await using var listener = await ServerPair.JoinedAsync(startup, conversationId);
        await servers.Redis.KillAsync();

        (await investor.DeleteMessageAsync(ids[0])).Expect(HttpStatusCode.OK);
        (await investor.PostAsync("/api/messages/hide", new { conversationId, messageIds = new[] { ids[1] } })).Expect(HttpStatusCode.OK);
        (await investor.PutAsync($"/api/conversations/{conversationId}/archive", new { throughSequence = 3 })).Expect(HttpStatusCode.OK);
        (await investor.EditAsync(ids[2], "Edited", version: 0)).Expect(HttpStatusCode.OK);

        var own = await JoinAsync(ownDevice);
        own.GetProperty("hidden").GetRawText().ShouldBe("[2]");
        own.GetProperty("personal").GetProperty("archived").GetBoolean().ShouldBeTrue();
        var other = await JoinAsync(listener);
        other.GetProperty("hidden").GetRawText().ShouldBe("[]");
        other.GetProperty("personal").GetProperty("revision").GetInt64().ShouldBe(0);
        foreach (var (joined, connection) in new[] { (own, ownDevice), (other, listener) })
        {
            joined.GetProperty("deleted").EnumerateArray().ShouldHaveSingleItem().GetProperty("messageId").GetGuid().ShouldBe(ids[0]);
            joined.GetProperty("messages").EnumerateArray().ShouldHaveSingleItem().GetProperty("content").GetString().ShouldBe("Edited");
            foreach (var name in new[] { "MessageDeleted", "MessageChanged", "PersonalChanged" })
                connection.Unread(name).ShouldBeEmpty();
        }

        await servers.Redis.StartAsync();
        await servers.BeConnectedAsync();
        foreach (var connection in new[] { ownDevice, listener })
            await connection.NextAsync("SyncNeeded");

        Task<JsonElement> JoinAsync(TestConnection connection) => connection.Hub.InvokeAsync<JsonElement>(
            "Join", new { conversationId, sinceRevision = 3, sincePersonalRevision = 0 }, TestContext.Current.CancellationToken);
    }
}
