using CleanMessaging.Domain.Primitives;

namespace CleanMessaging.Domain.Sessions;

/// <summary>A user has proved who they are, and a session was opened for them.</summary>
public sealed record UserSignedIn(Guid UserId, Guid SessionId, DateTimeOffset At) : IDomainEvent;
