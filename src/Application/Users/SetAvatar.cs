using AutoMapper;
using CleanMessaging.Application.Attachments;
using CleanMessaging.Application.Pipeline;
using CleanMessaging.Domain.Attachments;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Primitives;
using MediatR;

namespace CleanMessaging.Application.Users;

/// <summary>Makes an upload the avatar of its uploader. It replaces the avatar before, which is removed.</summary>
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
        var current = user.AvatarId is { } id ? new AttachmentId(id) : (AttachmentId?)null;
        var loaded = await attachments.LoadAsync(
            [command.AttachmentId, .. current is { } avatar ? [avatar] : Array.Empty<AttachmentId>()], command.UserId, cancellationToken);
        var chosen = loaded.SingleOrDefault(one => one.Id == command.AttachmentId.Value)
            ?? throw new DomainException(AttachmentErrors.NotFound);
        chosen.BecomeAvatar(command.UserId, now);
        foreach (var replaced in loaded.Where(one => one != chosen))
            replaced.RetireAvatar(now);

        return mapper.Map<UserResponse>(await avatars.SetAsync(command.UserId, command.AttachmentId, cancellationToken));
    }
}
