using System.Globalization;
using CleanMessaging.Application.Pipeline;
using CleanMessaging.Application.Storage;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Primitives;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace CleanMessaging.Application.Attachments;

/// <summary>
/// Lists the attachments of the messages of a conversation that the viewer sees, newest message first. A page can be short, or empty,
/// although there is a next one: a request reads a limited number of messages, also if the viewer sees none of them.
/// </summary>
/// <param name="Kind">Only attachments of this kind; null for all.</param>
/// <param name="Cursor">The cursor of the previous page; null for the first page.</param>
public sealed record ListAttachmentsQuery(UserId ViewerId, ConversationId ConversationId, string? Kind, string? Cursor, int Limit)
    : IQuery<AttachmentPage>
{
    /// <summary>The most messages with attachments that a request reads, of any kind and expired ones included.</summary>
    public const int MessagesMax = 500;
}

public sealed record AttachmentPage(IReadOnlyList<SentAttachment> Attachments, CursorPage Page);

/// <summary>An attachment, and the message with which it was sent.</summary>
/// <param name="Sequence">The number of the message in its conversation.</param>
/// <param name="CreatedAt">When the message was sent.</param>
/// <param name="ExpiresAt">When the message and its attachments expire; null for never.</param>
public sealed record SentAttachment(
    Guid MessageId,
    long Sequence,
    Guid SenderId,
    DateTimeOffset CreatedAt,
    DateTimeOffset? ExpiresAt,
    AttachmentResponse Attachment);

internal sealed class ListAttachmentsValidator : AbstractValidator<ListAttachmentsQuery>
{
    public ListAttachmentsValidator()
    {
        RuleFor(query => query.Kind)
            .Must(kind => kind is null || AttachmentKindName.FindOfMessages(kind) is not null)
            .WithError(AttachmentRequestErrors.InvalidKind);
        RuleFor(query => query.Limit).ValidPageLimit();
    }
}

internal sealed class ListAttachmentsHandler(IReadDatabase database, TimeProvider clock)
    : IRequestHandler<ListAttachmentsQuery, AttachmentPage>
{
    public async Task<AttachmentPage> Handle(ListAttachmentsQuery query, CancellationToken cancellationToken)
    {
        var (sequence, id) = query.Cursor is null ? (long.MaxValue, Guid.Empty) : Parse(query.Cursor);
        var kind = query.Kind is null ? null : AttachmentKindName.FindOfMessages(query.Kind);
        var now = clock.GetUtcNow();
        await database.EnsureParticipantAsync(query.ConversationId, query.ViewerId, cancellationToken);
        var firstUnread = await database.SequencesWithAttachments(query.ConversationId.Value)
            .Where(number => number <= sequence)
            .OrderByDescending(number => number)
            .Select(number => (long?)number)
            .Skip(ListAttachmentsQuery.MessagesMax)
            .FirstOrDefaultAsync(cancellationToken);
        var found = await (
            from message in database.VisibleMessages(query.ViewerId, now)
            where message.ConversationId == query.ConversationId.Value && message.Attachments != null
                && message.Sequence > (firstUnread ?? 0) && message.Sequence <= sequence
            join attachment in database.VisibleAttachments(query.ViewerId, now) on message.Id equals attachment.MessageId
            where (message.Sequence < sequence || attachment.Id.CompareTo(id) > 0) && (kind == null || attachment.Kind == kind)
            orderby message.Sequence descending, attachment.Id
            select new { message.Id, message.Sequence, message.SenderId, message.CreatedAt, message.ExpiresAt, Attachment = attachment })
            .Take(query.Limit + 1)
            .ToListAsync(cancellationToken);
        var page = found.Take(query.Limit)
            .Select(one => new SentAttachment(
                one.Id, one.Sequence, one.SenderId, one.CreatedAt, one.ExpiresAt, AttachmentResponse.Of(one.Attachment)))
            .ToList();

        string? next = null;
        if (found.Count > query.Limit)
            next = CursorOf(page[^1].Sequence, page[^1].Attachment.Id);
        else if (firstUnread is { } unread)
            next = CursorOf(unread, Guid.Empty);

        return new AttachmentPage(page, new CursorPage(next));
    }

    /// <summary>Returns the cursor of the page that begins after an attachment of a message, or with the message.</summary>
    private static string CursorOf(long sequence, Guid id) => new Cursor(sequence.ToString(CultureInfo.InvariantCulture), id).ToString();

    private static (long Sequence, Guid Id) Parse(string text) =>
        Cursor.TryParse(text, out var cursor)
            && long.TryParse(cursor.Key, NumberStyles.None, CultureInfo.InvariantCulture, out var sequence)
            ? (sequence, cursor.Id)
            : throw new DomainException(PageErrors.InvalidCursor);
}
