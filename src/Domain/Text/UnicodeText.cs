using System.Text;

namespace CleanMessaging.Domain.Text;

/// <summary>Counts and normalizes text by Unicode code points.</summary>
/// <remarks>
/// Normalizing takes time that grows with the square of the number of combining marks in a row, so limit the length of what a caller sends first:
/// a text in form D has at most <see cref="DecomposedLengthMax"/> times as many code points as in form C.
/// </remarks>
public static class UnicodeText
{
    /// <summary>The most code points into which one code point decomposes canonically, for example U+1F82.</summary>
    public const int DecomposedLengthMax = 4;

    /// <summary>The most UTF-16 units of a code point.</summary>
    private const int UnitsMax = 2;

    /// <summary>A noncharacter that .NET cannot normalize. It composes with nothing, so the text around it is normalized piece by piece.</summary>
    private const char Unnormalizable = '\uFFFE';

    /// <summary>Whether a text consists of whole code points: no half of a surrogate pair.</summary>
    public static bool IsWellFormed(string text)
    {
        for (var index = 0; index < text.Length;)
        {
            if (!Rune.TryGetRuneAt(text, index, out var rune))
                return false;

            index += rune.Utf16SequenceLength;
        }

        return true;
    }

    /// <summary>The number of code points. Half of a surrogate pair counts as one.</summary>
    public static int CodePointsOf(string text) => text.EnumerateRunes().Count();

    /// <summary>
    /// Whether a text that has not been normalized yet may have at most <paramref name="codePointsMax"/> code points in form C. A cheap first check
    /// that keeps the cost of normalizing bounded.
    /// </summary>
    public static bool MayHave(string text, int codePointsMax) => text.Length <= codePointsMax * DecomposedLengthMax * UnitsMax;

    /// <summary>The text in normalization form C. Text that is not well-formed stays as it is.</summary>
    public static string ToNfc(string text) => Normalize(text, NormalizationForm.FormC);

    /// <summary>The text in a normalization form. Text that is not well-formed stays as it is.</summary>
    public static string Normalize(string text, NormalizationForm form)
    {
        if (Ascii.IsValid(text) || !IsWellFormed(text))
            return text;

        return text.Contains(Unnormalizable)
            ? string.Join(Unnormalizable, text.Split(Unnormalizable).Select(piece => piece.Normalize(form)))
            : text.Normalize(form);
    }
}
