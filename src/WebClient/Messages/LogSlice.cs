namespace CleanMessaging.WebClient.Messages;

/// <summary>
/// The part of a log that is in the page: the rows in view and many around them, so that a search in the page and a screen reader find what is near.
/// The rows beyond it are left out, which keeps the page as quick as a short one.
/// </summary>
/// <param name="From">The index of the first row.</param>
/// <param name="To">The index after the last row.</param>
internal readonly record struct LogSlice(int From, int To)
{
    /// <summary>How many rows before and after those in view are in the page.</summary>
    public const int Margin = 300;

    /// <summary>With how many left before the edge the next rows are added.</summary>
    private const int Edge = 100;

    /// <summary>The slice around the rows in view.</summary>
    /// <param name="first">The index of the first row in view.</param>
    /// <param name="last">The index of the last row in view.</param>
    /// <param name="count">How many rows there are.</param>
    public static LogSlice Around(int first, int last, int count) =>
        new(Math.Clamp(first - Margin, 0, count), Math.Clamp(last + 1 + Margin, 0, count));

    /// <summary>Whether there is enough around the rows in view.</summary>
    public bool Covers(int first, int last, int count) =>
        (From == 0 || first - From >= Edge) && (To == count || To - (last + 1) >= Edge);
}
