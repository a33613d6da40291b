namespace CleanMessaging.WebClient.Browser;

/// <summary>Formats instants in the user's time zone and format.</summary>
internal static class LocalTime
{
    private const int DaysOfAWeek = 7;

    /// <summary>14:05</summary>
    public static string TimeOf(DateTimeOffset at) => Format("time", at);

    /// <summary>26 Nov 2026, 14:05</summary>
    public static string MomentOf(DateTimeOffset at) => Format("moment", at);

    /// <summary>26 Nov 2026</summary>
    public static string DateOf(DateTimeOffset at) => Format("date", at);

    /// <summary>Returns the number of the calendar day of an instant.</summary>
    public static int DayOf(DateTimeOffset at) => BrowserModule.DayOf(at.ToUnixTimeMilliseconds());

    /// <summary>Returns the instant at which a calendar day begins; null without a day.</summary>
    /// <param name="date">The value of a date field: 2026-11-26, or empty.</param>
    /// <param name="daysLater">The number of days to add.</param>
    public static DateTimeOffset? StartOf(string date, int daysLater = 0) =>
        date.Length > 0 && BrowserModule.DayStart(date, daysLater) is var start && double.IsFinite(start)
            ? DateTimeOffset.FromUnixTimeMilliseconds((long)start)
            : null;

    /// <summary>Today, Yesterday, or the date.</summary>
    public static string DayName(DateTimeOffset at, DateTimeOffset now) => (DayOf(now) - DayOf(at)) switch
    {
        0 => "Today",
        1 => "Yesterday",
        > 1 and < DaysOfAWeek => Format("day", at),
        _ => Format("date", at),
    };

    /// <summary>The short form: the time if the instant is today, otherwise the day.</summary>
    public static string Short(DateTimeOffset at, DateTimeOffset now) => (DayOf(now) - DayOf(at)) switch
    {
        0 => TimeOf(at),
        1 => "Yesterday",
        > 1 and < DaysOfAWeek => Format("weekday", at),
        _ => Format("date", at),
    };

    /// <summary>A future instant within a sentence: at 14:05, tomorrow at 01:00, on 3 Mar 2027, 01:00.</summary>
    public static string Coming(DateTimeOffset at, DateTimeOffset now) => (DayOf(at) - DayOf(now)) switch
    {
        0 => $"at {TimeOf(at)}",
        1 => $"tomorrow at {TimeOf(at)}",
        _ => $"on {MomentOf(at)}",
    };

    private static string Format(string name, DateTimeOffset at) => BrowserModule.Format(name, at.ToUnixTimeMilliseconds());
}
