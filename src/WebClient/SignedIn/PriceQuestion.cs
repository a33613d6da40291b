namespace CleanMessaging.WebClient.SignedIn;

/// <summary>The question whether the user agrees to pay for messages.</summary>
/// <param name="ResetsAt">When the free messages are reset.</param>
public sealed record PriceQuestion(long Price, long Balance, DateTimeOffset? ResetsAt)
{
    /// <summary>Whether the balance is enough for one message.</summary>
    public bool IsAffordable => Balance >= Price;
}
