using System.Net;
using System.Text.Json;
using CleanMessaging.Tests.Support;
using Microsoft.AspNetCore.SignalR.Client;
using Npgsql;

namespace CleanMessaging.Api.Tests.Persistence;

/// <summary>Tests a rolling upgrade: servers of the old version work on a database that the new version has migrated.</summary>
public sealed class RollingUpgradeTests(ApiServerFixture fixture) : IClassFixture<ApiServerFixture>
{
    /// <summary>
    /// PostgreSQL rejects a prepared statement whose result columns have changed, so no statement may select all columns with <c>*</c>.
    /// </summary>
    [Fact]
    public async Task EveryRequest_AfterColumnsWereAdded_WorksAsBefore()
    {
        // Few connections, so that prepared statements are reused.
        await using var newer = await fixture.StartAnotherAsync(new Dictionary<string, string?>());
        var few = new NpgsqlConnectionStringBuilder(newer.ConnectionString) { MaxPoolSize = 2 };
        await using var server = await fixture.StartAnotherAsync(new Dictionary<string, string?>(), connectionString: few.ConnectionString);
        foreach (var _ in Enumerable.Range(0, 4))
            await EveryRequest.MakeAsync(server);

        await server.ExecuteAsync(
            """
            DO $$ DECLARE of_ours text; BEGIN
                FOR of_ours IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
                    EXECUTE format('ALTER TABLE %I ADD COLUMN of_the_next_version integer', of_ours);
                END LOOP;
            END $$
            """);

        foreach (var _ in Enumerable.Range(0, 2))
            await EveryRequest.MakeAsync(server);
    }

    /// <summary>
    /// The functions that servers of the version before call, with its parameters and in its statements. That version knows neither deletions nor versions, so a deleted message must be
    /// missing everywhere.
    /// </summary>
    [Fact]
    public async Task FunctionsOfTheVersionBefore_AfterAnEditAndDeletions_ReturnTheNewTextAndNoDeletedMessage()
    {
        Assert.SkipWhen(EncryptedRun.IsOn, EncryptedRun.NeedsPlainTexts);
        var server = fixture.Server;
        var (investor, startup, conversationId) = await server.RegisterPairAsync();
        var ids = new List<Guid>();
        foreach (var text in new[] { "Kept", "Frist", "Deleted", "Hidden", "Deleted too" })
            ids.Add((await investor.SendAsync(conversationId, text)).Expect(HttpStatusCode.Created).Data.Id());
        (await investor.EditAsync(ids[1], "Edited", version: 0)).Expect(HttpStatusCode.OK);
        (await investor.ReactAsync(ids[1], "👍")).Expect(HttpStatusCode.OK);
        (await startup.PostAsync("/api/messages/hide", new { conversationId, messageIds = new[] { ids[3] } })).Expect(HttpStatusCode.OK);
        foreach (var id in new[] { ids[2], ids[4] })
            (await investor.DeleteMessageAsync(id)).Expect(HttpStatusCode.OK);
        var (viewer, page) = (startup.Id, "'" + conversationId + "', now()");

        await ShouldBeAsync($"SELECT content, sequence FROM page_of_messages('{viewer}', {page}, false, NULL, NULL, 51)", "Kept", "Edited");
        await ShouldBeAsync($"SELECT content, sequence FROM page_of_messages('{investor.Id}', {page}, false, NULL, NULL, 51)", "Kept", "Edited", "Hidden");
        await ShouldBeAsync($"SELECT content, sequence FROM page_of_messages('{viewer}', {page}, true, '{ids[2]}', NULL, 51)");
        await ShouldBeAsync($"SELECT content, sequence FROM page_of_messages('{viewer}', {page}, true, NULL, 1, 51)", "Edited");
        await ShouldBeAsync($"SELECT content, sequence FROM changes_of_conversation('{viewer}', {page}, 0)", "Kept", "Edited");
        await ShouldBeAsync($"SELECT content, sequence FROM changes_of_conversation('{viewer}', {page}, 5)", "Edited");
        await ShouldBeAsync($"SELECT content, sequence FROM newest_visible({page}, 0, 100, 51)", "Kept", "Edited", "Hidden");
        await ShouldBeAsync($"SELECT content, sequence FROM oldest_visible({page}, 1, 100, 51)", "Edited", "Hidden");
        foreach (var (function, unread) in new[] { ("view_conversations", "message_content"), ("conversations_as_seen", "(message).content") })
        {
            await ShouldBeAsync(
                $"SELECT {unread} || ' ' || unread AS content, 1 AS sequence FROM {function}(ARRAY['{viewer}'::uuid], ARRAY['{conversationId}'::uuid], now())", "Edited 2");
        }

        (await server.QueryAsync<Guid>($"SELECT newest_visible_id({page})")).ShouldBe(ids[3]);
        (await server.QueryAsync<int>($"SELECT messages FROM unread_totals('{viewer}', now(), 100)")).ShouldBe(2);
        (await server.QueryAsync<Guid[]>($"SELECT list_conversations('{viewer}', NULL, NULL, 10)")).ShouldBe([conversationId]);

        async Task ShouldBeAsync(string statement, params string[] contents) =>
            (await server.QueryAsync<string[]>($"SELECT coalesce(array_agg(content ORDER BY sequence) FILTER (WHERE content IS NOT NULL), '{{}}') FROM ({statement}) AS rows"))
                .ShouldBe(contents, statement);
    }

