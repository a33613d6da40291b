namespace CleanMessaging.WebClient.Messages;

/// <summary>Formats durations.</summary>
internal static class Lifetime
{
    private const int HoursOfADay = 24;
    private const int HoursOfAWeek = 7 * HoursOfADay;

    /// <summary>The remaining time in short form: 6 d 4 h, 3 h 12 min, 59:07.</summary>
    public static string Left(TimeSpan left) => left switch
    {
        { TotalDays: >= 1 } => $"{left.Days} d {left.Hours} h",
        { TotalHours: >= 1 } => $"{left.Hours} h {left.Minutes} min",
        { Ticks: > 0 } => $"{left.Minutes}:{left.Seconds:00}",
        _ => "0:00",
    };

    /// <summary>1 hour, 2 days, 1 week.</summary>
    public static string Of(int hours)
    {
        if (hours % HoursOfAWeek == 0)
            return Count(hours / HoursOfAWeek, "week");

        return hours % HoursOfADay == 0 ? Count(hours / HoursOfADay, "day") : Count(hours, "hour");
    }

    private static string Count(int number, string unit) => number == 1 ? $"1 {unit}" : $"{number} {unit}s";
}
