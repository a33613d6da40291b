namespace CleanMessaging.Infrastructure.Persistence;

/// <summary>The time that a request has in the database was used up before its next step; what it had begun is rolled back.</summary>
internal sealed class DatabaseTimeoutException(string message, Exception? cause = null) : Exception(message, cause);
