namespace CleanMessaging.Client;

/// <summary>The result of a purge of expired messages.</summary>
/// <param name="Purged">The number of messages whose contents were erased.</param>
/// <param name="OldestLeft">The expiry of the oldest message that is left; null if none is.</param>
/// <param name="IsDone">Whether nothing is left. A message that another transaction is using is left for a later purge.</param>
public sealed record PurgedMessages(long Purged, DateTimeOffset? OldestLeft, bool IsDone);

/// <summary>What an Admin has done. The record is never changed and never deleted.</summary>
/// <param name="ActorId">The Admin.</param>
/// <param name="ActorName">The current name of the Admin.</param>
/// <param name="Action">
/// What was done, as the name of the operation: <c>purgeExpiredMessages</c>. Later versions of the server may add values.
/// </param>
/// <param name="Subject">What it was done to. For purged messages: the time before which they had expired.</param>
/// <param name="Count">How many it was done to.</param>
/// <param name="Reason">The reason that the Admin entered.</param>
public sealed record AdminAction(
    Guid Id, DateTimeOffset At, Guid ActorId, string ActorName, string Action, string Subject, int Count, string Reason);
