using System.Globalization;

namespace CleanMessaging.WebClient.Shell;

/// <summary>When the next attempt to connect comes, in words.</summary>
internal static class NextAttemptText
{
    /// <summary>In whole seconds, the begun one counted, so that it never says zero.</summary>
    public static string Of(TimeSpan left)
    {
        var seconds = Math.Max(1, (long)Math.Ceiling(left.TotalSeconds));

        return seconds == 1 ? "Next attempt in 1 second" : string.Create(CultureInfo.InvariantCulture, $"Next attempt in {seconds} seconds");
    }
}
