namespace CleanMessaging.WebApi.Startup;

/// <summary>Thrown when the application cannot run with its configuration. Only the message is printed; it says what to do.</summary>
internal sealed class StartRejectedException(string message) : Exception(message);
