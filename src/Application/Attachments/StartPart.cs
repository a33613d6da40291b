using CleanMessaging.Application.Pipeline;
using CleanMessaging.Domain.Attachments;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Primitives;
using MediatR;

namespace CleanMessaging.Application.Attachments;

/// <summary>Verifies that a part of an upload can be received, and reserves the object in which it will be stored.</summary>
/// <param name="Length">The length of the part; null if it is not known before.</param>
public sealed record StartPartCommand(UserId UploaderId, AttachmentId AttachmentId, long Offset, long? Length) : ICommand<StartedPart>
{
    /// <summary>A second run reserves another object. The eraser removes the first one.</summary>
    public bool IsIdempotent => true;
}

/// <param name="BytesMax">The maximum length of the part.</param>
/// <param name="TooLong">The error of a body that has more bytes.</param>
public sealed record StartedPart(Guid ObjectId, byte[] EncryptedKey, long BytesMax, DomainError TooLong)
{
    /// <summary>Returns the id without the key, so that it does not reach a log.</summary>
    public override string ToString() => $"{nameof(StartedPart)} {ObjectId}";
}

internal sealed class StartPartHandler(IAttachmentRepository attachments, TimeProvider clock)
    : IRequestHandler<StartPartCommand, StartedPart>
{
    public async Task<StartedPart> Handle(StartPartCommand command, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var attachment = await attachments.LoadAsync(command.AttachmentId, command.UploaderId, cancellationToken)
            ?? throw new DomainException(AttachmentErrors.NotFound);
        var missing = attachment.DeclaredBytes - attachment.ReceivedBytes;
        attachment.EnsureReceives(command.Offset, command.Length, now);
        if (command.Length > AttachmentPolicy.ChunkBytes)
            throw new DomainException(AttachmentRequestErrors.PartTooLarge);

        if (await attachments.CountObjectsAsync(command.AttachmentId, cancellationToken) >= AttachmentPolicy.PartsMax)
            throw new DomainException(AttachmentErrors.TooManyParts);

        var part = AttachmentObject.Reserve(command.AttachmentId, AttachmentObjectRole.Part, command.Offset, now);
        attachments.Add(part);

        return missing > AttachmentPolicy.ChunkBytes
            ? new StartedPart(part.Id, attachment.EncryptedKey!, AttachmentPolicy.ChunkBytes, AttachmentRequestErrors.PartTooLarge)
            : new StartedPart(part.Id, attachment.EncryptedKey!, missing, AttachmentErrors.TooLarge(attachment.DeclaredBytes));
    }
}