    /// <summary>A row as the version before stores it has none of the later columns. Both versions write to one conversation.</summary>
    [Fact]
    public async Task MessagesOfTheVersionBefore_NextToThoseOfThisOne_AreNumberedReadAndChangedLikeThem()
    {
        var server = fixture.Server;
        var (investor, startup, conversationId) = await server.RegisterPairAsync();
        (await investor.SetExpirationAsync(conversationId, 24)).Expect(HttpStatusCode.OK);
        (await investor.SendAsync(conversationId, "New")).Expect(HttpStatusCode.Created);
        await server.FillAsync(conversationId, investor.Id, 1);
        (await investor.SendAsync(conversationId, "Newer")).Expect(HttpStatusCode.Created).Data.Sequence().ShouldBe(3);

        var old = (await startup.GetAsync($"/api/messages?conversationId={conversationId}")).Expect(HttpStatusCode.OK).Data[1];

        (old.Content(), old.GetProperty("version").GetInt32(), old.GetProperty("reactions").GetArrayLength()).ShouldBe(("Filled 2", 0, 0));
        foreach (var member in new[] { "expiresAt", "editedAt", "replyToSequence" })
            old.GetProperty(member).ValueKind.ShouldBe(JsonValueKind.Null, member);
        (await startup.ReactAsync(old.Id(), "👍")).Expect(HttpStatusCode.OK);
        (await investor.EditAsync(old.Id(), "Edited", version: 0)).Expect(HttpStatusCode.OK).Data.GetProperty("revision").GetInt64().ShouldBe(6);
        (await investor.DeleteMessageAsync(old.Id())).Expect(HttpStatusCode.OK);
        (await startup.ReadPageAsync(conversationId)).ShouldBe(["New", "Newer"]);
        await server.ShouldAddUpAsync();
    }

