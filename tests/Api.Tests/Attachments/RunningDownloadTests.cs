using System.Diagnostics;
using System.Net;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Api.Tests.Attachments;

/// <summary>Tests that a download that is under way ends when its viewer no longer sees the attachment.</summary>
public sealed class RunningDownloadTests(AttachmentServerFixture fixture) : IClassFixture<AttachmentServerFixture>
{
    private static readonly byte[] _content = UploadSteps.Bytes(4 * 1024 * 1024);

    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(5.5);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Download_UnderWayAtTheExpiry_IsCutAtTheInstant()
    {
        await using var server = await StartAsync();
        var (investor, startup, conversationId) = await server.RegisterPairAsync();
        var (id, messageId) = await investor.SendAttachmentAsync(conversationId, _content, expirationHours: 1);
        var expiresAt = server.Clock.GetUtcNow().AddSeconds(2);
        await server.ExecuteAsync(
            $"""
            UPDATE messages SET expires_at = '{expiresAt:O}' WHERE id = '{messageId}';
            UPDATE attachments SET remove_at = '{expiresAt:O}' WHERE id = '{id}'
            """);

        var endedAt = await EndOfDownloadAsync(startup, $"/api/attachments/{id}");

        endedAt.ShouldBeGreaterThanOrEqualTo(expiresAt - TimeSpan.FromMilliseconds(50));
        endedAt.ShouldBeLessThan(expiresAt + TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task Download_UnderWayWhenItsExpiryIsMovedEarlier_IsCutAtTheNewInstant()
    {
        await using var server = await StartAsync();
        var (investor, startup, conversationId) = await server.RegisterPairAsync();
        var (id, messageId) = await investor.SendAttachmentAsync(conversationId, _content, expirationHours: 1);
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var download = EndOfDownloadAsync(startup, $"/api/attachments/{id}", begun);
        await begun.Task;

        // The download is verified every two seconds: at the second one it learns the new instant, and not at the third that it has passed.
        var expiresAt = server.Clock.GetUtcNow().AddSeconds(4.7);
        await server.ExecuteAsync(
            $"""
            UPDATE messages SET expires_at = '{expiresAt:O}' WHERE id = '{messageId}';
            UPDATE attachments SET remove_at = '{expiresAt:O}' WHERE id = '{id}'
            """);

        var endedAt = await download;
        endedAt.ShouldBeGreaterThanOrEqualTo(expiresAt - TimeSpan.FromMilliseconds(50));
        endedAt.ShouldBeLessThan(expiresAt + TimeSpan.FromSeconds(1));
    }

    /// <summary>The uploader loads an attachment that is about to be removed because it was not sent, and is sent during its download.</summary>
    [Fact]
    public async Task Download_UnderWayWhenTheAttachmentIsSent_IsNotCutAtTheEndOfTheUpload()
    {
        await using var server = await StartAsync();
        var (investor, _, conversationId) = await server.RegisterPairAsync();
        var id = await investor.UploadAsync(conversationId, _content);
        await server.ExecuteAsync($"UPDATE attachments SET remove_at = '{server.Clock.GetUtcNow().AddSeconds(3):O}' WHERE id = '{id}'");
        using var response = await investor.Client.GetAsync($"/api/attachments/{id}", HttpCompletionOption.ResponseHeadersRead, Token);

        (await investor.SendAttachmentsAsync(conversationId, "", [id])).Expect(HttpStatusCode.Created);

        (await response.Content.ReadAsByteArrayAsync(Token)).ShouldBe(_content);
    }

    [Fact]
    public async Task Download_UnderWayWhenTheMessageIsDeleted_IsCutWithinFiveSeconds()
    {
        await using var server = await StartAsync();
        var (investor, startup, conversationId) = await server.RegisterPairAsync();
        var (id, messageId) = await investor.SendAttachmentAsync(conversationId, _content);

        await ShouldBeCutAfterAsync(startup, $"/api/attachments/{id}", async () =>
            (await investor.DeleteMessageAsync(messageId)).Expect(HttpStatusCode.OK));
    }

    [Fact]
    public async Task Download_ByLinkUnderWayAtTheLogOut_IsCutWithinFiveSeconds()
    {
        await using var server = await StartAsync();
        var (investor, startup, conversationId) = await server.RegisterPairAsync();
        var (id, _) = await investor.SendAttachmentAsync(conversationId, _content);
        var link = await startup.LinkAsync(id);

        await ShouldBeCutAfterAsync(startup, link, async () =>
            (await startup.PostAsync("/api/auth/logout", new { })).Expect(HttpStatusCode.OK));
    }

    [Fact]
    public async Task Download_UnderWayWhenItsViewerIsDeactivated_IsCutWithinFiveSeconds()
    {
        await using var server = await StartAsync();
        var admin = await server.CreateAdminAsync();
        var (investor, startup, conversationId) = await server.RegisterPairAsync();
        var (id, _) = await investor.SendAttachmentAsync(conversationId, _content);

        await ShouldBeCutAfterAsync(startup, $"/api/attachments/{id}", async () =>
            (await admin.PostAsync($"/api/admin/users/{startup.Id}/deactivate", new { })).Expect(HttpStatusCode.OK));
    }

    /// <summary>Nothing proves that the viewer still sees the attachment, so the download ends.</summary>
    [Fact]
    public async Task Download_UnderWayWhenTheDatabaseFails_IsCutWithinFiveSeconds()
    {
        await using var server = await StartAsync();
        var (investor, startup, conversationId) = await server.RegisterPairAsync();
        var (id, _) = await investor.SendAttachmentAsync(conversationId, _content);

        await ShouldBeCutAfterAsync(
            startup, $"/api/attachments/{id}", () => server.ExecuteAsync("ALTER TABLE attachments RENAME TO attachments_elsewhere"));
        await server.ExecuteAsync("ALTER TABLE attachments_elsewhere RENAME TO attachments");
    }

    [Fact]
    public async Task Download_UnderWayWhileTheDatabaseHangs_IsCutWithinFiveSeconds()
    {
        await using var server = await StartAsync();
        var (investor, startup, conversationId) = await server.RegisterPairAsync();
        var (id, _) = await investor.SendAttachmentAsync(conversationId, _content);
        LockHolder? holder = null;

        await ShouldBeCutAfterAsync(
            startup,
            $"/api/attachments/{id}",
            async () => holder = await LockHolder.HoldAsync(server, "LOCK TABLE attachments IN ACCESS EXCLUSIVE MODE"));

        await holder.ShouldNotBeNull().DisposeAsync();
    }

    [Fact]
    public async Task Download_ThatNothingEnds_IsComplete()
    {
        var store = new MemoryAttachments { ReadDelay = TimeSpan.FromMilliseconds(50) };
        await using var server = await fixture.StartAnotherAsync(new Dictionary<string, string?>(), store);
        var (investor, startup, conversationId) = await server.RegisterPairAsync();
        var (id, _) = await investor.SendAttachmentAsync(conversationId, _content);

        (await startup.Client.GetByteArrayAsync($"/api/attachments/{id}", Token)).ShouldBe(_content);
    }

    private Task<ApiServer> StartAsync() => fixture.StartAnotherAsync(
        new Dictionary<string, string?>(), new MemoryAttachments { ReadDelay = TimeSpan.FromSeconds(0.25) });

    private static async Task ShouldBeCutAfterAsync(TestUser viewer, string path, Func<Task> end)
    {
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var download = EndOfDownloadAsync(viewer, path, begun);
        await begun.Task;

        await end();

        var started = Stopwatch.GetTimestamp();
        await download;
        Stopwatch.GetElapsedTime(started).ShouldBeLessThan(_limit);
    }

    /// <summary>Reads a download until its connection breaks off; returns when.</summary>
    private static async Task<DateTimeOffset> EndOfDownloadAsync(TestUser viewer, string path, TaskCompletionSource? begun = null)
    {
        using var response = await viewer.Client.GetAsync(path, HttpCompletionOption.ResponseHeadersRead, Token);
        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        await using var stream = await response.Content.ReadAsStreamAsync(Token);
        var buffer = new byte[64 * 1024];
        var total = await stream.ReadAsync(buffer, Token);
        begun?.TrySetResult();
        try
        {
            while (await stream.ReadAsync(buffer, Token) is var read and > 0)
                total += read;
        }
        catch (Exception exception) when (exception is IOException or HttpRequestException)
        {
            total.ShouldBeLessThan(_content.Length);

            return TimeProvider.System.GetUtcNow();
        }

        throw new InvalidOperationException($"The download ended after {total} bytes.");
    }
}
