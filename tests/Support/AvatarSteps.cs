using System.Net;
using CleanMessaging.Domain.Attachments;

namespace CleanMessaging.Tests.Support;

/// <summary>The steps of an avatar, as a client does them.</summary>
public static class AvatarSteps
{
    public static Task<Answer> BeginAvatarAsync(this TestUser user, long bytes, string name = "me.jpg", Guid? clientUploadId = null) => user.PostAsync(
        "/api/uploads", new { clientUploadId = clientUploadId ?? Guid.CreateVersion7(), kind = "avatar", name, bytes });

    /// <summary>Uploads an avatar; returns its id.</summary>
    public static async Task<Guid> UploadAvatarAsync(this TestUser user, byte[] content)
    {
        var id = (await user.BeginAvatarAsync(content.Length)).Expect(HttpStatusCode.Created).Data.Id();
        (await user.PatchAsync(id, 0, content)).Expect(HttpStatusCode.NoContent);
        (await user.CompleteAsync(id)).Expect(HttpStatusCode.OK);

        return id;
    }

    public static Task<Answer> SetAvatarAsync(this TestUser user, Guid attachmentId) => user.PutAsync("/api/users/avatar", new { attachmentId });

    public static Task<Answer> RemoveAvatarAsync(this TestUser user) => user.DeleteAsync("/api/users/avatar");

    /// <summary>Uploads and sets an avatar; returns its id.</summary>
    public static async Task<Guid> ChangeAvatarAsync(this TestUser user, byte[] content)
    {
        var id = await user.UploadAvatarAsync(content);
        (await user.SetAvatarAsync(id)).Expect(HttpStatusCode.OK);

        return id;
    }

    /// <summary>Inserts an avatar that is ready directly in the database; returns its id. No bytes are stored.</summary>
    internal static Task<Guid> AddAvatarAsync(this ApiServer server, Guid userId) =>
        server.AddAttachmentAsync(userId, conversationId: null, AttachmentKind.Avatar, "me.jpg");
}
