namespace CleanMessaging.WebClient.Messages;

/// <summary>The messages of one calendar day in the user's time zone.</summary>
/// <param name="Number">The number of the day. It increases by day.</param>
public sealed record Day(int Number, DateTimeOffset At, IReadOnlyList<MessageEntry> Entries)
{
    /// <summary>
    /// Groups messages by day, in the order of the log. The log's order takes precedence over the days', for example after a clock change.
    /// </summary>
    public static IReadOnlyList<Day> Group(IEnumerable<MessageEntry> entries)
    {
        var days = new List<(int Number, DateTimeOffset At, List<MessageEntry> Entries)>();
        foreach (var entry in entries)
        {
            if (days.Count == 0 || entry.Day > days[^1].Number)
                days.Add((entry.Day, entry.At, []));
            days[^1].Entries.Add(entry);
        }

        return [.. days.Select(day => new Day(day.Number, day.At, day.Entries))];
    }
}
