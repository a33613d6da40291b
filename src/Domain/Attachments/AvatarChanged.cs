using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Primitives;
using CleanMessaging.Domain.Users;

namespace CleanMessaging.Domain.Attachments;

/// <summary>A user set, replaced or removed the avatar.</summary>
/// <param name="AvatarId">The new avatar; null for none.</param>
public sealed record AvatarChanged(UserId UserId, AttachmentId? AvatarId) : IVerifiableEvent
{
    Type IVerifiableEvent.RowType => typeof(User);

    IReadOnlyList<object> IVerifiableEvent.RowKey => [UserId.Value];

    /// <summary>Unknown if the user has another avatar, which a later change may have set.</summary>
    bool? IVerifiableEvent.IsCommitted(object? row) => row is User user && user.AvatarId == AvatarId?.Value ? true : null;
}
