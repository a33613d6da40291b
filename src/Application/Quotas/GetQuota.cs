using CleanMessaging.Application.Pipeline;
using CleanMessaging.Application.Storage;
using CleanMessaging.Domain.Primitives;
using CleanMessaging.Domain.Quotas;
using CleanMessaging.Domain.Users;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace CleanMessaging.Application.Quotas;

/// <summary>Gets the user's current quota and balance. Writes nothing, even on a day without messages yet.</summary>
public sealed record GetQuotaQuery(Guid UserId) : IQuery<QuotaResponse>;

internal sealed class GetQuotaHandler(IReadDatabase database, QuotaPolicy policy, TimeProvider clock)
    : IRequestHandler<GetQuotaQuery, QuotaResponse>
{
    public Task<QuotaResponse> Handle(GetQuotaQuery query, CancellationToken cancellationToken) =>
        database.QuotaOfAsync(query.UserId, policy, clock.GetUtcNow(), cancellationToken);
}

internal static class QuotaReading
{
    /// <summary>Reads a user's quota and balance at an instant.</summary>
    /// <exception cref="DomainException"><c>user.not_found</c></exception>
    public static async Task<QuotaResponse> QuotaOfAsync(
        this IReadDatabase database,
        Guid userId,
        QuotaPolicy policy,
        DateTimeOffset now,
        CancellationToken cancellationToken)
    {
        var found = await (
            from quota in database.Quotas
            join wallet in database.Wallets on quota.UserId equals wallet.UserId
            where quota.UserId == userId
            select new { Quota = quota, wallet.Balance }).SingleOrDefaultAsync(cancellationToken)
            ?? throw new DomainException(UserErrors.NotFound);

        return QuotaResponse.From(found.Quota.StatusAt(policy, now), found.Balance);
    }
}
