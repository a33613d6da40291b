using CleanMessaging.Application.Attachments;
using CleanMessaging.Application.Users;
using CleanMessaging.WebApi.Responses;

namespace CleanMessaging.WebApi.Endpoints;

/// <summary>Examples of avatars.</summary>
internal static class AvatarExamples
{
    public static readonly BeginUploadRequest Begin = new()
    {
        ClientUploadId = new Guid("019ab0ca-1b00-7e31-92a4-5c7e9f1b3d68"),
        Kind = AttachmentKindName.Avatar,
        Name = "My picture.jpg",
        Bytes = 845_112,
    };

    public static readonly SetAvatarRequest Set = new() { AttachmentId = Examples.AvatarId };

    public static readonly Envelope<UserResponse> WithoutAvatar = Envelope.Of(Examples.LoggedIn.Data.User);

    public static readonly Envelope<UserResponse> WithAvatar =
        Envelope.Of(WithoutAvatar.Data with { AvatarId = Examples.AvatarId });
}
