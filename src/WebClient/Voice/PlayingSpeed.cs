using System.Globalization;
using System.Runtime.InteropServices.JavaScript;
using CleanMessaging.WebClient.Browser;

namespace CleanMessaging.WebClient.Voice;

/// <summary>The speed at which voice messages are played, which the browser keeps.</summary>
internal static class PlayingSpeed
{
    private const string Name = "voice-rate";

    private static readonly double[] _all = [1, 1.5, 2];

    public static double Read() =>
        double.TryParse(LocalStorage.Read(Name), CultureInfo.InvariantCulture, out var rate) && _all.Contains(rate) ? rate : 1;

    /// <summary>Returns the speed after another one, and the first one after the last.</summary>
    public static double After(double rate) => _all[(Array.IndexOf(_all, rate) + 1) % _all.Length];

    public static void Keep(double rate)
    {
        try
        {
            LocalStorage.Write(Name, rate.ToString(CultureInfo.InvariantCulture));
        }
        catch (JSException)
        {
            // The storage is full: the speed applies until the page is reloaded.
        }
    }
}
