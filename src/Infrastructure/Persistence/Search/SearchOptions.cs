using System.ComponentModel.DataAnnotations;

namespace CleanMessaging.Infrastructure.Persistence.Search;

/// <summary>
/// The work budget of one search for messages. When it is used up, the response says how far the search came, and its cursor goes on. At
/// least the first 100,000 UTF-16 units of text are always searched.
/// </summary>
public sealed class SearchOptions
{
    public const string Section = "Search";

    /// <summary>The messages that one request reads; 10,000 by default.</summary>
    [Range(1, 100_000)]
    public int MessagesPerRequest { get; set; } = 10_000;

    /// <summary>
    /// The time after which a request searches no further messages, 0 to 1 s; 40 ms by default. It does not include the time to find the
    /// conversations to search. Highlighting the matches has as much time again.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:00:01")]
    public TimeSpan TimePerRequest { get; set; } = TimeSpan.FromMilliseconds(40);
}
