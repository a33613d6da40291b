using System.Diagnostics;
using System.Net;
using System.Text.Json;
using CleanMessaging.Domain.Attachments;
using CleanMessaging.Tests.Support;
using Npgsql;

namespace CleanMessaging.Api.Tests.Users;

/// <summary>Tests that a user's avatar is visible to every viewer of the user's name and to no one else, and in every response that has the name.</summary>
public sealed class AvatarVisibilityTests(AttachmentServerFixture fixture) : IClassFixture<AttachmentServerFixture>
{
    private static readonly byte[] _picture = UploadSteps.Bytes(1000);

    private readonly ApiServer _server = fixture.Server;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task OpenAttachment_OfAnAvatar_IsForEveryViewerOfTheName()
    {
        var (investor, participant, _) = await _server.RegisterPairAsync();
        var (startup, otherInvestor) = (await _server.RegisterStartupAsync(), await _server.RegisterInvestorAsync());
        var admin = await _server.CreateAdminAsync();
        var id = await investor.ChangeAvatarAsync(_picture);
        var adminsId = await admin.ChangeAvatarAsync(_picture);

        foreach (var viewer in (TestUser[])[investor, participant, startup, admin])
            await ShouldSeeAsync(viewer, id);
        using (var shown = await participant.Client.GetAsync($"/api/attachments/{id}", TestContext.Current.CancellationToken))
            shown.Content.Headers.ContentDisposition.ShouldNotBeNull().ToString().ShouldBe("inline; filename*=UTF-8''avatar.webp");
        await ShouldNotSeeAsync(otherInvestor, id);
        await ShouldSeeAsync(admin, adminsId);
        foreach (var viewer in (TestUser[])[investor, startup])
            await ShouldNotSeeAsync(viewer, adminsId);
    }

    [Fact]
    public async Task OpenAttachment_OfAnAvatarThatIsNotSet_IsForItsUploader()
    {
        var (investor, participant, _) = await _server.RegisterPairAsync();
        var admin = await _server.CreateAdminAsync();
        var id = await investor.UploadAvatarAsync(_picture);

        await ShouldSeeAsync(investor, id);
        foreach (var viewer in (TestUser[])[participant, admin])
            await ShouldNotSeeAsync(viewer, id);
    }

    [Fact]
    public async Task OpenAttachment_OfTheAvatarOfADeactivatedUser_IsForParticipantsAndAdmins()
    {
        var (investor, participant, _) = await _server.RegisterPairAsync();
        var startup = await _server.RegisterStartupAsync();
        var admin = await _server.CreateAdminAsync();
        var id = await investor.ChangeAvatarAsync(_picture);

        (await admin.PostAsync($"/api/admin/users/{investor.Id}/deactivate", new { })).Expect(HttpStatusCode.OK);

        await ShouldSeeAsync(participant, id);
        await ShouldSeeAsync(admin, id);
        await ShouldNotSeeAsync(startup, id);
        (await admin.PostAsync($"/api/admin/users/{investor.Id}/reactivate", new { })).Expect(HttpStatusCode.OK);
        await ShouldSeeAsync(startup, id);
    }

    [Fact]
    public async Task CreateMediaLinks_OfAvatarsAndPictures_ReturnsAllInOneResponse()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        var (picture, _) = await investor.SendAttachmentAsync(conversationId, _picture, "image", "photo.png");
        var avatar = await investor.ChangeAvatarAsync(_picture);
        var own = await startup.ChangeAvatarAsync([1]);

        var links = (await startup.PostAsync("/api/attachments/links", new { attachmentIds = new[] { avatar, picture, own } }))
            .Expect(HttpStatusCode.OK).Data.GetProperty("links").EnumerateArray().ToList();

