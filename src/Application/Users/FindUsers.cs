using AutoMapper;
using CleanMessaging.Application.Pipeline;
using CleanMessaging.Application.Storage;
using CleanMessaging.Domain.Primitives;
using CleanMessaging.Domain.Users;
using FluentValidation;
using MediatR;

namespace CleanMessaging.Application.Users;

/// <summary>
/// Finds the users the caller can start a conversation with: users of the other role who are not deactivated, by name. An Admin finds every
/// user, by name or e-mail address.
/// </summary>
/// <param name="Role">The caller's role, from the stored user record.</param>
/// <param name="Search">2 to 100 characters (<see cref="UserSearchText"/>); null or blank for all users.</param>
/// <param name="Cursor">The cursor of the previous page; null for the first page.</param>
public sealed record FindUsersQuery(Guid CallerId, UserRole Role, string? Search, string? Cursor, int Limit) : IQuery<UserPage>;

public sealed record UserPage(IReadOnlyList<FoundUser> Users, CursorPage Page);

/// <param name="Email">The e-mail address. Only Admins get this member.</param>
/// <param name="DeactivatedAt">When the user was deactivated, or null. Only Admins get this member.</param>
/// <param name="AvatarId">The attachment with the user's picture; null if there is none.</param>
public sealed record FoundUser(
    Guid Id, string DisplayName, UserRole Role, string? Email, DateTimeOffset? DeactivatedAt, Guid? AvatarId);

internal sealed class FoundUserProfile : Profile
{
    public FoundUserProfile() => CreateMap<User, FoundUser>();
}

internal sealed class FindUsersValidator : AbstractValidator<FindUsersQuery>
{
    public FindUsersValidator()
    {
        RuleFor(query => query.Limit).ValidPageLimit();
        RuleFor(query => query.Search)
            .Must(UserSearchText.IsAcceptable)
            .WithError(UserErrors.InvalidSearch);
    }
}

internal sealed class FindUsersHandler(IUserDirectory users) : IRequestHandler<FindUsersQuery, UserPage>
{
    public async Task<UserPage> Handle(FindUsersQuery query, CancellationToken cancellationToken)
    {
        var place = new UserPlace(UserRoles.CounterpartOf(query.Role), After(query.Cursor), query.Limit + 1);
        var found = UserSearchText.TermOf(query.Search) is { } term
            ? await users.SearchAsync(query.CallerId, term, place, cancellationToken)
            : await users.ListAsync(place, cancellationToken);
        var page = found.Take(query.Limit).ToList();
        var next = found.Count > query.Limit ? new Cursor(page[^1].DisplayName, page[^1].Id).ToString() : null;

        return new UserPage(page, new CursorPage(next));
    }

    private static Cursor? After(string? text)
    {
        if (text is null)
            return null;

        return Cursor.TryParse(text, out var cursor) ? cursor : throw new DomainException(PageErrors.InvalidCursor);
    }
}
