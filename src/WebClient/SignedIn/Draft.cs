namespace CleanMessaging.WebClient.SignedIn;

/// <summary>The draft of a message.</summary>
/// <param name="ExpirationHours">Hours after which the message expires; null for never.</param>
/// <param name="ReplyToSequence">The sequence of the message that it replies to; null if it is not a reply. A draft has no text of that message.</param>
internal sealed record Draft(string Text, int? ExpirationHours, long? ReplyToSequence = null)
{
    public static readonly Draft Empty = new("", null);
}
