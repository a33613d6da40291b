using CleanMessaging.Domain.Primitives;

namespace CleanMessaging.Domain.Sessions;

/// <summary>A session was revoked before it expired: its tokens no longer give access.</summary>
public sealed record SessionEnded(Guid UserId, Guid SessionId, DateTimeOffset At) : IDomainEvent;
