using System.Net;
using CleanMessaging.Domain.Attachments;
using CleanMessaging.Domain.Primitives;
using CleanMessaging.Infrastructure.Persistence.Attachments;
using CleanMessaging.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace CleanMessaging.Api.Tests.Retention;

public sealed class PurgeExpiredMessagesTests(TestPostgres postgres, RetentionServerFixture servers)
    : IClassFixture<RetentionServerFixture>, IAsyncLifetime
{
    private ApiServer _server = null!;
    private TestUser _admin = null!;
    private TestUser _investor = null!;
    private TestUser _startup = null!;
    private Guid _conversationId;

    private DateTimeOffset Now => _server.Clock.GetUtcNow().ToStored();

    public async ValueTask InitializeAsync()
    {
        _server = await servers.RetainingAsync();
        _admin = await _server.CreateAdminAsync();
        (_investor, _startup, _conversationId) = await _server.RegisterPairAsync();
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>Messages of every kind: 1 and 2 expired and flagged or not, 3 expires later, 4 never expires.</summary>
    [Fact]
    public async Task Purge_OfExpiredMessages_ErasesTheirTextsAndNoOthers()
    {
        foreach (var hours in new[] { 1, 1, 3 })
            (await _investor.SendExpiringAsync(_conversationId, $"{hours} hours", hours)).Expect(HttpStatusCode.Created);

        (await _investor.SendAsync(_conversationId, "Kept")).Expect(HttpStatusCode.Created);
        _server.Clock.Shift(TimeSpan.FromHours(2));
        await RenewAsync();
        await _server.ExecuteAsync("UPDATE messages SET is_expired = (sequence = 1) WHERE expires_at IS NOT NULL");

        (await _admin.PurgeAsync(Now)).Purged().ShouldBe((2, null, true));

        (await _server.WithTextAsync(_conversationId)).ShouldBe([3, 4]);
        (await _server.QueryAsync<bool>($"SELECT bool_and(is_expired = (sequence <= 2)) FROM messages WHERE conversation_id = '{_conversationId}'")).ShouldBeTrue();
        (await _admin.PurgeAsync(Now)).Purged().ShouldBe((0, null, true));
        (await _server.RecordedAsync(_admin)).ShouldBe([2]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Purge_AroundTheExpiry_ErasesWhatExpiredBeforeTheTime(bool isFlagged)
    {
        var before = Now.AddDays(-1);
        await FillAsync(3, $"'{before:O}'::timestamptz + (n - 2) * interval '1 microsecond'", isFlagged);

        (await _admin.PurgeAsync(before)).Purged().ShouldBe((1, null, true));

        (await _server.WithTextAsync(_conversationId)).ShouldBe([2, 3]);
    }

    [Fact]
    public async Task Purge_OfANumberOfMessages_TakesTheOldestOfBothKindsAndSaysWhatIsLeft()
    {
        var before = Now;
        await FillAsync(6, $"'{before:O}'::timestamptz - n * interval '1 hour'", isFlagged: false);
        await _server.ExecuteAsync("UPDATE messages SET is_expired = true WHERE expires_at IS NOT NULL AND sequence % 2 = 0");

        var oldest = await _server.QueryAsync<DateTime>("SELECT expires_at FROM messages WHERE expires_at IS NOT NULL AND sequence = 3");
        (await _admin.PurgeAsync(before, atMost: 3)).Purged().ShouldBe((3, oldest, false));
        (await _server.WithTextAsync(_conversationId)).ShouldBe([1, 2, 3]);
        (await _admin.PurgeAsync(before, atMost: 3)).Purged().ShouldBe((3, null, true));
        (await _server.RecordedAsync(_admin)).ShouldBe([3, 3]);
    }

    [Theory]
    [InlineData(0, 1, "atMost")]
    [InlineData(5001, 5000, "atMost")]
    public async Task Purge_OfANumberOutOfRange_IsRejected(int wrong, int right, string member)
    {
        var rejected = (await _admin.PurgeAsync(Now, wrong)).ExpectError(HttpStatusCode.BadRequest, "validation.failed");

        rejected.FaultsOf(member).ShouldBe(["retention.out_of_range"]);
        (await _admin.PurgeAsync(Now.AddMinutes(-1), right)).Purged().ShouldBe((0, null, true));
    }

    [Fact]
    public async Task Purge_WithAReasonOfALength_AcceptsUpTo500Characters()
    {
        await FillAsync(1, "now() - interval '1 day'", isFlagged: true);
        foreach (var reason in new[] { "", "\u200B", new string('x', 501) })
        {
            (await _admin.PurgeAsync(Now, reason: reason)).ExpectError(HttpStatusCode.BadRequest, "validation.failed")
                .FaultsOf("reason").ShouldBe(["retention.invalid_reason"]);
        }

        (await _server.WithTextAsync(_conversationId)).ShouldBe([1]);
        (await _admin.PurgeAsync(Now, reason: new string('x', 500))).Purged().Purged.ShouldBe(1);
    }

    [Fact]
    public async Task Purge_OfMessagesThatExpiredRecently_IsRejectedAndSaysWhatIsPossible()
    {
        await using var server = await ApiServer.StartAsync(postgres);
        var admin = await server.CreateAdminAsync();
        var now = server.Clock.GetUtcNow();
        server.Clock.FreezeAt(now);
        var latest = now.ToStored().AddDays(-30);

        foreach (var before in new[] { latest.AddMicroseconds(1), now, now.AddDays(1) })
        {
            (await admin.PurgeAsync(before)).ExpectError(HttpStatusCode.BadRequest, "retention.too_recent")
                .Body.GetProperty("latest").GetDateTimeOffset().ShouldBe(latest);
        }

        (await admin.PurgeAsync(latest)).Purged().ShouldBe((0, null, true));
        (await _admin.PurgeAsync(_server.Clock.GetUtcNow().AddSeconds(10))).ExpectError(HttpStatusCode.BadRequest, "retention.too_recent");
    }

    [Fact]
    public async Task Purge_ByAUser_IsForbiddenAndErasesNothing()
    {
        await FillAsync(1, "now() - interval '1 day'", isFlagged: true);

        (await _investor.PurgeAsync(Now)).ExpectError(HttpStatusCode.Forbidden, "auth.forbidden");
        (await _investor.GetAsync("/api/admin/actions")).ExpectError(HttpStatusCode.Forbidden, "auth.forbidden");

        (await _server.WithTextAsync(_conversationId)).ShouldBe([1]);
    }

    /// <summary>Earlier texts, reactions, and the names of attachments in the message and in their own rows.</summary>
    [Fact]
    public async Task Purge_OfAMessageWithEverything_LeavesNothingOfItsContents()
    {
        var attachment = await _server.AddAttachmentAsync(_investor.Id, _conversationId, AttachmentKind.Image, "secret.png", description: "secret");
        var id = (await _investor.SendAttachmentsAsync(_conversationId, "secret one", [attachment], expirationHours: 1)).Expect(HttpStatusCode.Created).Data.Id();
        (await _investor.EditAsync(id, "secret two", version: 0)).Expect(HttpStatusCode.OK);
        (await _startup.ReactAsync(id, "👍")).Expect(HttpStatusCode.OK);
        var voice = await _server.AddAttachmentAsync(_investor.Id, _conversationId, AttachmentKind.Voice, "secret.ogg");
        var played = (await _investor.SendAttachmentsAsync(_conversationId, "", [voice], expirationHours: 1)).Expect(HttpStatusCode.Created).Data.Id();
        (await _startup.MarkPlayedAsync(_conversationId, played)).Expect(HttpStatusCode.OK);
        var kept = await _server.AddAttachmentAsync(_investor.Id, _conversationId, name: "kept.pdf");
        (await _investor.SendAttachmentsAsync(_conversationId, "", [kept])).Expect(HttpStatusCode.Created);
        _server.Clock.Shift(TimeSpan.FromHours(1));
        await RenewAsync();

        (await _admin.PurgeAsync(Now)).Purged().ShouldBe((2, null, true));

        (await _server.QueryAsync<long>(
            $"""
            SELECT (SELECT count(*) FROM messages AS m WHERE conversation_id = '{_conversationId}' AND is_expired AND (content <> '' OR num_nonnulls(attachments, reactions, played_at) > 0))
                 + (SELECT count(*) FROM message_versions) + (SELECT count(*) FROM attachments AS a WHERE a::text LIKE '%secret%')
            """)).ShouldBe(0);
        (await _server.QueryAsync<long>("SELECT count(*) FROM attachments WHERE encrypted_key IS NOT NULL")).ShouldBe(1);
        await _server.Services.GetRequiredService<AttachmentEraser>().EraseAsync(TestContext.Current.CancellationToken);
        (await _server.QueryAsync<long>("SELECT count(*) FROM attachments WHERE erased_at IS NOT NULL")).ShouldBe(2);
    }

    /// <summary>A tombstone has no contents; it is flagged, but neither counted nor recorded.</summary>
    [Fact]
    public async Task Purge_OfADeletedMessage_FlagsItAndCountsNothing()
    {
        var id = (await _investor.SendExpiringAsync(_conversationId, "Text", 1)).Expect(HttpStatusCode.Created).Data.Id();
        (await _investor.DeleteMessageAsync(id)).Expect(HttpStatusCode.OK);
        _server.Clock.Shift(TimeSpan.FromHours(1));
        await RenewAsync(flags: false);

        (await _admin.PurgeAsync(Now)).Purged().ShouldBe((0, null, true));

        (await _server.QueryAsync<bool>($"SELECT is_expired AND deleted_at IS NOT NULL FROM messages WHERE id = '{id}'")).ShouldBeTrue();
        (await _server.RecordedAsync(_admin)).ShouldBeEmpty();
    }

    /// <summary>16 MB of texts at a time: 5000 characters of 4 bytes are 800 messages, and the message that exceeds the size.</summary>
    [Fact]
    public async Task Purge_OfLargeTexts_TakesFewerAtATime()
    {
        await FillAsync(900, "now() - interval '1 day'", isFlagged: true);
        await _server.ExecuteAsync("UPDATE messages SET content = repeat('😀', 5000) WHERE expires_at IS NOT NULL");

        var (purged, _, isDone) = (await _admin.PurgeAsync(Now, atMost: 5000)).Purged();

        (purged, isDone).ShouldBe((800, false));
        (await _admin.PurgeAsync(Now, atMost: 5000)).Purged().ShouldBe((100, null, true));
    }

    private async Task FillAsync(int count, string expiresAt, bool isFlagged)
    {
        await _server.FillAsync(_conversationId, _investor.Id, count, expiresAt);
        if (isFlagged)
            await _server.ExecuteAsync("UPDATE messages SET is_expired = true WHERE expires_at IS NOT NULL");
    }

    /// <summary>Logs the Admin in again after the clock was shifted.</summary>
    /// <param name="flags">Whether the log-in may flag messages.</param>
    private async Task RenewAsync(bool flags = true)
    {
        _admin = await _server.LogInAsync(_admin.Email);
        if (!flags)
            await _server.ExecuteAsync("UPDATE messages SET is_expired = false WHERE expires_at IS NOT NULL");
    }
}
