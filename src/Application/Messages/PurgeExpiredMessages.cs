using CleanMessaging.Application.Administration;
using CleanMessaging.Application.Pipeline;
using CleanMessaging.Domain.Administration;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Primitives;
using CleanMessaging.Domain.Retention;
using FluentValidation;
using MediatR;

namespace CleanMessaging.Application.Messages;

/// <summary>
/// Erases the contents of a batch of messages that expired before a time, the oldest first, as an Admin. The caller repeats the command
/// until nothing is left. The messages stay as numbers without contents, so nothing that a user sees changes.
/// </summary>
/// <param name="ActorId">The Admin.</param>
/// <param name="AtMost">The maximum number of messages; the batch is smaller if they have large contents.</param>
public sealed record PurgeExpiredMessagesCommand(UserId ActorId, DateTimeOffset ExpiredBefore, int AtMost, string Reason)
    : ICommand<PurgedMessages>
{
    /// <summary>A second run erases the next batch, which a later call would erase anyway.</summary>
    public bool IsIdempotent => true;
}

/// <param name="Purged">The number of messages whose contents this call has erased.</param>
/// <param name="OldestLeft">The expiry of the oldest message that is left; null if none is.</param>
/// <param name="IsDone">
/// Whether nothing is left of the messages that expired before the time. A message that another transaction is using is left for a later
/// call.
/// </param>
public sealed record PurgedMessages(int Purged, DateTimeOffset? OldestLeft, bool IsDone)
{
    public static PurgedMessages Of(int purged, DateTimeOffset? oldestLeft) => new(purged, oldestLeft, IsDone: oldestLeft is null);
}

internal sealed class PurgeExpiredMessagesValidator : AbstractValidator<PurgeExpiredMessagesCommand>
{
    public PurgeExpiredMessagesValidator()
    {
        RuleFor(command => command.AtMost)
            .InclusiveBetween(RetentionPolicy.PurgeMin, RetentionPolicy.PurgeMax)
            .WithError(RetentionErrors.OutOfRange);
        RuleFor(command => command.Reason).ValidReason(RetentionErrors.InvalidReason);
    }
}

internal sealed class PurgeExpiredMessagesHandler(
    IMessageRepository messages, IAdminActionRepository actions, RetentionPolicy policy, TimeProvider clock)
    : IRequestHandler<PurgeExpiredMessagesCommand, PurgedMessages>
{
    public async Task<PurgedMessages> Handle(PurgeExpiredMessagesCommand command, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var before = command.ExpiredBefore.ToStored();
        policy.EnsurePurgeable(before, now);
        var purged = await messages.PurgeExpiredAsync(before, command.AtMost, now, cancellationToken);
        if (purged.Purged > 0)
            actions.Add(AdminAction.OfPurge(command.ActorId, before, purged.Purged, command.Reason, now));

        return purged;
    }
}
