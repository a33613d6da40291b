namespace CleanMessaging.WebClient.Quotas;

/// <summary>What a user has agreed to pay for a message.</summary>
/// <param name="Points">At most so much for each.</param>
/// <param name="Until">When the free messages return; from then on it has to be asked for anew.</param>
internal sealed record AgreedPrice(long Points, DateTimeOffset Until);
