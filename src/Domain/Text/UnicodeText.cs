using System.Text;

namespace CleanMessaging.Domain.Text;

/// <summary>Counts and normalizes text by Unicode code points.</summary>
/// <remarks>
/// The time to normalize grows with the square of the number of consecutive combining marks, so limit the length of caller input first:
/// a text in form D has at most <see cref="DecomposedLengthMax"/> times as many code points as in form C.
/// </remarks>
public static class UnicodeText
{
    /// <summary>The maximum number of code points in the canonical decomposition of one code point, for example of U+1F82.</summary>
    public const int DecomposedLengthMax = 4;

    /// <summary>The maximum number of UTF-16 units of a code point.</summary>
    private const int UnitsMax = 2;

    /// <summary>
    /// A noncharacter that .NET cannot normalize. It composes with no other character, so the text before and after it is normalized
    /// separately.
    /// </summary>
    private const char Unnormalizable = '\uFFFE';

    /// <summary>Whether a text has no unpaired surrogate.</summary>
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

    /// <summary>Returns the number of code points. An unpaired surrogate counts as one.</summary>
    public static int CodePointsOf(string text) => text.EnumerateRunes().Count();

    /// <summary>
    /// Whether a text that is not normalized yet can have at most <paramref name="codePointsMax"/> code points in form C. This cheap first
    /// check bounds the cost of normalization.
    /// </summary>
    public static bool MayHave(string text, int codePointsMax) => text.Length <= codePointsMax * DecomposedLengthMax * UnitsMax;

    /// <summary>Returns the text in normalization form C. Text that is not well-formed stays unchanged.</summary>
    public static string ToNfc(string text) => Normalize(text, NormalizationForm.FormC);

    /// <summary>Returns the text in a normalization form. Text that is not well-formed stays unchanged.</summary>
    public static string Normalize(string text, NormalizationForm form)
    {
        if (Ascii.IsValid(text) || !IsWellFormed(text))
            return text;

        return text.Contains(Unnormalizable)
            ? string.Join(Unnormalizable, text.Split(Unnormalizable).Select(piece => piece.Normalize(form)))
            : text.Normalize(form);
    }
}
