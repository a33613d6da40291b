using AutoMapper;
using CleanMessaging.Application.Pipeline;
using CleanMessaging.Application.Storage;
using CleanMessaging.Domain.Primitives;
using CleanMessaging.Domain.Users;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace CleanMessaging.Application.Users;

/// <summary>Whom one can talk to: the users of the other role, by name. An Admin finds everybody, by name or e-mail.</summary>
/// <param name="Role">The caller's role, from our user record.</param>
/// <param name="Search">Part of a name, in any case; null for all.</param>
/// <param name="Cursor">Where the last page ended; null for the first.</param>
public sealed record FindUsersQuery(UserRole Role, string? Search, string? Cursor, int Limit) : IQuery<UserPage>
{
    public const int SearchMaxLength = 100;
}

public sealed record UserPage(IReadOnlyList<FoundUser> Users, CursorPage Page);

/// <param name="Email">For an Admin alone; not written for others.</param>
/// <param name="DeactivatedAt">Since when the user is shut out, or null; for an Admin alone, not written for others.</param>
public sealed record FoundUser(Guid Id, string DisplayName, UserRole Role, string? Email, DateTimeOffset? DeactivatedAt);

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
            .Must(search => search is null || (search.Length <= FindUsersQuery.SearchMaxLength && !search.Contains('\0')))
            .WithErrorCode("user.invalid_search")
            .WithMessage("A search has at most 100 characters and no U+0000.");
    }
}

internal sealed class FindUsersHandler(IReadDatabase database) : IRequestHandler<FindUsersQuery, UserPage>
{
    public async Task<UserPage> Handle(FindUsersQuery query, CancellationToken cancellationToken)
    {
        var admin = query.Role == UserRole.Admin;
        var users = query.Role switch
        {
            UserRole.Investor => database.Users.Where(user => user.Role == UserRole.Startup),
            UserRole.Startup => database.Users.Where(user => user.Role == UserRole.Investor),
            _ => database.Users,
        };
        if (query.Search is { Length: > 0 } search)
        {
            // In lower case by the database on both sides: its rules differ from ours, by character and by locale.
#pragma warning disable CA1304, CA1311 // Translated to SQL.
            var pattern = $"%{Escape(search)}%";
            users = users.Where(user =>
                EF.Functions.Like(user.DisplayName.ToLower(), EF.Parameter(pattern).ToLower(), EscapeCharacter)
                || (admin && EF.Functions.Like(user.Email.ToLower(), EF.Parameter(pattern).ToLower(), EscapeCharacter)));
#pragma warning restore CA1304, CA1311
        }

        if (query.Cursor is { } text)
        {
            var after = Cursor.TryParse(text, out var cursor) ? cursor : throw new DomainException(Cursor.Invalid);
#pragma warning disable CA1309 // Translated to SQL.
            users = users.Where(user => string.Compare(user.DisplayName, after.Key) > 0 || (user.DisplayName == after.Key && user.Id > after.Id));
#pragma warning restore CA1309
        }

        var found = await users
            .OrderBy(user => user.DisplayName)
            .ThenBy(user => user.Id)
            .Take(query.Limit + 1)
            .Select(user => new FoundUser(user.Id, user.DisplayName, user.Role, admin ? user.Email : null, admin ? user.DeactivatedAt : null))
            .ToListAsync(cancellationToken);
        var page = found.Take(query.Limit).ToList();
        var next = found.Count > query.Limit ? new Cursor(page[^1].DisplayName, page[^1].Id).ToString() : null;

        return new UserPage(page, new CursorPage(next));
    }

    private const string EscapeCharacter = "!";

    /// <summary>Wildcards in what is searched for stand for themselves.</summary>
    private static string Escape(string search) => search.Replace("!", "!!").Replace("%", "!%").Replace("_", "!_");
}
