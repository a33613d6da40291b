using System.Net;
using CleanMessaging.Infrastructure.Persistence.Attachments;
using CleanMessaging.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace CleanMessaging.Api.Tests.Attachments;

/// <summary>Tests that objects that cannot be deleted do not hold up the deletion of others.</summary>
public sealed class EraserFaultTests(AttachmentServerFixture fixture) : IClassFixture<AttachmentServerFixture>
{
    /// <summary>More than the failures in a row after which a step ends.</summary>
    private const int Undeletable = 4;

    [Fact]
    public async Task Erase_WhereTheOldestCannotBeDeleted_ErasesTheOthersAndTriesAgainLater()
    {
        var store = new MemoryAttachments();
        await using var server = await fixture.StartAnotherAsync(new Dictionary<string, string?>(), store);
        var (investor, _, conversationId) = await server.RegisterPairAsync();
        for (var number = 0; number < Undeletable; number++)
            await DeletedAsync(investor, conversationId);
        foreach (var stored in store.Objects)
            store.Undeletable.Add(stored);
        await DeletedAsync(investor, conversationId);

        await EraseAsync(server);
        await EraseAsync(server);
        store.Objects.ShouldBe(store.Undeletable, ignoreOrder: true);

        store.Undeletable.Clear();
        server.Clock.Shift(TimeSpan.FromMinutes(10));
        await EraseAsync(server);
        store.Objects.ShouldBeEmpty();
        (await server.QueryAsync<long>("SELECT count(*) FROM attachments WHERE erased_at IS NULL")).ShouldBe(0);
    }

    [Fact]
    public async Task Erase_WhereTheOldestUnusedObjectsCannotBeDeleted_DeletesTheOthers()
    {
        var store = new MemoryAttachments();
        await using var server = await fixture.StartAnotherAsync(new Dictionary<string, string?>(), store);
        var (investor, _, conversationId) = await server.RegisterPairAsync();
        var upload = await investor.BegunUploadAsync(conversationId, 10);
        await server.ExecuteAsync(
            $"""
            INSERT INTO attachment_objects (id, attachment_id, role, part_offset, is_used, created_at)
            SELECT ('00000000-0000-0000-0000-00000000000' || n)::uuid, '{upload}', 0, 0, false, now() - interval '3 hours' + n * interval '1 minute'
            FROM generate_series(1, {Undeletable + 1}) AS n
            """);
        for (var number = 1; number <= Undeletable; number++)
            store.Undeletable.Add(Guid.Parse($"00000000-0000-0000-0000-00000000000{number}"));

        await EraseAsync(server);
        await EraseAsync(server);

        (await server.QueryAsync<long>("SELECT count(*) FROM attachment_objects")).ShouldBe(Undeletable);
    }

    private static async Task DeletedAsync(TestUser user, Guid conversationId)
    {
        var (_, messageId) = await user.SendAttachmentAsync(conversationId, [1]);
        (await user.DeleteMessageAsync(messageId)).Expect(HttpStatusCode.OK);
    }

    private static Task EraseAsync(ApiServer server) =>
        server.Services.GetRequiredService<AttachmentEraser>().EraseAsync(TestContext.Current.CancellationToken);
}
