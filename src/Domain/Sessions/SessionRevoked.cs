using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Primitives;

namespace CleanMessaging.Domain.Sessions;

/// <summary>A session was revoked before it expired: its tokens no longer give access.</summary>
public sealed record SessionRevoked(UserId UserId, SessionId SessionId, DateTimeOffset At) : IVerifiableEvent
{
    Type IVerifiableEvent.RowType => typeof(Session);

    IReadOnlyList<object> IVerifiableEvent.RowKey => [SessionId.Value];

    bool? IVerifiableEvent.IsCommitted(object? row) => row is Session session && session.RevokedAt == At;
}
