namespace CleanMessaging.Client;

/// <summary>What a send did.</summary>
/// <param name="Message">As it is stored.</param>
/// <param name="PointsCharged">What it cost when it was first accepted; 0 when it was free.</param>
/// <param name="Replayed">Whether an earlier send under the same id had done it already; then nothing was stored or charged now.</param>
public sealed record SentMessage(Message Message, long PointsCharged, bool Replayed);
