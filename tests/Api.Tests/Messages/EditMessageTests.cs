using System.Net;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Api.Tests.Messages;

public sealed class EditMessageTests(TestPostgres postgres, ApiServerFixture fixture) : IClassFixture<ApiServerFixture>
{
    private readonly ApiServer _server = fixture.Server;

    [Fact]
    public async Task EditMessage_ByTheSender_ChangesTheTextEverywhereAndCostsNothing()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        var sent = (await investor.SendAsync(conversationId, "Frist")).Expect(HttpStatusCode.Created).Data;
        await startup.MarkReadAsync(conversationId);
        var quota = (await investor.GetAsync("/api/messages/quota")).Text;

        var edited = (await investor.EditAsync(sent.Id(), "First", version: 0)).Expect(HttpStatusCode.OK).Data;

        edited.Content().ShouldBe("First");
        edited.GetProperty("version").GetInt32().ShouldBe(1);
        edited.GetProperty("revision").GetInt64().ShouldBe(2);
        edited.GetProperty("sequence").GetInt64().ShouldBe(1);
        edited.Instant("editedAt").ShouldBe(edited.Instant("updatedAt"));
        edited.GetProperty("isRead").GetBoolean().ShouldBeTrue();
        edited.Instant("readAt").ShouldBeGreaterThan(edited.Instant("createdAt"));
        (await startup.GetAsync($"/api/messages?conversationId={conversationId}")).Data[0].GetRawText().ShouldBe(edited.GetRawText());
        var conversation = (await startup.GetAsync($"/api/conversations/{conversationId}")).Data;
        conversation.GetProperty("lastMessage").Content().ShouldBe("First");
        conversation.GetProperty("unreadCount").GetInt32().ShouldBe(0);
        conversation.GetProperty("revision").GetInt64().ShouldBe(2);
        (await investor.GetAsync("/api/messages/quota")).Text.ShouldBe(quota);
    }

    [Fact]
    public async Task EditMessage_RepeatedAfterALostResponse_IsReplayedAndChangesNothing()
    {
        var (investor, _, conversationId) = await _server.RegisterPairAsync();
        var id = (await investor.SendAsync(conversationId, "Frist")).Data.Id();
        var first = (await investor.EditAsync(id, "First", version: 0)).Expect(HttpStatusCode.OK);

        var repeated = (await investor.EditAsync(id, "First", version: 0)).Expect(HttpStatusCode.OK);

        first.Header("Idempotency-Replayed").ShouldBeNull();
        repeated.Header("Idempotency-Replayed").ShouldBe("true");
        repeated.Text.ShouldBe(first.Text);
        (await investor.EditAsync(id, "First", version: 1)).Expect(HttpStatusCode.OK).Text.ShouldBe(first.Text);
    }

    [Fact]
    public async Task EditMessage_ByTwoDevicesAtOnce_AcceptsOneAndReportsTheVersionToTheOther()
    {
        var (investor, _, conversationId) = await _server.RegisterPairAsync();
        var id = (await investor.SendAsync(conversationId, "Text")).Data.Id();

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(number => investor.EditAsync(id, $"Text {number}", version: 0)));

        var accepted = answers.Where(answer => answer.Status == HttpStatusCode.OK).ShouldHaveSingleItem();
        foreach (var rejected in answers.Except([accepted]))
        {
            rejected.ExpectError(HttpStatusCode.Conflict, "message.edit_conflict")
                .Body.GetProperty("version").GetInt32().ShouldBe(1);
        }

        (await investor.GetAsync($"/api/conversations/{conversationId}")).Data.GetProperty("revision").GetInt64().ShouldBe(2);
    }

    [Fact]
    public async Task EditMessage_TenTimesAndOnceMore_IsRejectedTheLastTime()
    {
        var (investor, _, conversationId) = await _server.RegisterPairAsync();
        var id = (await investor.SendAsync(conversationId, "Text")).Data.Id();
        for (var version = 0; version < 10; version++)
            (await investor.EditAsync(id, $"Text {version}", version)).Expect(HttpStatusCode.OK);

        var rejected = await investor.EditAsync(id, "One more", version: 10);

        rejected.ExpectError(HttpStatusCode.Conflict, "message.too_many_edits").Body.GetProperty("max").GetInt32().ShouldBe(10);
        (await investor.GetAsync($"/api/messages/{id}/versions")).Data.GetArrayLength().ShouldBe(11);
    }

    [Fact]
    public async Task EditMessage_WithAnInvalidRequest_NamesTheMemberAndChangesNothing()
    {
        var (investor, _, conversationId) = await _server.RegisterPairAsync();
        var id = (await investor.SendAsync(conversationId, "Text")).Data.Id();

        (await investor.EditAsync(id, " ", version: 0)).FaultsOf("content").ShouldBe(["message.empty"]);
        (await investor.EditAsync(id, new string('a', 5001), version: 0)).FaultsOf("content").ShouldBe(["message.too_long"]);
        (await investor.EditAsync(id, "Text", version: -1)).FaultsOf("version").ShouldBe(["message.invalid_version"]);
        (await investor.PutAsync($"/api/messages/{id}/content", new { content = "Text" })).Status.ShouldBe(HttpStatusCode.BadRequest);
        (await investor.ReadPageAsync(conversationId)).ShouldBe(["Text"]);
    }

    [Fact]
    public async Task EditMessage_ByAnotherUser_IsRejectedWithoutSayingMoreThanTheySee()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        var (foreigner, _, _) = await _server.RegisterPairAsync();
        var id = (await investor.SendAsync(conversationId, "Text")).Data.Id();

        (await startup.EditAsync(id, "Mine", version: 0)).ExpectError(HttpStatusCode.Forbidden, "message.not_yours");
        var foreign = (await foreigner.EditAsync(id, "Mine", version: 0)).ExpectError(HttpStatusCode.NotFound, "message.not_found");
        var unknown = (await foreigner.EditAsync(Guid.CreateVersion7(), "Mine", version: 0))
            .ExpectError(HttpStatusCode.NotFound, "message.not_found");
        foreign.WithoutTrace().ShouldBe(unknown.WithoutTrace());
    }

    [Fact]
    public async Task EditMessage_AtTheEndOfItsTimeOrAfterItsExpiry_IsRejected()
    {
        await using var server = await ApiServer.StartAsync(
            postgres, new Dictionary<string, string?> { ["Messages:EditWindow"] = "02:00:00" });
        var (investor, _, conversationId) = await server.RegisterPairAsync();
        var lasting = (await investor.SendAsync(conversationId, "Lasting")).Data;
        var expiring = (await investor.SendExpiringAsync(conversationId, "Expiring", 1)).Data;

        server.Clock.FreezeAt(expiring.Instant("expiresAt"));
        investor = await server.LogInAsync(investor.Email);
        (await investor.EditAsync(expiring.Id(), "Changed", version: 0)).ExpectError(HttpStatusCode.NotFound, "message.not_found");
        (await investor.GetAsync($"/api/messages/{expiring.Id()}/versions")).ExpectError(HttpStatusCode.NotFound, "message.not_found");

        var end = lasting.Instant("createdAt").AddHours(2);
        server.Clock.FreezeAt(end);
        investor = await server.LogInAsync(investor.Email);
        (await investor.EditAsync(lasting.Id(), "Changed", version: 0))
            .ExpectError(HttpStatusCode.Conflict, "message.edit_window_over")
            .Body.Instant("editableUntil").ShouldBe(end);
        server.Clock.FreezeAt(end.AddMicroseconds(-1));
        (await investor.EditAsync(lasting.Id(), "Changed", version: 0)).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task GetMessageVersions_OfAnEditedMessage_ReturnsAllTextsToBothAndToNoOneElse()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        var (foreigner, _, _) = await _server.RegisterPairAsync();
        var id = (await investor.SendAsync(conversationId, "One")).Data.Id();
        (await investor.EditAsync(id, "Two", version: 0)).Expect(HttpStatusCode.OK);
        (await investor.EditAsync(id, "Three", version: 1)).Expect(HttpStatusCode.OK);

        foreach (var participant in new[] { investor, startup })
        {
            var versions = (await participant.GetAsync($"/api/messages/{id}/versions")).Expect(HttpStatusCode.OK).Data;
            versions.EnumerateArray().Select(version => version.Content()).ShouldBe(["One", "Two", "Three"]);
            versions.EnumerateArray().Select(version => version.GetProperty("number").GetInt32()).ShouldBe([0, 1, 2]);
        }

        (await foreigner.GetAsync($"/api/messages/{id}/versions")).ExpectError(HttpStatusCode.NotFound, "message.not_found");
    }

    [Fact]
    public async Task GetMessageVersions_OnAServerThatShowsThemToNoOne_IsForbidden()
    {
        await using var server = await ApiServer.StartAsync(
            postgres, new Dictionary<string, string?> { ["Messages:EditHistory"] = "Nobody" });
        var (investor, _, conversationId) = await server.RegisterPairAsync();
        var id = (await investor.SendAsync(conversationId, "One")).Data.Id();

        (await investor.GetAsync($"/api/messages/{id}/versions")).ExpectError(HttpStatusCode.Forbidden, "message.history_hidden");
    }

    [Fact]
    public async Task SendMessage_RepeatedAfterAnEdit_IsReplayedWithTheEditedText()
    {
        var (investor, _, conversationId) = await _server.RegisterPairAsync();
        var key = Guid.CreateVersion7();
        var id = (await investor.SendAsync(conversationId, "Frist", key)).Data.Id();
        (await investor.EditAsync(id, "First", version: 0)).Expect(HttpStatusCode.OK);

        var repeated = (await investor.SendAsync(conversationId, "Frist", key)).Expect(HttpStatusCode.OK);

        repeated.Data.Id().ShouldBe(id);
        repeated.Data.Content().ShouldBe("First");
        repeated.Data.GetProperty("version").GetInt32().ShouldBe(1);
    }

    [Fact]
    public async Task MessageChanged_OfSeveralEdits_ReachesBothWithEveryRevision()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        var id = (await investor.SendAsync(conversationId, "Text")).Data.Id();
        await using var own = await investor.ConnectAsync();
        await using var other = await startup.ConnectAsync();
        await own.JoinAsync(conversationId);
        await other.JoinAsync(conversationId);

        for (var version = 0; version < 5; version++)
            (await investor.EditAsync(id, $"Text {version}", version)).Expect(HttpStatusCode.OK);

        foreach (var connection in new[] { own, other })
        {
            var revisions = new List<long>();
            var content = "";
            while (revisions.Count < 5)
            {
                var changed = await connection.NextAsync("MessageChanged");
                changed.GetProperty("conversationId").GetGuid().ShouldBe(conversationId);
                revisions.AddRange(changed.GetProperty("revisions").EnumerateArray().Select(revision => revision.GetInt64()));
                content = changed.GetProperty("message").Content();
            }

            revisions.ShouldBe([2, 3, 4, 5, 6]);
            content.ShouldBe("Text 4");
        }
    }

    /// <summary>An edit changes the conversation, so a send that was decided before it must be decided again.</summary>
    [Fact]
    public async Task EditMessage_WhileBothSend_NumbersEveryChangeOnce()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        var ids = new List<Guid>();
        for (var number = 0; number < 5; number++)
            ids.Add((await investor.SendAsync(conversationId, $"Message {number}")).Data.Id());

        var answers = await Task.WhenAll(Enumerable.Range(0, 15).Select(number => (number % 3) switch
        {
            0 => investor.EditAsync(ids[number / 3], $"Edited {number}", version: 0),
            1 => investor.SendAsync(conversationId, $"Sent {number}"),
            _ => startup.SendAsync(conversationId, $"Sent {number}"),
        }));

        answers.ShouldAllBe(answer => answer.Status == HttpStatusCode.OK || answer.Status == HttpStatusCode.Created);
        (await _server.QueryAsync<long[]>(
            $"SELECT array_agg(revision ORDER BY revision) FROM messages WHERE conversation_id = '{conversationId}' AND revision > 5"))
            .ShouldBe(Enumerable.Range(6, 15).Select(revision => (long)revision));
        (await _server.QueryAsync<long>($"SELECT revision FROM conversations WHERE id = '{conversationId}'")).ShouldBe(20);
        (await _server.QueryAsync<long>($"SELECT last_sequence FROM conversations WHERE id = '{conversationId}'")).ShouldBe(15);
    }
}
