namespace CleanMessaging.WebClient.Administration;

/// <summary>An unconfirmed credit: the entered values, and the idempotency key of an attempt whose outcome is unknown.</summary>
public sealed class CreditDraft
{
    public string Amount { get; set; } = "";

    public string Reason { get; set; } = "";

    /// <summary>The idempotency key of the last attempt, which may have succeeded; null when there is none.</summary>
    public string? Key { get; set; }

    public void Clear() => (Amount, Reason, Key) = ("", "", null);
}
