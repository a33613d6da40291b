namespace CleanMessaging.WebClient.Messages;

/// <summary>
/// The rendered part of a log: the rows in view and many around them, so that a search in the page and a screen reader find nearby
/// messages. Other rows are not rendered, which keeps a long conversation as fast as a short one.
/// </summary>
/// <param name="From">The index of the first row.</param>
/// <param name="To">The index after the last row.</param>
internal readonly record struct LogSlice(int From, int To)
{
    /// <summary>The number of rendered rows before and after those in view.</summary>
    public const int Margin = 300;

    /// <summary>The number of remaining rows at which more rows are rendered.</summary>
    private const int Edge = 100;

    /// <summary>Returns the slice around the rows in view.</summary>
    /// <param name="first">The index of the first row in view.</param>
    /// <param name="last">The index of the last row in view.</param>
    /// <param name="count">The total number of rows.</param>
    public static LogSlice Around(int first, int last, int count) =>
        new(Math.Clamp(first - Margin, 0, count), Math.Clamp(last + 1 + Margin, 0, count));

    /// <summary>Whether the slice has enough rows around those in view.</summary>
    public bool Covers(int first, int last, int count) =>
        (From == 0 || first - From >= Edge) && (To == count || To - (last + 1) >= Edge);
}
