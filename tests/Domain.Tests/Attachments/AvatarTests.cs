using CleanMessaging.Domain.Attachments;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Primitives;
using CleanMessaging.Domain.Users;

namespace CleanMessaging.Domain.Tests.Attachments;

public sealed class AvatarTests
{
    private static readonly UserId _owner = new(Given.Investor.Id);

    [Fact]
    public void Draft_WithAndWithoutAConversation_IsForAMessageOrAnAvatar()
    {
        Draft(AttachmentKind.Avatar, null).ConversationId.ShouldBeNull();
        ThrownError.CodeOf(() => Draft(AttachmentKind.Avatar, Guid.CreateVersion7())).ShouldBe("attachment.invalid_conversation");
        foreach (var kind in (AttachmentKind[])[AttachmentKind.File, AttachmentKind.Image, AttachmentKind.Voice])
            ThrownError.CodeOf(() => Draft(kind, null)).ShouldBe("attachment.invalid_conversation");
    }

    [Fact]
    public void BecomeAvatar_OfAReadyUpload_KeepsItUntilItIsReplaced()
    {
        var avatar = Ready();
        avatar.RemoveAt.ShouldBe(Given.Noon.AddHours(24));
        avatar.IsCurrentAvatar.ShouldBeFalse();

        avatar.BecomeAvatar(_owner, Given.Noon.AddHours(23));
        avatar.BecomeAvatar(_owner, Given.Noon.AddYears(1));

        avatar.DomainEvents.ShouldBe([new AvatarChanged(_owner, new AttachmentId(avatar.Id))], "The second call changes nothing.");
        avatar.RemoveAt.ShouldBeNull();
        avatar.IsCurrentAvatar.ShouldBeTrue();
        avatar.EncryptedKey.ShouldNotBeNull();
    }

    [Theory]
    [InlineData("another user's", "attachment.not_found")]
    [InlineData("receiving", "attachment.not_ready")]
    [InlineData("rejected", "attachment.not_ready")]
    [InlineData("a picture", "attachment.not_avatar")]
    [InlineData("too late", "attachment.not_found")]
    [InlineData("canceled", "attachment.not_found")]
    [InlineData("retired", "attachment.not_found")]
    [InlineData("without its key", "attachment.not_found")]
    public void BecomeAvatar_OfAnUnsuitableAttachment_IsRejectedAndChangesNothing(string what, string code)
    {
        var attachment = what switch
        {
            "receiving" or "rejected" => Begin(),
            "a picture" => Picture(),
            _ => Ready(),
        };
        var now = Given.Noon.AddHours(what == "too late" ? 24 : 1);
        switch (what)
        {
            case "rejected":
                attachment.Receive(0, 3, Given.Noon);
                attachment.Reject(AttachmentErrors.ContentMismatch, Given.Noon);
                break;
            case "canceled":
                attachment.Cancel(Given.Noon);
                break;
            case "retired":
                attachment.BecomeAvatar(_owner, Given.Noon);
                attachment.RetireAvatar(Given.Noon);
                break;
            case "without its key":
                typeof(Attachment).GetProperty(nameof(Attachment.EncryptedKey))!.SetValue(attachment, null);
                break;
        }

        var removeAt = attachment.RemoveAt;

        ThrownError.CodeOf(() => attachment.BecomeAvatar(what == "another user's" ? new UserId(Given.Startup.Id) : _owner, now)).ShouldBe(code);

        attachment.RemoveAt.ShouldBe(removeAt);
        attachment.IsCurrentAvatar.ShouldBeFalse();
    }

    [Fact]
    public void RetireAvatar_OfTheCurrentOne_DestroysItsKeyAndItsName()
    {
        var (avatar, removed) = (Ready(), Ready());
        avatar.BecomeAvatar(_owner, Given.Noon);
        removed.BecomeAvatar(_owner, Given.Noon);

        avatar.RetireAvatar(Given.Noon.AddHours(1));
        removed.RemoveAvatar(Given.Noon.AddHours(1));

        avatar.DomainEvents.Count.ShouldBe(1, "The next avatar has the event.");
        removed.DomainEvents[^1].ShouldBe(new AvatarChanged(_owner, AvatarId: null));
        removed.EncryptedKey.ShouldBeNull();
        avatar.RemoveAt.ShouldBe(Given.Noon.AddHours(1));
        avatar.EncryptedKey.ShouldBeNull();
        avatar.Name.ShouldBeEmpty();
        Should.Throw<InvalidOperationException>(() => avatar.RetireAvatar(Given.Noon.AddHours(2)));
        Should.Throw<InvalidOperationException>(() => Ready().RetireAvatar(Given.Noon));
    }

