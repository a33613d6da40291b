using System.Net;
using System.Text.Json;
using CleanMessaging.Domain.Attachments;
using CleanMessaging.Infrastructure.Persistence.Attachments;
using CleanMessaging.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace CleanMessaging.Api.Tests.Users;

public sealed class SetAvatarTests(AttachmentServerFixture fixture) : IClassFixture<AttachmentServerFixture>
{
    private static readonly byte[] _picture = UploadSteps.Bytes(1000);

    private readonly ApiServer _server = fixture.Server;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task BeginUpload_OfAnAvatar_HasNoConversation()
    {
        var investor = await _server.RegisterInvestorAsync();
        var clientUploadId = Guid.CreateVersion7();

        var begun = (await investor.BeginAvatarAsync(5, clientUploadId: clientUploadId)).Expect(HttpStatusCode.Created).Data;
        var again = (await investor.BeginAvatarAsync(5, clientUploadId: clientUploadId)).Expect(HttpStatusCode.OK).Data;

        begun.GetProperty("kind").GetString().ShouldBe("avatar");
        begun.GetProperty("conversationId").ValueKind.ShouldBe(JsonValueKind.Null);
        again.Id().ShouldBe(begun.Id());
        (await investor.BeginAvatarAsync(6, clientUploadId: clientUploadId)).ExpectError(HttpStatusCode.UnprocessableEntity, "attachment.client_id_reused");
    }

    [Fact]
    public async Task BeginUpload_WithAConversationThatDoesNotFitTheKind_IsRejected()
    {
        var (investor, _, conversationId) = await _server.RegisterPairAsync();

        (await investor.BeginUploadAsync(conversationId, 5, "avatar", "me.jpg"))
            .ExpectError(HttpStatusCode.BadRequest, "validation.failed").FaultsOf("conversationId").ShouldBe(["attachment.invalid_conversation"]);
        foreach (var kind in (string[])["file", "image"])
        {
            (await investor.PostAsync("/api/uploads", new { clientUploadId = Guid.CreateVersion7(), kind, name = "me.jpg", bytes = 5 }))
                .ExpectError(HttpStatusCode.BadRequest, "validation.failed").FaultsOf("conversationId").ShouldBe(["attachment.invalid_conversation"]);
        }
    }

    [Fact]
    public async Task BeginUpload_OfAnAvatar_CountsAgainstTheStorageUntilItIsReplaced()
    {
        await using var server = await fixture.StartAnotherAsync(new Dictionary<string, string?> { ["Attachments:UserBytes"] = "10" }, new MemoryAttachments());
        var investor = await server.RegisterInvestorAsync();
        await investor.ChangeAvatarAsync([1, 2, 3, 4, 5, 6]);

        (await investor.BeginAvatarAsync(5)).ExpectError(HttpStatusCode.Conflict, "attachment.storage_full");
        await investor.ChangeAvatarAsync([1, 2, 3, 4]);
        (await investor.BeginAvatarAsync(6)).Expect(HttpStatusCode.Created);

        (await investor.GetAsync("/api/attachments/usage")).Data.GetProperty("bytesUsed").GetInt64().ShouldBe(10);
    }

    [Fact]
    public async Task SetAvatar_OfAnUpload_IsInTheOwnProfileAndKept()
    {
        await using var server = await fixture.StartAnotherAsync(new Dictionary<string, string?>(), new MemoryAttachments());
        var investor = await server.RegisterInvestorAsync();
        var id = await investor.UploadAvatarAsync(_picture);

        var set = (await investor.SetAvatarAsync(id)).Expect(HttpStatusCode.OK).Data;
        (await investor.SetAvatarAsync(id)).Expect(HttpStatusCode.OK);

        set.Id().ShouldBe(investor.Id);
        set.GetProperty("avatarId").GetGuid().ShouldBe(id);
        server.Clock.Shift(TimeSpan.FromDays(2));
        var later = await server.PostAsync("/api/auth/login", new { email = investor.Email, password = ApiServer.Password });
        later.Expect(HttpStatusCode.OK).Data.GetProperty("user").GetProperty("avatarId").GetGuid().ShouldBe(id);
        investor = await server.LogInAsync(investor.Email);
        (await investor.Client.GetByteArrayAsync($"/api/attachments/{id}", Token)).ShouldBe(_picture);
        (await investor.GetAsync($"/api/uploads/{id}")).Data.GetProperty("bindBefore").ValueKind.ShouldBe(JsonValueKind.Null);
    }

    [Fact]
    public async Task SetAvatar_OfAnother_RemovesTheOneBeforeAtOnce()
    {
        var investor = await _server.RegisterInvestorAsync();
        var startup = await _server.RegisterStartupAsync();
        var first = await investor.ChangeAvatarAsync(_picture);
        var link = await LinkAsync(startup, first);

        var second = await investor.ChangeAvatarAsync([1]);

        (await StoredAsync(investor.Id)).ShouldBe([$"{second} current"]);
        foreach (var user in (TestUser[])[investor, startup])
        {
            (await user.GetAsync($"/api/attachments/{first}")).ExpectError(HttpStatusCode.NotFound, "attachment.not_found");
            (await user.PostAsync("/api/attachments/links", new { attachmentIds = new[] { first, second } }))
                .Data.GetProperty("links").EnumerateArray().Select(one => one.GetProperty("attachmentId").GetGuid()).ShouldBe([second]);
        }

        using var client = _server.CreateClient();
        (await client.GetAsync(link, Token)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await investor.SetAvatarAsync(first)).ExpectError(HttpStatusCode.NotFound, "attachment.not_found");
        (await KeyIsDestroyedAsync(first)).ShouldBeTrue();
    }

