using CleanMessaging.Domain.Primitives;

namespace CleanMessaging.Domain.Sessions;

/// <summary>A session was ended before its time: what its tokens gave access to is closed from here on.</summary>
public sealed record SessionEnded(Guid UserId, Guid SessionId, DateTimeOffset At) : IDomainEvent;
