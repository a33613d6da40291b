using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Primitives;

namespace CleanMessaging.Domain.Sessions;

/// <summary>A user authenticated, and a session was opened.</summary>
public sealed record UserSignedIn(UserId UserId, SessionId SessionId, DateTimeOffset At) : IDomainEvent;
