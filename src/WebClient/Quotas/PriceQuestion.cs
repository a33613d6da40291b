namespace CleanMessaging.WebClient.Quotas;

/// <summary>What a user has to know before messages cost them points.</summary>
/// <param name="ResetsAt">When free messages return.</param>
public sealed record PriceQuestion(long Price, long Balance, DateTimeOffset? ResetsAt)
{
    /// <summary>Whether there are points for a message at all.</summary>
    public bool IsAffordable => Balance >= Price;
}
