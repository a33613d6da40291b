namespace CleanMessaging.Infrastructure.Postgres;

/// <summary>A request's time for database work ran out before its next step. The server rolls back what the request has begun.</summary>
internal sealed class DatabaseTimeoutException(string message, Exception? cause = null) : Exception(message, cause);
