using CleanMessaging.Application.Pipeline;
using CleanMessaging.Application.Storage;
using CleanMessaging.Domain.Administration;
using CleanMessaging.Domain.Primitives;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace CleanMessaging.Application.Administration;

/// <summary>Lists what Admins have done, newest first.</summary>
/// <param name="Cursor">The cursor of the previous page; null for the first page.</param>
public sealed record ListAdminActionsQuery(string? Cursor, int Limit) : IQuery<AdminActionPage>;

public sealed record AdminActionPage(IReadOnlyList<AdminActionResponse> Actions, CursorPage Page);

/// <summary>What an Admin has done. The record is never changed and never deleted.</summary>
/// <param name="ActorId">The Admin.</param>
/// <param name="ActorName">The current name of the Admin.</param>
/// <param name="Action">What was done, as the name of the operation: <c>purgeExpiredMessages</c>. Later versions may add values.</param>
/// <param name="Subject">What it was done to. For purged messages: the time before which they had expired.</param>
/// <param name="Count">How many it was done to.</param>
/// <param name="Reason">The reason that the Admin entered.</param>
public sealed record AdminActionResponse(
    Guid Id, DateTimeOffset At, Guid ActorId, string ActorName, string Action, string Subject, int Count, string Reason);

internal sealed class ListAdminActionsValidator : AbstractValidator<ListAdminActionsQuery>
{
    public ListAdminActionsValidator() => RuleFor(query => query.Limit).ValidPageLimit();
}

internal sealed class ListAdminActionsHandler(IReadDatabase database) : IRequestHandler<ListAdminActionsQuery, AdminActionPage>
{
    public async Task<AdminActionPage> Handle(ListAdminActionsQuery query, CancellationToken cancellationToken)
    {
        var actions = database.AdminActions;
        if (query.Cursor is not null)
            actions = Before(actions, query.Cursor);

        // An id begins with the time.
        var found = await (
            from action in actions
            join actor in database.Users on action.ActorId equals actor.Id
            orderby action.Id descending
            select new AdminActionResponse(
                action.Id, action.At, action.ActorId, actor.DisplayName, action.Action, action.Subject, action.Count, action.Reason))
            .Take(query.Limit + 1)
            .ToListAsync(cancellationToken);
        var page = found.Take(query.Limit).ToList();

        return new AdminActionPage(page, new CursorPage(found.Count > query.Limit ? new Cursor("", page[^1].Id).ToString() : null));
    }

    private static IQueryable<AdminAction> Before(IQueryable<AdminAction> actions, string cursor) =>
        Cursor.TryParse(cursor, out var last) && last.Key.Length == 0
            ? actions.Where(action => action.Id.CompareTo(last.Id) < 0)
            : throw new DomainException(PageErrors.InvalidCursor);
}
