using Microsoft.Extensions.Logging;

namespace CleanMessaging.Client;

/// <summary>Raises events so that one listener that fails does not silence the others.</summary>
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
        [LoggerMessage(1, LogLevel.Error, "A listener failed")]
        public static partial void Failed(ILogger logger, Exception exception);
    }
}
