namespace CleanMessaging.WebApi.Startup;

/// <summary>The application cannot run as it is configured; the message says what to do, and is all that is printed.</summary>
internal sealed class StartRejectedException(string message) : Exception(message);