    [Fact]
    public void IsCommitted_OfAChangedAvatar_IsUnknownIfTheUserHasAnotherOne()
    {
        var avatarId = new AttachmentId(Guid.CreateVersion7());
        var user = new User(_owner.Value, "a@example.com", "A", UserRole.Investor, avatarId: avatarId);

        Committed(avatarId, user).ShouldBe(true);
        Committed(new AttachmentId(Guid.CreateVersion7()), user).ShouldBeNull();
        Committed(null, user).ShouldBeNull();
        Committed(avatarId, null).ShouldBeNull();

        static bool? Committed(AttachmentId? changedTo, User? row) => ((IVerifiableEvent)new AvatarChanged(_owner, changedTo)).IsCommitted(row);
    }

    [Fact]
    public void Cancel_OfAnAvatar_IsRejectedWhileItIsTheCurrentOne()
    {
        var (current, unused) = (Ready(), Ready());
        current.BecomeAvatar(_owner, Given.Noon);
        unused.Cancel(Given.Noon);

        ThrownError.CodeOf(() => current.Cancel(Given.Noon)).ShouldBe("attachment.in_use");

        current.EncryptedKey.ShouldNotBeNull();
        current.IsCurrentAvatar.ShouldBeTrue();
        unused.EncryptedKey.ShouldBeNull();
    }

    [Fact]
    public void EnsureSendable_OfAnAvatar_IsUnknown()
    {
        var conversationId = new ConversationId(Guid.CreateVersion7());
        var (current, unused) = (Ready(), Ready());
        current.BecomeAvatar(_owner, Given.Noon);

        foreach (var avatar in (Attachment[])[current, unused])
            ThrownError.CodeOf(() => avatar.EnsureSendable(_owner, conversationId, Given.Noon)).ShouldBe("attachment.not_found");
    }

    [Fact]
    public void EnsureSameRequest_OfAnAvatar_ComparesTheKindAndTheSize()
    {
        var avatar = Ready();

        avatar.EnsureSameRequest(Draft(AttachmentKind.Avatar, null), Given.Noon);
        ThrownError.CodeOf(() => avatar.EnsureSameRequest(Draft(AttachmentKind.Image, Guid.CreateVersion7()), Given.Noon)).ShouldBe("attachment.client_id_reused");
        ThrownError.CodeOf(() => avatar.EnsureSameRequest(Draft(AttachmentKind.Avatar, null, bytes: 4), Given.Noon)).ShouldBe("attachment.client_id_reused");
    }

    private static Attachment Ready()
    {
        var avatar = Begin();
        avatar.Receive(0, 3, Given.Noon);
        avatar.Complete(TestUpload.Content, Given.Noon).ShouldBeTrue();

        return avatar;
    }

    private static Attachment Picture()
    {
        var picture = Begin(Draft(AttachmentKind.Image, Guid.CreateVersion7()));
        picture.Receive(0, 3, Given.Noon);
        picture.Complete(TestUpload.Content, Given.Noon).ShouldBeTrue();

        return picture;
    }

    private static Attachment Begin(AttachmentDraft? draft = null) => Attachment.Begin(
        draft ?? Draft(AttachmentKind.Avatar, null),
        StorageAllowance.Open(_owner),
        new StorageUse(Bytes: 0, OpenUploads: 0),
        AttachmentPolicy.Default,
        id => id.Value.ToByteArray(),
        Given.Noon);

    private static AttachmentDraft Draft(AttachmentKind kind, Guid? conversationId, long bytes = 3) => new(
        _owner,
        conversationId is { } id ? new ConversationId(id) : null,
        new ClientUploadId(Guid.CreateVersion7()),
        kind,
        "me.jpg",
        bytes,
        voice: kind == AttachmentKind.Voice ? new VoiceNote(1_000, [1]) : null);
}