    [Fact]
    public async Task RemoveAvatar_Twice_LeavesNone()
    {
        var investor = await _server.RegisterInvestorAsync();
        var startup = await _server.RegisterStartupAsync();
        var id = await investor.ChangeAvatarAsync(_picture);

        var removed = (await investor.RemoveAvatarAsync()).Expect(HttpStatusCode.OK).Data;
        (await investor.RemoveAvatarAsync()).Expect(HttpStatusCode.OK);

        removed.GetProperty("avatarId").ValueKind.ShouldBe(JsonValueKind.Null);
        (await StoredAsync(investor.Id)).ShouldBeEmpty();
        (await KeyIsDestroyedAsync(id)).ShouldBeTrue();
        (await startup.GetAsync($"/api/attachments/{id}")).ExpectError(HttpStatusCode.NotFound, "attachment.not_found");
    }

    [Fact]
    public async Task SetAvatar_OfWhatCannotBecomeOne_IsRejectedAndKeepsTheAvatar()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        var current = await investor.ChangeAvatarAsync(_picture);
        var foreign = await startup.UploadAvatarAsync(_picture);
        var receiving = (await investor.BeginAvatarAsync(3)).Expect(HttpStatusCode.Created).Data.Id();
        var rejected = await _server.AddAttachmentAsync(investor.Id, null, AttachmentKind.Avatar, state: AttachmentState.Rejected);
        var picture = await investor.UploadAsync(conversationId, _picture, "image", "photo.png");
        var (sent, _) = await investor.SendAttachmentAsync(conversationId, _picture, "image", "photo.png");

        (await investor.SetAvatarAsync(foreign)).ExpectError(HttpStatusCode.NotFound, "attachment.not_found");
        (await investor.SetAvatarAsync(Guid.CreateVersion7())).ExpectError(HttpStatusCode.NotFound, "attachment.not_found");
        (await investor.SetAvatarAsync(receiving)).ExpectError(HttpStatusCode.Conflict, "attachment.not_ready");
        (await investor.SetAvatarAsync(rejected)).ExpectError(HttpStatusCode.Conflict, "attachment.not_ready");
        (await investor.SetAvatarAsync(picture)).ExpectError(HttpStatusCode.BadRequest, "attachment.not_avatar");
        (await investor.SetAvatarAsync(sent)).ExpectError(HttpStatusCode.BadRequest, "attachment.not_avatar");

