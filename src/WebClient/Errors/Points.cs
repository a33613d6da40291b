using System.Globalization;

namespace CleanMessaging.WebClient.Errors;

/// <summary>Numbers of points in words.</summary>
internal static class Points
{
    public static string Of(long points) => points == 1 ? "1 point" : $"{Number(points)} points";

    /// <summary>1,234</summary>
    public static string Number(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>+1,234 or −1,234</summary>
    public static string Signed(long number) => number < 0 ? $"−{Number(-number)}" : $"+{Number(number)}";
}
