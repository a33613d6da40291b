using CleanMessaging.Domain.Primitives;

namespace CleanMessaging.Domain.Sessions;

/// <summary>A user authenticated, and a session was opened.</summary>
public sealed record UserSignedIn(Guid UserId, Guid SessionId, DateTimeOffset At) : IDomainEvent;
