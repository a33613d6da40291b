using CleanMessaging.Application.Pipeline;
using MediatR;

namespace CleanMessaging.Application.Attachments;

/// <summary>Forgets objects that were deleted from the store. Used ones are kept.</summary>
public sealed record ForgetObjectsCommand(IReadOnlyList<Guid> ObjectIds) : ICommand<Unit>
{
    public bool IsIdempotent => true;
}

internal sealed class ForgetObjectsHandler(IAttachmentRepository attachments) : IRequestHandler<ForgetObjectsCommand, Unit>
{
    public async Task<Unit> Handle(ForgetObjectsCommand command, CancellationToken cancellationToken)
    {
        await attachments.ForgetAsync(command.ObjectIds, cancellationToken);

        return Unit.Value;
    }
}
