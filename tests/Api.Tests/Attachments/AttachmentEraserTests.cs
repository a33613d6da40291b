using System.Net;
using CleanMessaging.Domain.Attachments;
using CleanMessaging.Infrastructure.Persistence.Attachments;
using CleanMessaging.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace CleanMessaging.Api.Tests.Attachments;

public sealed class AttachmentEraserTests(AttachmentServerFixture fixture) : IClassFixture<AttachmentServerFixture>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Erase_OfExpiredAndUnsentAttachments_DeletesThemAndKeepsTheOthers()
    {
        var store = new MemoryAttachments();
        await using var server = await fixture.StartAnotherAsync(new Dictionary<string, string?>(), store);
        var (investor, startup, conversationId) = await server.RegisterPairAsync();
        await investor.SendAttachmentAsync(conversationId, [1], "image", "photo.png", expirationHours: 1);
        await investor.UploadAsync(conversationId, [2]);
        var (kept, _) = await investor.SendAttachmentAsync(conversationId, [3]);
        var open = await investor.BegunUploadAsync(conversationId, 10);
        (await investor.PatchAsync(open, 0, [4])).Expect(HttpStatusCode.NoContent);
        store.Objects.Count.ShouldBe(5);

        server.Clock.Shift(TimeSpan.FromHours(1));
        await EraseAsync(server);
        store.Objects.Count.ShouldBe(3);
        server.Clock.Shift(TimeSpan.FromHours(23));
        await EraseAsync(server);

        store.Objects.Count.ShouldBe(1);
        startup = await server.LogInAsync(startup.Email);
        (await startup.Client.GetByteArrayAsync($"/api/attachments/{kept}", Token)).ShouldBe([3]);
        (await server.QueryAsync<long>(
            "SELECT count(*) FROM attachments WHERE erased_at IS NOT NULL AND encrypted_key IS NULL AND name = ''")).ShouldBe(3);
        (await server.QueryAsync<long>("SELECT count(*) FROM attachment_objects")).ShouldBe(1);
    }

    [Fact]
    public async Task Erase_OfADeletedMessage_LeavesNoNameOrDescription()
    {
        var store = new MemoryAttachments();
        await using var server = await fixture.StartAnotherAsync(new Dictionary<string, string?>(), store);
        var (investor, _, conversationId) = await server.RegisterPairAsync();
        var (_, messageId) = await investor.SendAttachmentAsync(conversationId, [1], name: "A secret plan.pdf", description: "Where the secret plan begins");
        (await investor.DeleteMessageAsync(messageId)).Expect(HttpStatusCode.OK);
        (await server.QueryAsync<long>("SELECT count(*) FROM attachments WHERE encrypted_key IS NULL")).ShouldBe(1);

        await EraseAsync(server);

        store.Objects.ShouldBeEmpty();
        (await server.QueryAsync<long>(
            "SELECT count(*) FROM attachments AS a, messages AS m WHERE a::text LIKE '%secret plan%' OR m::text LIKE '%secret plan%'"))
            .ShouldBe(0);
    }

    /// <summary>During a rolling upgrade a server of an earlier version does not know that messages have attachments.</summary>
    [Fact]
    public async Task Erase_OfMessagesThatAnEarlierVersionDeletedOrMovedTheExpiryOf_DestroysTheirKeys()
    {
        var store = new MemoryAttachments();
        await using var server = await fixture.StartAnotherAsync(new Dictionary<string, string?>(), store);
        var (investor, _, conversationId) = await server.RegisterPairAsync();
        var (deleted, deletedMessageId) = await investor.SendAttachmentAsync(conversationId, [1]);
        var (expiring, expiringMessageId) = await investor.SendAttachmentAsync(conversationId, [2], expirationHours: 10);
        var (kept, keptMessageId) = await investor.SendAttachmentAsync(conversationId, [3], expirationHours: 1);
        await server.ExecuteAsync(
            $"""
            UPDATE messages SET deleted_at = now(), deleted_by = 1, content = '' WHERE id = '{deletedMessageId}';
            UPDATE messages SET expires_at = expires_at - interval '9 hours' WHERE id = '{expiringMessageId}';
            UPDATE messages SET expires_at = expires_at + interval '9 hours' WHERE id = '{keptMessageId}'
            """);

        server.Clock.Shift(TimeSpan.FromMinutes(1));
        await EraseAsync(server);
        (await ErasedAsync()).ShouldBe([deleted]);
        server.Clock.Shift(TimeSpan.FromHours(1));
        await EraseAsync(server);
        (await ErasedAsync()).ShouldBe(new[] { deleted, expiring }.Order());
        store.Objects.Count.ShouldBe(1);
        kept.ShouldNotBe(expiring);

        Task<Guid[]> ErasedAsync() =>
            server.QueryAsync<Guid[]>("SELECT array_agg(id ORDER BY id) FROM attachments WHERE encrypted_key IS NULL AND erased_at IS NOT NULL");
    }

    /// <summary>The text of the expired message, with the names in it, stays like that of every expired message.</summary>
    [Fact]
    public async Task Erase_OfAnExpiredMessage_LeavesNoNameOrDescriptionOfTheFile()
    {
        var store = new MemoryAttachments();
        await using var server = await fixture.StartAnotherAsync(new Dictionary<string, string?>(), store);
        var (investor, _, conversationId) = await server.RegisterPairAsync();
        await investor.SendAttachmentAsync(
            conversationId, [1], name: "A secret plan.pdf", expirationHours: 1, description: "Where the secret plan begins");

        server.Clock.Shift(TimeSpan.FromHours(2));
        await EraseAsync(server);

        store.Objects.ShouldBeEmpty();
        (await server.QueryAsync<long>("SELECT count(*) FROM attachments AS a WHERE a::text LIKE '%secret plan%'")).ShouldBe(0);
    }

    [Fact]
    public async Task Erase_WithAKeepingTime_KeepsWhatWasSentForSoLong()
    {
        var store = new MemoryAttachments();
        await using var server = await fixture.StartAnotherAsync(
            new Dictionary<string, string?> { ["Attachments:KeepRemoved"] = "10.00:00:00" }, store);
        var (investor, startup, conversationId) = await server.RegisterPairAsync();
        var (expired, _) = await investor.SendAttachmentAsync(conversationId, [1], expirationHours: 1);
        var (deleted, messageId) = await investor.SendAttachmentAsync(conversationId, [2]);
        await investor.UploadAsync(conversationId, [3]);
        (await investor.DeleteMessageAsync(messageId)).Expect(HttpStatusCode.OK);

        server.Clock.Shift(TimeSpan.FromDays(2));
        await EraseAsync(server);
        store.Objects.Count.ShouldBe(2);
        startup = await server.LogInAsync(startup.Email);
        foreach (var id in new[] { expired, deleted })
            (await startup.GetAsync($"/api/attachments/{id}")).ExpectError(HttpStatusCode.NotFound, "attachment.not_found");

        foreach (var (id, left) in new[] { (deleted, 1), (expired, 0) })
        {
            var end = await InstantAsync(server, $"SELECT remove_at FROM attachments WHERE id = '{id}'") + TimeSpan.FromDays(10);
            server.Clock.FreezeAt(end - TimeSpan.FromMicroseconds(1));
            await EraseAsync(server);
            store.Objects.Count.ShouldBe(left + 1);
            server.Clock.FreezeAt(end);
            await EraseAsync(server);
            store.Objects.Count.ShouldBe(left);
        }
    }

    [Fact]
    public async Task Erase_WhileTheStorageRejectsIt_TriesAgain()
    {
        var store = new MemoryAttachments { IsReadOnly = true };
        await using var server = await fixture.StartAnotherAsync(new Dictionary<string, string?>(), store);
        var (investor, _, conversationId) = await server.RegisterPairAsync();
        var (_, messageId) = await investor.SendAttachmentAsync(conversationId, [1]);
        (await investor.DeleteMessageAsync(messageId)).Expect(HttpStatusCode.OK);

        await EraseAsync(server);
        store.Objects.ShouldNotBeEmpty();
        (await server.QueryAsync<long>("SELECT count(*) FROM attachments WHERE erased_at IS NOT NULL")).ShouldBe(0);
        store.IsReadOnly = false;
        server.Clock.Shift(TimeSpan.FromHours(2));
        await EraseAsync(server);

        store.Objects.ShouldBeEmpty();
        (await server.QueryAsync<long>("SELECT count(*) FROM attachment_objects")).ShouldBe(0);
        (await server.QueryAsync<long>("SELECT count(*) FROM attachments WHERE erased_at IS NOT NULL")).ShouldBe(1);
    }

    [Fact]
    public async Task Erase_OfObjectsThatNothingUses_WaitsUntilNoOneCanWriteThem()
    {
        var store = new MemoryAttachments();
        await using var server = await fixture.StartAnotherAsync(new Dictionary<string, string?>(), store);
        var (investor, _, conversationId) = await server.RegisterPairAsync();
        var id = await investor.BegunUploadAsync(conversationId, 10);
        await server.ExecuteAsync(
            $"""
            INSERT INTO attachment_objects (id, attachment_id, role, part_offset, is_used, created_at)
            VALUES (gen_random_uuid(), '{id}', 0, 0, false, now())
            """);

        var end = await InstantAsync(server, "SELECT created_at FROM attachment_objects") + AttachmentPolicy.UnusedObjectLifetime;
        server.Clock.FreezeAt(end);
        await EraseAsync(server);
        (await server.QueryAsync<long>("SELECT count(*) FROM attachment_objects")).ShouldBe(1);
        server.Clock.FreezeAt(end + TimeSpan.FromMicroseconds(1));
        await EraseAsync(server);
        (await server.QueryAsync<long>("SELECT count(*) FROM attachment_objects")).ShouldBe(0);
    }

    [Fact]
    public async Task Erase_OfMoreThanOneStep_ErasesAll()
    {
        var store = new MemoryAttachments();
        await using var server = await fixture.StartAnotherAsync(new Dictionary<string, string?>(), store);
        var (investor, _, conversationId) = await server.RegisterPairAsync();
        await server.ExecuteAsync(
            $"""
            INSERT INTO attachments (id, uploader_id, conversation_id, client_upload_id, kind, name, declared_bytes, received_bytes, state, encrypted_key, created_at, remove_at)
            SELECT gen_random_uuid(), '{investor.Id}', '{conversationId}', gen_random_uuid(), 0, 'a', 1, 0, 0, 'k', now(), now() - interval '1 minute'
            FROM generate_series(1, 250)
            """);

        await EraseAsync(server);

        (await server.QueryAsync<long>("SELECT count(*) FROM attachments WHERE erased_at IS NULL")).ShouldBe(0);
    }

    private static async Task<DateTimeOffset> InstantAsync(ApiServer server, string query) =>
        new(await server.QueryAsync<DateTime>(query), TimeSpan.Zero);

    private static Task EraseAsync(ApiServer server) =>
        server.Services.GetRequiredService<AttachmentEraser>().EraseAsync(Token);
}