        links.Select(link => link.GetProperty("attachmentId").GetGuid()).ShouldBe([avatar, picture, own]);
        links.Select(link => link.GetProperty("thumbnailUrl").ValueKind).ShouldBe([JsonValueKind.Null, JsonValueKind.String, JsonValueKind.Null]);
        using var client = _server.CreateClient();
        using var answer = await client.GetAsync(links[0].GetProperty("url").GetString(), Token);
        (await answer.Content.ReadAsByteArrayAsync(Token)).ShouldBe(_picture);
        answer.Content.Headers.ContentType!.ToString().ShouldBe("image/webp");
        answer.Headers.CacheControl!.ToString().ShouldBe("no-store, private");
    }

    /// <summary>A CDN would keep the avatar after it is replaced, so its links stay those of their viewers.</summary>
    [Fact]
    public async Task MediaLink_ToAnAvatarWithACdn_IsForItsViewerOnlyAndIsNotKept()
    {
        await using var server = await fixture.StartAnotherAsync(new Dictionary<string, string?> { ["Media:CdnSeconds"] = "60" }, new MemoryAttachments());
        var (investor, startup, _) = await server.RegisterPairAsync();
        var id = await investor.ChangeAvatarAsync(_picture);
        var links = new List<string>();
        foreach (var viewer in (TestUser[])[investor, startup])
        {
            links.Add((await viewer.PostAsync("/api/attachments/links", new { attachmentIds = new[] { id } }))
                .Data.GetProperty("links")[0].GetProperty("url").GetString()!);
        }

        using var client = server.CreateClient();
        using var answer = await client.GetAsync(links[1], Token);

        links[0].ShouldNotBe(links[1]);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        answer.Headers.Contains("CDN-Cache-Control").ShouldBeFalse();
        answer.Headers.Contains("X-Accel-Expires").ShouldBeFalse();
    }

    [Fact]
    public async Task Download_OfAnAvatarUnderWayWhenItIsReplaced_IsCutWithinFiveSeconds()
    {
        var store = new MemoryAttachments { ReadDelay = TimeSpan.FromMilliseconds(200) };
        await using var server = await fixture.StartAnotherAsync(new Dictionary<string, string?>(), store);
        var (investor, startup, _) = await server.RegisterPairAsync();
        var id = await investor.ChangeAvatarAsync(UploadSteps.Bytes(4 * 1024 * 1024));
        using var response = await startup.Client.GetAsync($"/api/attachments/{id}", HttpCompletionOption.ResponseHeadersRead, Token);
        await using var body = await response.Content.ReadAsStreamAsync(Token);
        await body.ReadExactlyAsync(new byte[64 * 1024], Token);

        (await investor.RemoveAvatarAsync()).Expect(HttpStatusCode.OK);
        var removed = Stopwatch.StartNew();

        await Should.ThrowAsync<Exception>(() => body.CopyToAsync(Stream.Null, Token));
        removed.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(5.5));
    }

    [Fact]
    public async Task AvatarId_NextToEveryDisplayName_IsTheCurrentOne()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        var admin = await _server.CreateAdminAsync();
        var id = await startup.UploadAvatarAsync(_picture);

        (await IdsAsync()).ShouldAllBe(found => found == null);
        (await startup.SetAvatarAsync(id)).Expect(HttpStatusCode.OK);
        (await IdsAsync()).ShouldAllBe(found => found == id);
        (await startup.RemoveAvatarAsync()).Expect(HttpStatusCode.OK);
        (await IdsAsync()).ShouldAllBe(found => found == null);

        async Task<List<Guid?>> IdsAsync()
        {
            var started = await investor.PostAsync("/api/conversations/create", new { receiverId = startup.Id });
            var session = await _server.PostAsync("/api/auth/login", new { email = startup.Email, password = ApiServer.Password });
            JsonElement[] answers =
            [
                session.Expect(HttpStatusCode.OK).Data,
                (await _server.PostAsync("/api/auth/refresh", new { refreshToken = session.Data.GetProperty("refreshToken").GetString() })).Data,
                started.Expect(HttpStatusCode.OK).Data,
                (await investor.GetAsync($"/api/conversations/{conversationId}")).Data,
                (await investor.GetAsync("/api/conversations")).Data,
                (await investor.PostAsync(
                    "/api/sync", new { conversations = new[] { new { conversationId, sinceRevision = 0, sincePersonalRevision = 0 } } })).Data,
                (await FindAsync(investor)).Data,
                (await FindAsync(admin)).Data,
                (await admin.GetAsync($"/api/admin/users/{startup.Id}")).Data,
            ];
            var ids = answers.Select(answer => AvatarsIn(answer, startup.Id).ToList()).ToList();
            ids.ShouldAllBe(found => found.Count > 0);

            return [.. ids.SelectMany(found => found)];
        }

        Task<Answer> FindAsync(TestUser user) => user.GetAsync($"/api/users?search={startup.DisplayName}");
    }

    /// <summary>A new conversation is not read from the database for its response.</summary>
    [Fact]
    public async Task StartConversation_WithAUserWithAnAvatar_ReturnsIt()
    {
        var (investor, startup) = (await _server.RegisterInvestorAsync(), await _server.RegisterStartupAsync());
        var id = await startup.ChangeAvatarAsync(_picture);

        var started = await investor.PostAsync("/api/conversations/create", new { receiverId = startup.Id });

        AvatarsIn(started.Expect(HttpStatusCode.Created).Data, startup.Id).ShouldBe([id]);
        AvatarsIn(started.Data, investor.Id).ShouldBe([null]);
    }

    [Fact]
    public async Task Attachments_WithAndWithoutAConversation_AreConstrainedByTheirKind()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        var avatar = await _server.AddAvatarAsync(investor.Id);

        await Should.ThrowAsync<PostgresException>(() => _server.AddAttachmentAsync(investor.Id, conversationId, AttachmentKind.Avatar));
        await Should.ThrowAsync<PostgresException>(() => _server.AddAttachmentAsync(investor.Id, null, AttachmentKind.Image));
        var sent = (await investor.SendAsync(conversationId, "Text")).Expect(HttpStatusCode.Created).Data.Id();
        await Should.ThrowAsync<PostgresException>(() => _server.ExecuteAsync($"UPDATE attachments SET message_id = '{sent}' WHERE id = '{avatar}'"));
        await _server.ExecuteAsync($"UPDATE users SET avatar_id = '{avatar}' WHERE id = '{investor.Id}'");
        await Should.ThrowAsync<PostgresException>(() => _server.ExecuteAsync($"UPDATE users SET avatar_id = '{avatar}' WHERE id = '{startup.Id}'"));
    }

    /// <summary>Returns the avatar of each occurrence of a user with a display name.</summary>
    private static IEnumerable<Guid?> AvatarsIn(JsonElement element, Guid userId)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object when element.TryGetProperty("displayName", out _):
                var id = element.TryGetProperty("userId", out var participant) ? participant : element.GetProperty("id");
                if (id.GetGuid() == userId)
                    yield return element.GetProperty("avatarId") is { ValueKind: JsonValueKind.String } avatar ? avatar.GetGuid() : null;
                break;
            case JsonValueKind.Object:
                foreach (var found in element.EnumerateObject().SelectMany(member => AvatarsIn(member.Value, userId)))
                    yield return found;
                break;
            case JsonValueKind.Array:
                foreach (var found in element.EnumerateArray().SelectMany(item => AvatarsIn(item, userId)))
                    yield return found;
                break;
        }
    }

    private static async Task ShouldSeeAsync(TestUser viewer, Guid id)
    {
        (await viewer.Client.GetByteArrayAsync($"/api/attachments/{id}", Token)).ShouldBe(_picture, viewer.Email);
        (await LinksAsync(viewer, id)).ShouldBe(1);
    }

    private static async Task ShouldNotSeeAsync(TestUser viewer, Guid id)
    {
        (await viewer.GetAsync($"/api/attachments/{id}")).ExpectError(HttpStatusCode.NotFound, "attachment.not_found");
        (await LinksAsync(viewer, id)).ShouldBe(0);
    }

    private static async Task<int> LinksAsync(TestUser viewer, Guid id) =>
        (await viewer.PostAsync("/api/attachments/links", new { attachmentIds = new[] { id } })).Expect(HttpStatusCode.OK)
            .Data.GetProperty("links").GetArrayLength();
}
