using CleanMessaging.Application.Attachments;
using CleanMessaging.Application.Pipeline;
using CleanMessaging.Domain.Attachments;
using CleanMessaging.Domain.Messages;
using MediatR;

namespace CleanMessaging.Application.Messages;

/// <summary>
/// Gets the rules of this server for changes of messages, reactions and attachments, so that a client offers only what is possible.
/// </summary>
public sealed record GetRulesQuery : IQuery<RulesResponse>;

/// <param name="EditWindowSeconds">How long after the send the sender can edit a message, in seconds; 0 for never.</param>
/// <param name="EditsMax">The maximum number of edits of one message.</param>
/// <param name="EditHistoryVisible">Whether the participants see the earlier texts of edited messages.</param>
/// <param name="DeleteWindowSeconds">
/// How long after the send the sender can delete a message for everyone, in seconds; 0 for never.
/// </param>
/// <param name="AllowedReactions">The emoji that users can react with; null for any emoji.</param>
/// <param name="Attachments">Whether messages can have attachments, and how large they can be.</param>
public sealed record RulesResponse(
    int EditWindowSeconds,
    int EditsMax,
    bool EditHistoryVisible,
    int DeleteWindowSeconds,
    IReadOnlyList<string>? AllowedReactions,
    AttachmentRules Attachments);

/// <param name="IsAvailable">Whether the server accepts attachments. If not, requests for them return <c>feature.disabled</c>.</param>
/// <param name="MaxBytes">The maximum size of an attachment. A voice recording has at most 10 MiB.</param>
public sealed record AttachmentRules(bool IsAvailable, long MaxBytes);

internal sealed class GetRulesHandler(
    MessageChangePolicy changes,
    ReactionPolicy reactions,
    EditHistoryVisibility history,
    IAttachmentStore attachmentStore,
    AttachmentPolicy attachments)
    : IRequestHandler<GetRulesQuery, RulesResponse>
{
    public Task<RulesResponse> Handle(GetRulesQuery query, CancellationToken cancellationToken) => Task.FromResult(new RulesResponse(
        (int)changes.EditWindow.TotalSeconds,
        changes.EditsMax,
        history.SeenBy == EditHistory.Participants,
        (int)changes.DeleteWindow.TotalSeconds,
        reactions.Allowed.Count == 0 ? null : [.. reactions.Allowed.Select(emoji => emoji.Text)],
        new AttachmentRules(attachmentStore.IsAvailable, attachments.MaxBytes)));
}
