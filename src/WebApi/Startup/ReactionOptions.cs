using System.ComponentModel.DataAnnotations;
using CleanMessaging.Domain.Messages;

namespace CleanMessaging.WebApi.Startup;

/// <summary>Options of reactions to messages.</summary>
internal sealed class ReactionOptions : IValidatableObject
{
    public const string Section = "Reactions";

    /// <summary>The emoji that users can react with; any emoji if the list is empty, as by default.</summary>
    public IReadOnlyList<string> Allowed { get; set; } = [];

    public ReactionPolicy ToPolicy() => new([.. Allowed.Select(Parse).OfType<Emoji>()]);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext) =>
        from text in Allowed
        where Parse(text) is null
        select new ValidationResult(
            $"{Section}:{nameof(Allowed)} has '{text}', which is not exactly one emoji.", [nameof(Allowed)]);

    private static Emoji? Parse(string text) => Emoji.TryParse(text, out var emoji) ? emoji : null;
}
