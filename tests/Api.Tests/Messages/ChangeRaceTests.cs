using System.Net;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Api.Tests.Messages;

/// <summary>Tests changes of one message that race each other, the other participant, and the end of their user's access.</summary>
public sealed class ChangeRaceTests(ApiServerFixture fixture) : IClassFixture<ApiServerFixture>
{
    private const int EditsMax = 10;

    private readonly ApiServer _server = fixture.Server;

    /// <summary>Each device repeats its edit with the version that the conflict reports.</summary>
    [Fact]
    public async Task EditMessage_By50DevicesThatRepeatAfterConflicts_IsAcceptedUpToTheLimitWithDenseVersions()
    {
        var (investor, _, conversationId) = await _server.RegisterPairAsync();
        var id = (await investor.SendAsync(conversationId, "Text")).Data.Id();

        var accepted = await Task.WhenAll(Enumerable.Range(1, 50).Select(EditAsync));

        accepted.Count(isAccepted => isAccepted).ShouldBe(EditsMax);
        var versions = (await investor.GetAsync($"/api/messages/{id}/versions")).Expect(HttpStatusCode.OK).Data.EnumerateArray().ToList();
        versions.Select(version => version.GetProperty("number").GetInt32()).ShouldBe(Enumerable.Range(0, EditsMax + 1));
        versions.Select(version => version.Content()).ShouldBeUnique();
        versions.Select(version => version.Instant("writtenAt")).ShouldBe(versions.Select(version => version.Instant("writtenAt")).Order());
        var page = (await investor.GetAsync($"/api/messages?conversationId={conversationId}")).Data[0];
        (page.GetProperty("version").GetInt32(), page.GetProperty("revision").GetInt64()).ShouldBe((EditsMax, EditsMax + 1));

        async Task<bool> EditAsync(int device)
        {
            for (var version = 0; ;)
            {
                var answer = await investor.EditAsync(id, $"Text of device {device}", version);
                if (answer.Status == HttpStatusCode.OK)
                    return true;

                if (answer.Body.GetProperty("code").GetString() == "message.too_many_edits")
                    return false;

                version = answer.ExpectError(HttpStatusCode.Conflict, "message.edit_conflict").Body.GetProperty("version").GetInt32();
            }
        }
    }

    [Fact]
    public async Task EditMessage_RepeatedAfterAReactionOfTheOther_IsReplayedWithTheReaction()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        var id = (await investor.SendAsync(conversationId, "Frist")).Data.Id();
        (await investor.EditAsync(id, "First", version: 0)).Expect(HttpStatusCode.OK);
        (await startup.ReactAsync(id, "👍")).Expect(HttpStatusCode.OK);

        var repeated = (await investor.EditAsync(id, "First", version: 0)).Expect(HttpStatusCode.OK);

        repeated.Header("Idempotency-Replayed").ShouldBe("true");
        (repeated.Data.GetProperty("version").GetInt32(), repeated.Data.GetProperty("revision").GetInt64()).ShouldBe((1, 3));
        repeated.Data.GetProperty("reactions").GetArrayLength().ShouldBe(1);
        (await investor.EditAsync(id, "Another", version: 0)).ExpectError(HttpStatusCode.Conflict, "message.edit_conflict");
        (await investor.EditAsync(id, "Another", version: 1)).Expect(HttpStatusCode.OK).Data.GetProperty("reactions").GetArrayLength().ShouldBe(1);
    }

    /// <summary>The user has seen the message on their device, and an Admin deactivates the account before the user changes it.</summary>
    [Fact]
    public async Task ChangesOfAMessage_ByAUserWhoWasDeactivatedSince_AreRejectedAndChangeNothing()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        var admin = await _server.CreateAdminAsync();
        var own = (await investor.SendAsync(conversationId, "Own")).Data.Id();
        var other = (await startup.SendAsync(conversationId, "Other")).Data.Id();
        (await investor.ReadPageAsync(conversationId)).ShouldBe(["Own", "Other"]);
        (await admin.PostAsync($"/api/admin/users/{investor.Id}/deactivate", new { })).Expect(HttpStatusCode.OK);
        var before = (await startup.GetAsync($"/api/messages?conversationId={conversationId}")).Text;

        foreach (var answer in new[]
        {
            await investor.DeleteMessageAsync(own),
            await investor.EditAsync(own, "Edited", version: 0),
            await investor.ExpireSoonerAsync(own, 1),
            await investor.ReactAsync(other, "👍"),
            await investor.SetExpirationAsync(conversationId, 1),
            await investor.PostAsync("/api/messages/hide", new { conversationId, messageIds = new[] { other } }),
        })
        {
            answer.ExpectError(HttpStatusCode.Unauthorized, "auth.unauthenticated");
        }

        (await startup.GetAsync($"/api/messages?conversationId={conversationId}")).Text.ShouldBe(before);
        (await _server.QueryAsync<long>($"SELECT revision FROM conversations WHERE id = '{conversationId}'")).ShouldBe(2);
        (await _server.QueryAsync<long>($"SELECT sum(personal_revision)::bigint FROM participants WHERE conversation_id = '{conversationId}'")).ShouldBe(0);

        // The other participant can still take back what they said.
        (await startup.DeleteMessageAsync(other)).Expect(HttpStatusCode.OK);
        (await startup.ReadPageAsync(conversationId)).ShouldBe(["Own"]);
    }

    /// <summary>The deletion was accepted before the deactivation, which does not wait for it and does not undo it.</summary>
    [Fact]
    public async Task DeleteMessage_ThatWaitsWhileItsUserIsDeactivated_IsDoneOnce()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        var admin = await _server.CreateAdminAsync();
        var id = (await investor.SendAsync(conversationId, "Text")).Data.Id();
        await using var holder = await LockHolder.HoldAsync(_server, $"SELECT 1 FROM messages WHERE id = '{id}' FOR UPDATE");

        var deleting = investor.DeleteMessageAsync(id);
        await holder.WaitForWaitingAsync(1);
        (await admin.PostAsync($"/api/admin/users/{investor.Id}/deactivate", new { })).Expect(HttpStatusCode.OK);
        await holder.DisposeAsync();

        var tombstone = (await deleting).Expect(HttpStatusCode.OK).Data;
        (await investor.DeleteMessageAsync(id)).ExpectError(HttpStatusCode.Unauthorized, "auth.unauthenticated");
        var page = (await startup.GetAsync($"/api/messages?conversationId={conversationId}")).Expect(HttpStatusCode.OK);
        page.Data.GetArrayLength().ShouldBe(0);
        page.Body.GetProperty("deleted").EnumerateArray().ShouldHaveSingleItem().GetRawText().ShouldBe(tombstone.GetRawText());
    }
}
