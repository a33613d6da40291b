using AutoMapper;
using CleanMessaging.Application.Pipeline;
using CleanMessaging.Application.Quotas;
using CleanMessaging.Application.Storage;
using CleanMessaging.Domain.Primitives;
using CleanMessaging.Domain.Quotas;
using CleanMessaging.Domain.Users;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace CleanMessaging.Application.Users;

/// <summary>What an Admin needs to know of a user: who they are, whether they may sign in, their points, and the limits that apply to them.</summary>
public sealed record GetUserDetailsQuery(Guid UserId) : IQuery<UserDetailsResponse>;

/// <param name="User">With the e-mail address, and since when the user is deactivated.</param>
/// <param name="Quota">As the user sees it, with the balance.</param>
/// <param name="Limits">The limits that <paramref name="Quota"/> follows, and where each comes from.</param>
public sealed record UserDetailsResponse(FoundUser User, QuotaResponse Quota, UserLimits Limits);

/// <param name="DailyFreeLimit">Free messages a day.</param>
/// <param name="PointsPerMessage">Price of each further message, in points.</param>
public sealed record UserLimits(LimitInForce DailyFreeLimit, LimitInForce PointsPerMessage);

/// <param name="Value">What applies to the user.</param>
/// <param name="Source">Whether it is the general limit or one of the user's own.</param>
/// <param name="General">What applies to users without a limit of their own.</param>
public sealed record LimitInForce(long Value, LimitSource Source, long General)
{
    internal static LimitInForce Of(long? own, long general) =>
        own is { } value ? new LimitInForce(value, LimitSource.Own, general) : new LimitInForce(general, LimitSource.General, general);
}

/// <summary>Where a limit comes from.</summary>
public enum LimitSource
{
    /// <summary>The server's configuration; the same for all users.</summary>
    General,

    /// <summary>Set for this user by an Admin.</summary>
    Own,
}

internal sealed class GetUserDetailsHandler(IReadDatabase database, QuotaPolicy policy, IMapper mapper, TimeProvider clock)
    : IRequestHandler<GetUserDetailsQuery, UserDetailsResponse>
{
    public async Task<UserDetailsResponse> Handle(GetUserDetailsQuery query, CancellationToken cancellationToken)
    {
        var found = await (
            from user in database.Users
            join quota in database.Quotas on user.Id equals quota.UserId
            join wallet in database.Wallets on user.Id equals wallet.UserId
            where user.Id == query.UserId
            select new { User = user, Quota = quota, wallet.Balance }).SingleOrDefaultAsync(cancellationToken)
            ?? throw new DomainException(UserErrors.NotFound);

        return new UserDetailsResponse(
            mapper.Map<FoundUser>(found.User),
            QuotaResponse.From(found.Quota.StatusAt(policy, clock.GetUtcNow()), found.Balance),
            new UserLimits(
                LimitInForce.Of(found.Quota.DailyFreeLimit, policy.DailyFreeLimit),
                LimitInForce.Of(found.Quota.PointsPerMessage, policy.PointsPerMessage)));
    }
}
