using CleanMessaging.Application.Pipeline;
using CleanMessaging.Domain.Messages;
using FluentValidation;

namespace CleanMessaging.Application.Messages;

/// <summary>The rule for the text of a message, in requests that contain one.</summary>
internal static class MessageContentRule
{
    public static IRuleBuilderOptionsConditions<T, string> ValidMessageContent<T>(this IRuleBuilder<T, string> rule) =>
        rule.Custom((content, context) =>
        {
            if (MessageContent.Check(content) is { } error)
                context.AddFailure(error);
        });
}
