namespace CleanMessaging.WebClient.Messages;

/// <summary>The messages of one calendar day of the user's.</summary>
/// <param name="Number">The same for one day, and greater for each later one.</param>
internal sealed record Day(int Number, DateTimeOffset At, IReadOnlyList<MessageEntry> Entries)
{
    /// <summary>In the order of the log. Where the days' order differs from it, as after a clock was set, the log's holds.</summary>
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
