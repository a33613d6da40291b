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

/// <summary>Gets the details of a user for an Admin: identity, activation, balance, and the limits that apply to the user.</summary>
public sealed record GetUserDetailsQuery(Guid UserId) : IQuery<UserDetailsResponse>;

/// <param name="User">The user, with the e-mail address and the time of deactivation.</param>
/// <param name="Quota">The quota and balance, as the user sees them.</param>
/// <param name="Limits">The limits that apply to <paramref name="Quota"/>, with their sources.</param>
public sealed record UserDetailsResponse(FoundUser User, QuotaResponse Quota, UserLimits Limits);

/// <param name="DailyFreeLimit">Free messages per day.</param>
/// <param name="PointsPerMessage">Price of each further message, in points.</param>
public sealed record UserLimits(LimitInForce DailyFreeLimit, LimitInForce PointsPerMessage);

/// <param name="Value">The limit that applies to the user.</param>
/// <param name="Source">Whether the limit is the general one or set for this user.</param>
/// <param name="General">The limit for users without a limit of their own.</param>
public sealed record LimitInForce(long Value, LimitSource Source, long General)
{
    internal static LimitInForce Of(long? own, long general) =>
        own is { } value ? new LimitInForce(value, LimitSource.Own, general) : new LimitInForce(general, LimitSource.General, general);
}

/// <summary>The source of a limit.</summary>
public enum LimitSource
{
    /// <summary>The server's configuration, which applies to all users.</summary>
    General,

    /// <summary>A limit that an Admin set for this user.</summary>
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
