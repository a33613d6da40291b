using CleanMessaging.Domain.Primitives;

namespace CleanMessaging.Domain.Messages;

/// <summary>The emoji that users can react with.</summary>
/// <param name="Allowed">The allowed emoji; any emoji if the list is empty.</param>
public sealed record ReactionPolicy(IReadOnlyList<Emoji> Allowed)
{
    /// <summary>Any emoji.</summary>
    public static readonly ReactionPolicy Default = new([]);

    /// <summary>Verifies that users can react with an emoji, with or without U+FE0F.</summary>
    /// <exception cref="DomainException"><c>reaction.not_allowed</c></exception>
    internal void EnsureAllowed(Emoji emoji)
    {
        if (Allowed.Count > 0 && !Allowed.Any(emoji.IsSameAs))
            throw new DomainException(ReactionErrors.NotAllowed);
    }
}
