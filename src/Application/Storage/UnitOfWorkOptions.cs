namespace CleanMessaging.Application.Storage;

/// <summary>Options of a unit of work.</summary>
/// <param name="IsIdempotent">Whether the work can run again when the outcome of its commit is unknown.</param>
/// <param name="ConcurrencyKey">
/// The user whose units of work are limited: only a few run at the same time on this server, in order of arrival.
/// </param>
public sealed record UnitOfWorkOptions(bool IsIdempotent, Guid? ConcurrencyKey = null);
