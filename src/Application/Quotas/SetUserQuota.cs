using CleanMessaging.Application.Pipeline;
using CleanMessaging.Application.Storage;
using CleanMessaging.Domain.Quotas;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace CleanMessaging.Application.Quotas;

/// <summary>Sets limits for a user, effective from the next message; null restores the general limit.</summary>
/// <param name="SetsDailyFreeLimit">Whether to set <paramref name="DailyFreeLimit"/>; otherwise the user's limit stays unchanged.</param>
/// <param name="SetsPointsPerMessage">
/// Whether to set <paramref name="PointsPerMessage"/>; otherwise the user's price stays unchanged.
/// </param>
public sealed record SetUserQuotaCommand(
    Guid UserId, int? DailyFreeLimit, long? PointsPerMessage, bool SetsDailyFreeLimit = true, bool SetsPointsPerMessage = true)
    : ICommand<QuotaResponse>
{
    public bool IsIdempotent => true;
}

internal sealed class SetUserQuotaValidator : AbstractValidator<SetUserQuotaCommand>
{
    public SetUserQuotaValidator()
    {
        RuleFor(command => command.DailyFreeLimit)
            .InclusiveBetween(0, QuotaPolicy.DailyFreeLimitMax)
            .WithError(QuotaErrors.LimitOutOfRange);
        RuleFor(command => command.PointsPerMessage)
            .InclusiveBetween(0, QuotaPolicy.PointsPerMessageMax)
            .WithError(QuotaErrors.LimitOutOfRange);
    }
}

internal sealed class SetUserQuotaHandler(IQuotaRepository quotas, IReadDatabase database, QuotaPolicy policy, TimeProvider clock)
    : IRequestHandler<SetUserQuotaCommand, QuotaResponse>
{
    public async Task<QuotaResponse> Handle(SetUserQuotaCommand command, CancellationToken cancellationToken)
    {
        var quota = await quotas.LoadAsync(command.UserId, cancellationToken);
        quota.Override(
            command.SetsDailyFreeLimit ? command.DailyFreeLimit : quota.DailyFreeLimit,
            command.SetsPointsPerMessage ? command.PointsPerMessage : quota.PointsPerMessage);
        var balance = await database.Wallets
            .Where(wallet => wallet.UserId == command.UserId)
            .Select(wallet => wallet.Balance)
            .SingleAsync(cancellationToken);

        return QuotaResponse.From(quota.StatusAt(policy, clock.GetUtcNow()), balance);
    }
}
