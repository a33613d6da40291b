using Microsoft.Extensions.Logging;

namespace CleanMessaging.Client;

/// <summary>Raises events. An exception of one listener is logged and does not affect the other listeners.</summary>
internal static partial class Listeners
{
    public static void Notify(Action? listeners, ILogger logger)
    {
        foreach (var listener in Delegate.EnumerateInvocationList(listeners))
            Try(listener, logger);
    }

    public static void Notify<T>(Action<T>? listeners, T what, ILogger logger)
    {
        foreach (var listener in Delegate.EnumerateInvocationList(listeners))
            Try(() => listener(what), logger);
    }

    private static void Try(Action listener, ILogger logger)
    {
        try
        {
            listener();
        }
        catch (Exception exception)
        {
            Log.Failed(logger, exception);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "An event listener failed; the other listeners are not affected")]
        public static partial void Failed(ILogger logger, Exception exception);
    }
}
