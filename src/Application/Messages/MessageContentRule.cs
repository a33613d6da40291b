using CleanMessaging.Application.Pipeline;
using CleanMessaging.Domain.Messages;
using FluentValidation;

namespace CleanMessaging.Application.Messages;

/// <summary>The rule for the text of a message, in requests that contain one.</summary>
internal static class MessageContentRule
{
    /// <param name="canBeEmpty">Whether the text of a request may be empty, because its message has attachments or may have some.</param>
    public static IRuleBuilderOptionsConditions<T, string> ValidMessageContent<T>(
        this IRuleBuilder<T, string> rule, Func<T, bool> canBeEmpty) =>
        rule.Custom((content, context) =>
        {
            if (MessageContent.Check(content, canBeEmpty(context.InstanceToValidate)) is { } error)
                context.AddFailure(error);
        });
}
