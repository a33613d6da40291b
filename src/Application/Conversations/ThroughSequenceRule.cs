using CleanMessaging.Application.Pipeline;
using CleanMessaging.Domain.Conversations;
using FluentValidation;

namespace CleanMessaging.Application.Conversations;

/// <summary>Rejects a negative sequence. A sequence beyond the newest message is allowed, and means the newest message.</summary>
internal static class ThroughSequenceRule
{
    public static void ValidThroughSequence<T>(this IRuleBuilder<T, long> rule) =>
        rule.GreaterThanOrEqualTo(0).WithError(ConversationErrors.InvalidSequence);
}
