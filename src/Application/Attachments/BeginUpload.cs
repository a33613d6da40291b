using CleanMessaging.Application.Pipeline;
using CleanMessaging.Application.Storage;
using CleanMessaging.Domain.Attachments;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Primitives;
using FluentValidation;
using MediatR;

namespace CleanMessaging.Application.Attachments;

/// <summary>
/// Begins the upload of an attachment of a conversation, or of an avatar. The announced bytes count against the uploader's storage.
/// </summary>
/// <param name="ClientUploadId">
/// Makes the request idempotent: a repetition returns the same upload in its current state, unless it is removed.
/// </param>
/// <param name="ConversationId">Null for an avatar.</param>
/// <param name="Voice">The duration and waveform of a voice recording; null for other kinds.</param>
public sealed record BeginUploadCommand(
    UserId UploaderId,
    ClientUploadId ClientUploadId,
    ConversationId? ConversationId,
    string Kind,
    string Name,
    long Bytes,
    string? Description,
    VoiceInput? Voice) : ICommand<BegunUpload>
{
    public bool IsIdempotent => true;

    /// <summary>Returns the id without the name and description, so that neither reaches a log.</summary>
    public override string ToString() => $"{nameof(BeginUploadCommand)} {ClientUploadId}";
}

/// <summary>What the client knows of a voice recording.</summary>
public sealed record VoiceInput(int DurationMs, IReadOnlyList<int> Waveform);

/// <param name="Replayed">Whether the upload began with an earlier request.</param>
public sealed record BegunUpload(UploadResponse Upload, bool Replayed);

internal sealed class BeginUploadValidator : AbstractValidator<BeginUploadCommand>
{
    public BeginUploadValidator()
    {
        RuleFor(command => command.Kind)
            .Must(kind => AttachmentKindName.Find(kind) is not null)
            .WithError(AttachmentRequestErrors.InvalidKind);
        RuleFor(command => command.ConversationId)
            .Must((command, conversationId) => (conversationId is null) == (command.Kind == AttachmentKindName.Avatar))
            .When(command => AttachmentKindName.Find(command.Kind) is not null)
            .WithError(AttachmentErrors.InvalidConversation);
        RuleFor(command => command.Name)
            .Must(name => AttachmentName.Check(name) is null)
            .WithError(AttachmentErrors.InvalidName);
        RuleFor(command => command.Bytes)
            .GreaterThanOrEqualTo(1)
            .WithError(AttachmentErrors.Empty);
        RuleFor(command => command.Description)
            .Must(description => description is null || AttachmentName.CheckDescription(description) is null)
            .WithError(AttachmentErrors.InvalidDescription);
        RuleFor(command => command.Voice)
            .Must((command, voice) => (voice is not null) == (command.Kind == AttachmentKindName.Voice)
                && (voice is null || VoiceNote.IsValid(voice.DurationMs, voice.Waveform)))
            .When(command => AttachmentKindName.Find(command.Kind) is not null)
            .WithError(AttachmentErrors.InvalidVoice);
    }
}

internal sealed class BeginUploadHandler(
    IAttachmentRepository attachments,
    IStorageAllowanceRepository allowances,
    IReadDatabase database,
    IAttachmentStore store,
    AttachmentPolicy policy,
    TimeProvider clock) : IRequestHandler<BeginUploadCommand, BegunUpload>
{
    public async Task<BegunUpload> Handle(BeginUploadCommand command, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var draft = new AttachmentDraft(
            command.UploaderId,
            command.ConversationId,
            command.ClientUploadId,
            AttachmentKindName.Find(command.Kind) ?? throw new DomainException(AttachmentRequestErrors.InvalidKind),
            command.Name,
            command.Bytes,
            command.Description,
            command.Voice is { } voice ? new VoiceNote(voice.DurationMs, voice.Waveform) : null);

        // The lock comes first, so that a concurrent duplicate of the request finds the upload.
        var (allowance, use) = await allowances.LoadAsync(command.UploaderId, now, cancellationToken);
        if (await attachments.FindAsync(command.UploaderId, command.ClientUploadId, cancellationToken) is { } begun)
        {
            begun.EnsureSameRequest(draft, now);

            return new BegunUpload(UploadResponse.Of(begun), Replayed: true);
        }

        if (command.ConversationId is { } conversationId)
            await database.EnsureParticipantAsync(conversationId, command.UploaderId, cancellationToken);

        var attachment = Attachment.Begin(draft, allowance, use, policy, store.CreateKey, now);
        attachments.Add(attachment);

        return new BegunUpload(UploadResponse.Of(attachment), Replayed: false);
    }
}