    /// <summary>The version before does not know attachments, so a deletion leaves their names in the row, where no one sees them.</summary>
    [Fact]
    public async Task DeletionByTheVersionBefore_OfAMessageWithAttachments_LeavesATombstoneOnly()
    {
        var server = fixture.Server;
        var (investor, startup, conversationId) = await server.RegisterPairAsync();
        var (attachment, clientMessageId) = (await server.AddAttachmentAsync(investor.Id, conversationId), Guid.CreateVersion7());
        var id = (await investor.SendAttachmentsAsync(conversationId, "Caption", [attachment], clientMessageId)).Expect(HttpStatusCode.Created).Data.Id();
        await server.ExecuteAsync(
            $"""
            UPDATE conversations SET revision = 2 WHERE id = '{conversationId}';
            UPDATE messages SET content = '', deleted_at = now(), deleted_by = 1, revision = 2, updated_at = now() WHERE id = '{id}'
            """);

        var page = (await startup.GetAsync($"/api/messages?conversationId={conversationId}")).Expect(HttpStatusCode.OK);
        var synced = (await startup.PostAsync("/api/sync", new { conversations = new[] { new { conversationId, sinceRevision = 0 } } })).Expect(HttpStatusCode.OK);

        page.Body.GetProperty("deleted")[0].GetProperty("messageId").GetGuid().ShouldBe(id);
        foreach (var text in new[] { page.Text, synced.Text })
            text.ShouldNotContain("plan.pdf");
        (await investor.DeleteMessageAsync(id)).Expect(HttpStatusCode.OK);
        (await investor.SendAttachmentsAsync(conversationId, "Caption", [attachment], clientMessageId)).Expect(HttpStatusCode.OK)
            .Data.GetProperty("attachments").GetArrayLength().ShouldBe(0);
    }

    /// <summary>Requests with the members that the version before knows, and no others.</summary>
    [Fact]
    public async Task RequestsOfTheVersionBefore_ToThisOne_AreAnswered()
    {
        var server = fixture.Server;
        var (investor, startup, conversationId) = await server.RegisterPairAsync();
        var (content, clientMessageId) = ("Text", Guid.CreateVersion7());
        var first = (await investor.PostAsync("/api/messages/send", new { conversationId, content, clientMessageId, expirationHours = 1, maxPoints = 0 }))
            .Expect(HttpStatusCode.Created).Data;
        (await investor.PostAsync("/api/messages/send", new { conversationId, content, clientMessageId, expirationHours = 1, maxPoints = 0 })).Expect(HttpStatusCode.OK);
        var second = (await investor.PostAsync("/api/messages/send", new { conversationId, content })).Expect(HttpStatusCode.Created).Data;
        (await investor.DeleteMessageAsync(second.Id())).Expect(HttpStatusCode.OK);

        (await startup.GetAsync("/api/conversations?limit=10")).Expect(HttpStatusCode.OK).Data[0].Id().ShouldBe(conversationId);
        foreach (var query in new[] { "", $"&before={second.Id()}", "&beforeSequence=2&limit=5", "&afterSequence=0" })
            (await startup.GetAsync($"/api/messages?conversationId={conversationId}{query}")).Expect(HttpStatusCode.OK).Data.EnumerateArray().ShouldHaveSingleItem().Id().ShouldBe(first.Id());
        (await startup.GetAsync($"/api/messages?conversationId={conversationId}&after={first.Id()}")).Expect(HttpStatusCode.OK).Data.GetArrayLength().ShouldBe(0);
        (await startup.PostAsync("/api/messages/read", new { conversationId, messageIds = new[] { first.Id(), second.Id() } })).Expect(HttpStatusCode.OK)
            .Data.GetProperty("messagesMarked").GetInt32().ShouldBe(1);
        var synced = (await startup.PostAsync("/api/sync", new { conversations = new[] { new { conversationId, sinceRevision = 0 } } })).Expect(HttpStatusCode.OK)
            .Data.GetProperty("conversations")[0];
        await using var connection = await startup.ConnectAsync();
        var joined = await connection.Hub.InvokeAsync<JsonElement>("Join", new { conversationId, sinceRevision = 0 }, TestContext.Current.CancellationToken);
        foreach (var recovered in new[] { synced, joined })
        {
            recovered.GetProperty("recovered").GetBoolean().ShouldBeTrue();
            recovered.GetProperty("messages").EnumerateArray().ShouldHaveSingleItem().Id().ShouldBe(first.Id());
            recovered.GetProperty("hidden").ValueKind.ShouldBe(JsonValueKind.Null);
        }
    }
}
