using CleanMessaging.Application.Pipeline;
using CleanMessaging.Domain.Attachments;
using CleanMessaging.Domain.Ids;
using FluentValidation;
using MediatR;

namespace CleanMessaging.Application.Attachments;

/// <summary>Sets how much a user can store; null restores the general limit. Files that are already stored are kept.</summary>
public sealed record SetStorageLimitCommand(UserId UserId, long? BytesLimit) : ICommand<StorageUsageResponse>
{
    public bool IsIdempotent => true;
}

internal sealed class SetStorageLimitValidator : AbstractValidator<SetStorageLimitCommand>
{
    public SetStorageLimitValidator() => RuleFor(command => command.BytesLimit)
        .InclusiveBetween(0, StorageAllowance.BytesLimitMax)
        .WithError(AttachmentErrors.InvalidStorageLimit);
}

internal sealed class SetStorageLimitHandler(IStorageAllowanceRepository allowances, AttachmentPolicy policy, TimeProvider clock)
    : IRequestHandler<SetStorageLimitCommand, StorageUsageResponse>
{
    public async Task<StorageUsageResponse> Handle(SetStorageLimitCommand command, CancellationToken cancellationToken)
    {
        var (allowance, use) = await allowances.LoadAsync(command.UserId, clock.GetUtcNow(), cancellationToken);
        allowance.SetLimit(command.BytesLimit);

        return new StorageUsageResponse(use.Bytes, allowance.LimitBy(policy));
    }
}
