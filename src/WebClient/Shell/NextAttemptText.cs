using System.Globalization;

namespace CleanMessaging.WebClient.Shell;

/// <summary>Formats the time until the next attempt to connect.</summary>
internal static class NextAttemptText
{
    /// <summary>The time in whole seconds, rounded up, so that it is never zero.</summary>
    public static string Of(TimeSpan left)
    {
        var seconds = Math.Max(1, (long)Math.Ceiling(left.TotalSeconds));

        return seconds == 1
            ? "Next attempt in 1 second"
            : string.Create(CultureInfo.InvariantCulture, $"Next attempt in {seconds} seconds");
    }
}
