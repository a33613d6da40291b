namespace CleanMessaging.WebClient.SignedIn;

/// <summary>The draft of a message.</summary>
/// <param name="ExpirationHours">Hours after which the message expires; null for never.</param>
internal sealed record Draft(string Text, int? ExpirationHours)
{
    public static readonly Draft Empty = new("", null);
}
