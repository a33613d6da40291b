using CleanMessaging.Tests.Support;

namespace CleanMessaging.Client.Tests.Api;

/// <summary>Tests that a client changes the picture of its user, and shows those of others.</summary>
public sealed class AvatarClientTests(AttachmentServerFixture fixture) : IClassFixture<AttachmentServerFixture>
{
    private static readonly byte[] _picture = UploadSteps.Bytes(300_000);

    private readonly ApiServer _server = fixture.Server;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task SetAvatar_OfAnUpload_ChangesTheUserOfTheClientAndOfItsStore()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        using var store = new MemoryCredentialStore();
        using var client = new MessagingClient(_server.Address, store);
        using var other = new MessagingClient(_server.Address);
        await client.Accounts.LogInAsync(investor.Email, ApiServer.Password, Cancellation);
        await other.Accounts.LogInAsync(startup.Email, ApiServer.Password, Cancellation);
        await using var session = await MessagingSession.OpenAsync(client, cancellationToken: Cancellation);

        using var content = new MemoryStream(_picture);
        var upload = await client.Attachments.UploadAsync(NewUpload.OfAvatar("me.jpg", _picture.Length), content, cancellationToken: Cancellation);
        var user = await client.Users.SetAvatarAsync(upload.Id, Cancellation);

        (upload.ConversationId, upload.Kind, upload.Attachment.ShouldNotBeNull().Kind).ShouldBe((null, AttachmentKind.Avatar, AttachmentKind.Avatar));
        user.AvatarId.ShouldBe(upload.Id);
        new[] { client.User, session.User, (await store.LoadAsync(Cancellation))?.User }.ShouldAllBe(known => known == user);
        (await other.Users.FindAsync(investor.DisplayName, cancellationToken: Cancellation)).Items.ShouldContain(found => found.AvatarId == upload.Id);
        (await other.Conversations.GetAsync(conversationId, Cancellation)).OtherThan(startup.Id).AvatarId.ShouldBe(upload.Id);
        await using var shown = await other.Attachments.OpenAsync(upload.Id, cancellationToken: Cancellation);
        using var copy = new MemoryStream();
        await shown.CopyToAsync(copy, Cancellation);
        copy.ToArray().ShouldBe(_picture);
        await client.Accounts.RefreshAsync(Cancellation);
        client.User.ShouldBe(user);

        (await client.Users.RemoveAvatarAsync(Cancellation)).AvatarId.ShouldBeNull();
        new[] { client.User, session.User, (await store.LoadAsync(Cancellation))?.User }.ShouldAllBe(known => known!.AvatarId == null);
        (await Should.ThrowAsync<NotFoundException>(() => other.Attachments.OpenAsync(upload.Id, cancellationToken: Cancellation)))
            .Code.ShouldBe("attachment.not_found");
    }

    [Fact]
    public async Task SetAvatar_OfWhatIsNone_ThrowsAndChangesNothing()
    {
        var investor = await _server.RegisterInvestorAsync();
        using var client = new MessagingClient(_server.Address);
        await client.Accounts.LogInAsync(investor.Email, ApiServer.Password, Cancellation);
        var begun = await client.Attachments.BeginAsync(NewUpload.OfAvatar("me.jpg", 9), Cancellation);

        (await Should.ThrowAsync<MessagingException>(() => client.Users.SetAvatarAsync(begun.Id, Cancellation))).Code.ShouldBe("attachment.not_ready");
        await Should.ThrowAsync<NotFoundException>(() => client.Users.SetAvatarAsync(Given.IdOf(1), Cancellation));
        client.User!.AvatarId.ShouldBeNull();
    }
}
