namespace CleanMessaging.WebClient.Messages;

/// <summary>What somebody has begun to write.</summary>
/// <param name="ExpirationHours">After how many hours it is to disappear; null for never.</param>
internal sealed record Draft(string Text, int? ExpirationHours)
{
    public static readonly Draft Empty = new("", null);
}
