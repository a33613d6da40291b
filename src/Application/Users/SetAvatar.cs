using AutoMapper;
using CleanMessaging.Application.Attachments;
using CleanMessaging.Application.Pipeline;
using CleanMessaging.Domain.Attachments;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Primitives;
using MediatR;

namespace CleanMessaging.Application.Users;

/// <summary>Makes an upload the avatar of its uploader. It replaces the previous avatar, which is removed.</summary>
public sealed record SetAvatarCommand(UserId UserId, AttachmentId AttachmentId) : ICommand<UserResponse>
{
    public bool IsIdempotent => true;
}

internal sealed class SetAvatarHandler(IAvatarRepository avatars, IAttachmentRepository attachments, IMapper mapper, TimeProvider clock)
    : IRequestHandler<SetAvatarCommand, UserResponse>
{
    public async Task<UserResponse> Handle(SetAvatarCommand command, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var user = await avatars.LoadAsync(command.UserId, cancellationToken);
        List<AttachmentId> ids = [command.AttachmentId];
        if (user.AvatarId is { } currentId)
            ids.Add(new AttachmentId(currentId));

        var loaded = await attachments.LoadAsync(ids, command.UserId, cancellationToken);
        var avatar = loaded.SingleOrDefault(attachment => attachment.Id == command.AttachmentId.Value)
            ?? throw new DomainException(AttachmentErrors.NotFound);
        var previous = loaded.SingleOrDefault(attachment => attachment != avatar);
        avatar.BecomeAvatar(command.UserId, now);
        previous?.RetireAvatar(now);

        return mapper.Map<UserResponse>(await avatars.SetAsync(command.UserId, command.AttachmentId, cancellationToken));
    }
}
