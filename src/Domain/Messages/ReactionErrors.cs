using CleanMessaging.Domain.Primitives;

namespace CleanMessaging.Domain.Messages;

public static class ReactionErrors
{
    public static readonly DomainError InvalidEmoji = new("reaction.invalid_emoji", ErrorKind.Invalid, "A reaction is exactly one emoji.");

    /// <summary>The server is configured to allow other emoji only.</summary>
    public static readonly DomainError NotAllowed =
        new("reaction.not_allowed", ErrorKind.Invalid, "This server does not allow this emoji as a reaction.");
}
