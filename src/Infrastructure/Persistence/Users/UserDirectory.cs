using CleanMessaging.Application.Users;
using CleanMessaging.Domain.Users;
using CleanMessaging.Infrastructure.Errors;
using CleanMessaging.Infrastructure.Limits;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace CleanMessaging.Infrastructure.Persistence.Users;

/// <summary>
/// Reads users through the database functions <c>list_users</c> and <c>find_users</c>, which fix the query plan independently of the
/// statistics (docs/decisions/0023-user-search.md).
/// </summary>
internal sealed class UserDirectory(
    MessagingDbContext context, SearchLimit limit, IOptions<LimitOptions> options, LimitLog log) : IUserDirectory
{
    public async Task<IReadOnlyList<FoundUser>> ListAsync(UserPlace place, CancellationToken cancellationToken)
    {
        var (ofRole, afterName, afterId) = ParametersOf(place);

        return await ReadAsync($"SELECT * FROM list_users({ofRole}, {afterName}, {afterId}, {place.AtMost})", cancellationToken);
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
            return await ReadAsync($"SELECT * FROM find_users({term}, {ofRole}, {afterName}, {afterId}, {place.AtMost})", deadline.Token);
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

    private sealed record Row(Guid Id, string DisplayName, string Role, string Email, DateTimeOffset? DeactivatedAt)
    {
        public FoundUser ToUser() => new(Id, DisplayName, Enum.Parse<UserRole>(Role), Email, DeactivatedAt);
    }
}
