using System.Globalization;

namespace CleanMessaging.WebClient.Text;

/// <summary>Shortens a text to one line.</summary>
internal static class Excerpt
{
    /// <summary>How much of the text before the first mark an excerpt shows, in UTF-16 code units.</summary>
    private const int Lead = 30;

    private const string Ellipsis = "…";

    /// <summary>
    /// Returns the text or its beginning with an ellipsis, cleaned by <see cref="TextControls.Inline"/>. Characters are never split.
    /// </summary>
    /// <param name="lengthMax">The maximum length in UTF-16 code units, without the ellipsis; 1 or more.</param>
    public static string Of(string text, int lengthMax)
    {
        text = TextControls.Inline(text);
        if (text.Length <= lengthMax)
            return text;

        var length = char.IsHighSurrogate(text[lengthMax - 1]) ? lengthMax - 1 : lengthMax;

        return $"{text[..length]}{Ellipsis}";
    }

    /// <summary>
    /// Returns the text or the part of it around the first mark, with ellipses where something is left out, in parts that are marked or
    /// not. What a user sees as one character is never split, unless it alone is longer than the excerpt. Each part is cleaned by
    /// <see cref="TextControls.Inline"/>.
    /// </summary>
    /// <param name="marks">The marked parts of the text, in order and without overlaps. Those outside of the text are ignored.</param>
    /// <param name="lengthMax">The maximum length in UTF-16 code units, without the ellipses; 1 or more.</param>
    public static IReadOnlyList<ExcerptPart> Around(string text, IReadOnlyList<(int Start, int Length)> marks, int lengthMax)
    {
        var (from, to) = RangeAround(text, marks.Count > 0 ? marks[0].Start : 0, lengthMax);
        var parts = new List<ExcerptPart>();
        var place = from;
        Add(from > 0 ? Ellipsis : "", isMarked: false);
        foreach (var (start, length) in marks)
        {
            var (first, end) = (Math.Max(start, place), Math.Min(start + length, to));
            if (end <= first)
                continue;

            Add(text[place..first], isMarked: false);
            Add(text[first..end], isMarked: true);
            place = end;
        }

        Add(text[place..to], isMarked: false);
        Add(to < text.Length ? Ellipsis : "", isMarked: false);

        return parts;

        void Add(string part, bool isMarked)
        {
            if (part.Length > 0)
                parts.Add(new ExcerptPart(TextControls.Inline(part), isMarked));
        }
    }

    /// <summary>Returns the range to show so that it includes a position, with borders between characters.</summary>
    private static (int From, int To) RangeAround(string text, int position, int lengthMax)
    {
        if (text.Length <= lengthMax)
            return (0, text.Length);

        // Near the end of the text, more of what is before the position fits.
        var wanted = Math.Clamp(Math.Min(position - Lead, text.Length - lengthMax), 0, text.Length);
        var from = BorderAtOrBefore(text, 0, wanted);
        var most = Math.Min(text.Length, from + lengthMax);
        var to = BorderAtOrBefore(text, from, most);

        return to > from ? (from, to) : (from, char.IsHighSurrogate(text[most - 1]) && most - 1 > from ? most - 1 : most);
    }

    /// <summary>Returns the last border between characters in a range of the text.</summary>
    private static int BorderAtOrBefore(string text, int from, int to)
    {
        var border = from;
        while (border < to)
        {
            var next = border + StringInfo.GetNextTextElementLength(text, border);
            if (next > to)
                break;

            border = next;
        }

        return border;
    }
}