        (await startup.SetAvatarAsync(foreign)).Expect(HttpStatusCode.OK);
        (await investor.Client.GetByteArrayAsync($"/api/attachments/{current}", Token)).ShouldBe(_picture);
    }

    [Fact]
    public async Task SetAvatar_AfterTheDayOfItsUpload_IsNotFound()
    {
        await using var server = await fixture.StartAnotherAsync(new Dictionary<string, string?>(), new MemoryAttachments());
        var investor = await server.RegisterInvestorAsync();
        var (early, late) = (await investor.UploadAvatarAsync(_picture), await investor.UploadAvatarAsync(_picture));

        server.Clock.Shift(TimeSpan.FromHours(23.9));
        investor = await server.LogInAsync(investor.Email);
        (await investor.SetAvatarAsync(early)).Expect(HttpStatusCode.OK);
        server.Clock.Shift(TimeSpan.FromHours(0.2));
        investor = await server.LogInAsync(investor.Email);

        (await investor.SetAvatarAsync(late)).ExpectError(HttpStatusCode.NotFound, "attachment.not_found");
        (await investor.Client.GetByteArrayAsync($"/api/attachments/{early}", Token)).ShouldBe(_picture);
    }

    /// <summary>Exactly one of the uploads is the avatar, and each of the others is removed or still has its day.</summary>
    [Fact]
    public async Task SetAvatar_ManyInParallelWithRemovals_LeavesOneAvatarAndNoAttachmentWithoutOwner()
    {
        var investor = await _server.RegisterInvestorAsync();
        for (var round = 0; round < 5; round++)
        {
            var ids = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => investor.UploadAvatarAsync([1, 2, 3])));

            var answers = await Task.WhenAll(ids.Select(investor.SetAvatarAsync));
            answers.ShouldAllBe(answer => answer.Status == HttpStatusCode.OK);
            (await StoredAsync(investor.Id)).ShouldHaveSingleItem().ShouldEndWith(" current");
            (await _server.QueryAsync<string>($"SELECT avatar_id::text FROM users WHERE id = '{investor.Id}'"))
                .ShouldBeOneOf([.. ids.Select(id => id.ToString())]);
        }

        var further = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => investor.UploadAvatarAsync([1, 2, 3])));
        await Task.WhenAll(further.SelectMany(id => new[] { investor.SetAvatarAsync(id), investor.RemoveAvatarAsync() }));
        (await investor.RemoveAvatarAsync()).Expect(HttpStatusCode.OK);
        (await StoredAsync(investor.Id)).ShouldBeEmpty();
    }

    [Fact]
    public async Task CancelUpload_OfTheAvatar_IsRejectedWhileItIsInUse()
    {
        var investor = await _server.RegisterInvestorAsync();
        var id = await investor.ChangeAvatarAsync(_picture);

        (await investor.DeleteAsync($"/api/uploads/{id}")).ExpectError(HttpStatusCode.Conflict, "attachment.in_use");

        (await investor.Client.GetByteArrayAsync($"/api/attachments/{id}", Token)).ShouldBe(_picture);
    }

    [Fact]
    public async Task SendMessage_WithAnAvatar_ConsumesNothing()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        var (current, unused) = (await investor.ChangeAvatarAsync(_picture), await investor.UploadAvatarAsync(_picture));

        foreach (var id in (Guid[])[current, unused])
            (await investor.SendAttachmentsAsync(conversationId, "Me", [id])).ExpectError(HttpStatusCode.NotFound, "attachment.not_found");

        (await investor.QuotaAsync()).GetProperty("messagesSentToday").GetInt32().ShouldBe(0);
        (await startup.GetAsync($"/api/messages?conversationId={conversationId}")).Data.GetArrayLength().ShouldBe(0);
        (await investor.GetAsync($"/api/conversations/{conversationId}/attachments")).Data.GetArrayLength().ShouldBe(0);
        (await investor.GetAsync($"/api/conversations/{conversationId}/attachments?kind=avatar"))
            .ExpectError(HttpStatusCode.BadRequest, "validation.failed").FaultsOf("kind").ShouldBe(["attachment.invalid_kind"]);
    }

    [Fact]
    public async Task Erase_OfAvatars_KeepsTheCurrentOne()
    {
        var store = new MemoryAttachments();
        await using var server = await fixture.StartAnotherAsync(
            new Dictionary<string, string?> { ["Attachments:KeepRemoved"] = "10.00:00:00" }, store);
        var investor = await server.RegisterInvestorAsync();
        await investor.ChangeAvatarAsync([1]);
        await investor.UploadAvatarAsync([2]);
        var current = await investor.ChangeAvatarAsync([3]);
        store.Objects.Count.ShouldBe(3);

        await server.Services.GetRequiredService<AttachmentEraser>().EraseAsync(Token);
        store.Objects.Count.ShouldBe(2);
        server.Clock.Shift(TimeSpan.FromDays(1));
        await server.Services.GetRequiredService<AttachmentEraser>().EraseAsync(Token);

        store.Objects.Count.ShouldBe(1);
        investor = await server.LogInAsync(investor.Email);
        (await investor.Client.GetByteArrayAsync($"/api/attachments/{current}", Token)).ShouldBe([3]);
        (await investor.RemoveAvatarAsync()).Expect(HttpStatusCode.OK);
        await server.Services.GetRequiredService<AttachmentEraser>().EraseAsync(Token);
        store.Objects.ShouldBeEmpty();
    }

    [Fact]
    public async Task SetAvatar_WithoutKeys_IsDisabled()
    {
        await using var server = await fixture.StartWithoutStorageAsync();
        var investor = await server.RegisterInvestorAsync();

        (await investor.SetAvatarAsync(Guid.CreateVersion7())).ExpectError(HttpStatusCode.Forbidden, "feature.disabled");
        (await investor.RemoveAvatarAsync()).ExpectError(HttpStatusCode.Forbidden, "feature.disabled");
    }

    private static async Task<string> LinkAsync(TestUser viewer, Guid id) =>
        (await viewer.PostAsync("/api/attachments/links", new { attachmentIds = new[] { id } })).Expect(HttpStatusCode.OK)
            .Data.GetProperty("links")[0].GetProperty("url").GetString()!;

    private async Task<bool> KeyIsDestroyedAsync(Guid id) =>
        await _server.QueryAsync<long>($"SELECT count(*) FROM attachments WHERE id = '{id}' AND encrypted_key IS NULL AND name = ''") == 1;

    /// <summary>Returns the avatars of a user that are kept: the current one, and those that no user has.</summary>
    private async Task<string[]> StoredAsync(Guid userId)
    {
        var text = await _server.QueryAsync<string>(
            $"""
            SELECT coalesce(string_agg(attachments.id || CASE WHEN users.id IS NULL THEN ' without owner' ELSE ' current' END, ','), '')
            FROM attachments LEFT JOIN users ON users.avatar_id = attachments.id
            WHERE uploader_id = '{userId}' AND kind = 3 AND state = 1 AND (remove_at IS NULL OR users.id IS NOT NULL)
            """);

        return text.Length == 0 ? [] : text.Split(',');
    }
}
