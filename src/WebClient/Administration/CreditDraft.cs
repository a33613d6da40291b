namespace CleanMessaging.WebClient.Administration;

/// <summary>A credit that was not confirmed yet: what was entered, and the key of the attempt whose outcome is unknown.</summary>
public sealed class CreditDraft
{
    public string Amount { get; set; } = "";

    public string Reason { get; set; } = "";

    /// <summary>The idempotency key of the last attempt, which may have been made; null when there is none.</summary>
    public string? Key { get; set; }

    public void Clear() => (Amount, Reason, Key) = ("", "", null);
}
