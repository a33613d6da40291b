namespace CleanMessaging.Client;

/// <summary>The result of a send.</summary>
/// <param name="Message">The message as stored.</param>
/// <param name="PointsCharged">The points charged when the message was first accepted; 0 when it was free.</param>
/// <param name="Replayed">
/// Whether an earlier send with the same id already stored the message. Then this send stored and charged nothing.
/// </param>
public sealed record SentMessage(Message Message, long PointsCharged, bool Replayed);
