using System.Globalization;

namespace CleanMessaging.WebApi.Startup;

internal static class ServerCulture
{
    /// <summary>
    /// Makes every thread format and compare by the invariant culture and ignore LANG and LC_ALL: answers, logs and exception texts are the same on
    /// every machine.
    /// </summary>
    public static void UseInvariant()
    {
        CultureInfo.DefaultThreadCurrentCulture = CultureInfo.InvariantCulture;
        CultureInfo.DefaultThreadCurrentUICulture = CultureInfo.InvariantCulture;
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        CultureInfo.CurrentUICulture = CultureInfo.InvariantCulture;
    }
}
