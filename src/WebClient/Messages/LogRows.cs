namespace CleanMessaging.WebClient.Messages;

/// <summary>The scroll target of the message log after the next render.</summary>
internal enum LogPlace
{
    /// <summary>Keeps the scroll position.</summary>
    Here,

    /// <summary>The line "New messages", or the end if all messages after the line fit on the screen.</summary>
    Start,

    FirstUnread,

    /// <summary>The message with <see cref="LogRows.WantedSequence"/>.</summary>
    Message,

    End,
}

/// <summary>Selects the rows of the message log to render: those around the rows in view, or around the scroll target.</summary>
internal sealed class LogRows(ReadTracker tracker)
{
    private (Guid First, Guid Last)? _view;

    /// <summary>All loaded rows.</summary>
    public MessageListSnapshot Snapshot { get; set; } = MessageListSnapshot.Nothing;

    /// <summary>The range of rows to render.</summary>
    public LogSlice Slice { get; private set; }

    /// <summary>The rows to render, by day.</summary>
    public IReadOnlyList<Day> Days { get; private set; } = [];

    /// <summary>The row after the line "New messages"; null without a line, or when the line is before the loaded rows.</summary>
    public Guid? FirstBelowDivider { get; private set; }

    public LogPlace Wanted { get; set; } = LogPlace.Start;

    /// <summary>The sequence of the message to scroll to.</summary>
    public long WantedSequence { get; set; }

    /// <summary>The row of the message to scroll to; null when it is not loaded.</summary>
    public MessageEntry? WantedMessage =>
        Snapshot.Entries.ElementAtOrDefault(Snapshot.IndexOfSequence(WantedSequence))
            is { Unsent: null, State: not MessageState.Deleted } entry
            && entry.Sequence == WantedSequence
            ? entry
            : null;

    /// <summary>The first row in view; null when it is not known or no longer rendered.</summary>
    public MessageEntry? FirstInView =>
        _view is { } view && IndexInSlice(view.First) is >= 0 and var index ? Snapshot.Entries[index] : null;

    /// <summary>Selects the rows for the scroll target or the rows in view.</summary>
    /// <param name="isAtEnd">Whether the reader is at the end.</param>
    /// <param name="loadedFrom">The sequence from which messages are loaded.</param>
    public void Choose(bool isAtEnd, long loadedFrom)
    {
        var (first, last) = RowsToShow(isAtEnd);
        Choose(first, last, loadedFrom);
    }

    /// <summary>Selects the rows at a position in the gap before or after the rendered rows.</summary>
    /// <param name="part">The relative position in the gap, 0 to 1.</param>
    public void ChooseInGap(bool isAbove, double part, long loadedFrom)
    {
        var (from, to) = isAbove ? (0, Slice.From) : (Slice.To, Snapshot.Entries.Count);
        var index = Math.Clamp(from + (int)(part * (to - from)), 0, Math.Max(0, Snapshot.Entries.Count - 1));
        Choose(index, index, loadedFrom);
    }

    /// <summary>Records the rows in view; returns false when they are not rendered any more.</summary>
    public bool TryView(Guid firstKey, Guid lastKey, out int first, out int last)
    {
        (first, last) = (IndexInSlice(firstKey), IndexInSlice(lastKey));
        if (first < 0 || last < first)
            return false;

        _view = (firstKey, lastKey);

        return true;
    }

    /// <summary>Selects other rows if the selected ones do not cover the rows in view with a margin; returns whether it did.</summary>
    public bool ExtendTo(int first, int last, long loadedFrom)
    {
        if (Slice.Covers(first, last, Snapshot.Entries.Count))
            return false;

        Choose(first, last, loadedFrom);

        return true;
    }

    private void Choose(int first, int last, long loadedFrom)
    {
        var entries = Snapshot.Entries;
        Slice = LogSlice.Around(first, last, entries.Count);
        Days = Day.Group(entries.Skip(Slice.From).Take(Slice.To - Slice.From));
        FirstBelowDivider = tracker.DividerAt is { } divider
            && loadedFrom <= divider
            && Snapshot.IndexOfSequence(divider) is var index
            && index < entries.Count
            ? entries[index].Key
            : null;
    }

    /// <summary>Returns the indexes of the rows that are or will be in view.</summary>
    private (int First, int Last) RowsToShow(bool isAtEnd)
    {
        var end = Math.Max(0, Snapshot.Entries.Count - 1);
        var wanted = Wanted switch
        {
            LogPlace.Start when tracker.DividerAt is { } divider => Snapshot.IndexOfSequence(divider),
            LogPlace.FirstUnread when tracker.FirstUnread is { } unread => Snapshot.IndexOfSequence(unread.Sequence),
            LogPlace.Message => Math.Min(end, Snapshot.IndexOfSequence(WantedSequence)),
            LogPlace.Here when _view is { } view && !(isAtEnd && !Snapshot.HasLater) => Snapshot.IndexOf(view.First),
            _ => end,
        };
        if (Wanted != LogPlace.Here || _view is not { } seen || wanted == end)
            return (wanted, wanted);

        return wanted < 0 ? (end, end) : (wanted, Math.Max(wanted, Snapshot.IndexOf(seen.Last)));
    }

    private int IndexInSlice(Guid key)
    {
        for (var index = Slice.From; index < Math.Min(Slice.To, Snapshot.Entries.Count); index++)
        {
            if (Snapshot.Entries[index].Key == key)
                return index;
        }

        return -1;
    }
}
