using CleanMessaging.Application.Pipeline;
using CleanMessaging.Application.Storage;
using CleanMessaging.Domain.Quotas;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace CleanMessaging.Application.Quotas;

/// <summary>Gives a user limits of their own, valid from the next message on; null returns to the general ones.</summary>
/// <param name="SetsDailyFreeLimit">Whether <paramref name="DailyFreeLimit"/> is to be set; otherwise the user's limit stays as it is.</param>
/// <param name="SetsPointsPerMessage">Whether <paramref name="PointsPerMessage"/> is to be set; otherwise the user's price stays as it is.</param>
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
