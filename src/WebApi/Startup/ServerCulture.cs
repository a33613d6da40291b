using System.Globalization;

namespace CleanMessaging.WebApi.Startup;

internal static class ServerCulture
{
    /// <summary>
    /// Sets the invariant culture for all threads and ignores LANG and LC_ALL, so that responses, logs and exception messages are the same
    /// on every machine.
    /// </summary>
    public static void UseInvariant()
    {
        CultureInfo.DefaultThreadCurrentCulture = CultureInfo.InvariantCulture;
        CultureInfo.DefaultThreadCurrentUICulture = CultureInfo.InvariantCulture;
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        CultureInfo.CurrentUICulture = CultureInfo.InvariantCulture;
    }
}
