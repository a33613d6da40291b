using AutoMapper;
using CleanMessaging.Application.Attachments;
using CleanMessaging.Application.Pipeline;
using CleanMessaging.Domain.Ids;
using MediatR;

namespace CleanMessaging.Application.Users;

/// <summary>Removes the avatar of a user. Has no effect if there is none.</summary>
public sealed record RemoveAvatarCommand(UserId UserId) : ICommand<UserResponse>
{
    public bool IsIdempotent => true;
}

internal sealed class RemoveAvatarHandler(
    IAvatarRepository avatars, IAttachmentRepository attachments, IMapper mapper, TimeProvider clock)
    : IRequestHandler<RemoveAvatarCommand, UserResponse>
{
    public async Task<UserResponse> Handle(RemoveAvatarCommand command, CancellationToken cancellationToken)
    {
        var user = await avatars.LoadAsync(command.UserId, cancellationToken);
        if (user.AvatarId is { } avatarId)
        {
            var avatar = await attachments.LoadAsync(new AttachmentId(avatarId), command.UserId, cancellationToken)
                ?? throw new InvalidOperationException("The avatar is not the user's.");
            avatar.RemoveAvatar(clock.GetUtcNow());
            user = await avatars.SetAsync(command.UserId, avatarId: null, cancellationToken);
        }

        return mapper.Map<UserResponse>(user);
    }
}
