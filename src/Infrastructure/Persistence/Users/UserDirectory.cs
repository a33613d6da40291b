using CleanMessaging.Application.Users;
using CleanMessaging.Domain.Users;
using CleanMessaging.Infrastructure.Errors;
using CleanMessaging.Infrastructure.Limits;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace CleanMessaging.Infrastructure.Persistence.Users;

/// <summary>
/// Reads users through the database functions <c>list_users</c> and <c>find_users</c>, which fix the query plan independently of the
/// statistics (docs/decisions/0023-user-search.md). Servers of previous versions call them, so they do not return the avatar. It is read by
/// the primary key, for each user of the page.
/// </summary>
internal sealed class UserDirectory(
    MessagingDbContext context, SearchLimit limit, IOptions<LimitOptions> options, LimitLog log) : IUserDirectory
{
    public async Task<IReadOnlyList<FoundUser>> ListAsync(UserPlace place, CancellationToken cancellationToken)
    {
        var (ofRole, afterName, afterId) = ParametersOf(place);

        return await ReadAsync(
            $"""
            SELECT *, (SELECT avatar_id FROM users WHERE users.id = found.id) AS avatar_id
            FROM list_users({ofRole}, {afterName}, {afterId}, {place.AtMost}) AS found
            """,
            cancellationToken);
    }

    /// <exception cref="RequestRejectedException"><c>server.busy</c>, <c>user.search_too_slow</c></exception>
    public async Task<IReadOnlyList<FoundUser>> SearchAsync(
        Guid callerId, string term, UserPlace place, CancellationToken cancellationToken)
    {
        using var entered = await limit.EnterAsync(cancellationToken);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(options.Value.SearchTime);
        var (ofRole, afterName, afterId) = ParametersOf(place);
        try
        {
            return await ReadAsync(
                $"""
                SELECT *, (SELECT avatar_id FROM users WHERE users.id = found.id) AS avatar_id
                FROM find_users({term}, {ofRole}, {afterName}, {afterId}, {place.AtMost}) AS found
                """,
                deadline.Token);
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            log.Reached(nameof(LimitOptions.SearchTime), $"user {callerId}");
            throw new RequestRejectedException(LimitErrors.SearchTooSlow());
        }
    }

    private static (string? OfRole, string AfterName, Guid AfterId) ParametersOf(UserPlace place) =>
        (place.OfRole?.ToString(), place.After?.Key ?? "", place.After?.Id ?? Guid.Empty);

    /// <summary>Reads the result columns of the function. A column that is added to the table later does not appear among them.</summary>
    private async Task<IReadOnlyList<FoundUser>> ReadAsync(FormattableString sql, CancellationToken cancellationToken)
    {
        var rows = await context.Database.SqlQuery<Row>(sql).ToListAsync(cancellationToken);

        return rows.ConvertAll(row => row.ToUser());
    }

    private sealed record Row
    {
        public Guid Id { get; init; }

        public string DisplayName { get; init; } = "";

        public string Role { get; init; } = "";

        public string Email { get; init; } = "";

        public DateTimeOffset? DeactivatedAt { get; init; }

        public Guid? AvatarId { get; init; }

        public FoundUser ToUser() => new(Id, DisplayName, Enum.Parse<UserRole>(Role), Email, DeactivatedAt, AvatarId);
    }
}
