using CleanMessaging.Application.Pipeline;
using MediatR;

namespace CleanMessaging.Application.Attachments;

/// <summary>Deletes the rows of objects that were deleted from the store, except those of used ones.</summary>
public sealed record DeleteObjectRowsCommand(IReadOnlyList<Guid> ObjectIds) : ICommand<Unit>
{
    public bool IsIdempotent => true;
}

internal sealed class DeleteObjectRowsHandler(IAttachmentRepository attachments) : IRequestHandler<DeleteObjectRowsCommand, Unit>
{
    public async Task<Unit> Handle(DeleteObjectRowsCommand command, CancellationToken cancellationToken)
    {
        await attachments.DeleteUnusedRowsAsync(command.ObjectIds, cancellationToken);

        return Unit.Value;
    }
}
