using System.Net;
using System.Text.Json;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Fault.Tests.ManyServers;

/// <summary>Tests that changes reach the connections of another server, and personal ones only those of their user.</summary>
public sealed class ChangesAcrossServersTests(FaultPostgres postgres)
{
    [Fact(Skip = ServerPair.NoRedis, SkipUnless = nameof(RedisServer.IsInstalled), SkipType = typeof(RedisServer))]
    public async Task Changes_OnOneServer_ReachTheConnectionsOfTheOther()
    {
        await using var servers = await ServerPair.StartAsync(postgres, await RedisServer.StartNewAsync());
        await servers.BeConnectedAsync();
        var (investor, startup, conversationId) = await servers.RegisterPairAsync();
        await using var ownDevice = await ServerPair.JoinedAsync(ServerPair.At(servers.Other, investor), conversationId);
        await using var listener = await ServerPair.JoinedAsync(startup, conversationId);
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
        (await investor.DeleteMessageAsync(id)).Expect(HttpStatusCode.OK);
        (await listener.NextAsync("MessageDeleted")).GetProperty("deleted").GetProperty("messageId").GetGuid().ShouldBe(id);

        await listener.CatchUpAsync(conversationId);
        listener.Unread("PersonalChanged").ShouldBeEmpty();

        async Task ShouldSeeAsync(Func<JsonElement, bool> change)
        {
            foreach (var connection in new[] { ownDevice, listener })
                await connection.NextAsync("MessageChanged", changed => change(changed.GetProperty("message")));
        }
    }
}
