namespace CleanMessaging.Application.Storage;

/// <summary>How a unit of work may be run.</summary>
/// <param name="IsIdempotent">Whether the work may run again when nobody knows if its commit went through.</param>
/// <param name="ConcurrencyKey">Of one user's units of work a few run at a time on this server, in the order of their coming.</param>
/// <param name="SendBatchKey">For a send: what it needs, so that it can be loaded and stored together with others.</param>
public sealed record UnitOfWorkOptions(bool IsIdempotent, Guid? ConcurrencyKey = null, SendBatchKey? SendBatchKey = null);
