using System.Globalization;
using System.Text;

namespace CleanMessaging.Domain.Text;

/// <summary>
/// A folded text (<see cref="TextFolding"/>) that knows from which characters of the original each of its own comes. It folds the original
/// in parts: a character with the marks and invisible characters after it. No character changes by what is in another part, so the parts
/// give the folded form of the whole.
/// </summary>
public sealed class FoldedText
{
    private readonly List<(int Start, int End)> _sources;

    private FoldedText(string text, List<(int Start, int End)> sources) => (Text, _sources) = (text, sources);

    /// <summary>The folded form, the same as that of <see cref="TextFolding.Fold"/>.</summary>
    public string Text { get; }

    public static FoldedText Of(string text)
    {
        var folded = new StringBuilder(text.Length);
        var sources = new List<(int Start, int End)>(text.Length);
        var isAfterSpace = false;
        for (var start = 0; start < text.Length;)
        {
            var end = EndOfPart(text, start);
            var part = TextFolding.FoldPart(text[start..end], ref isAfterSpace);
            folded.Append(part);
            sources.AddRange(Enumerable.Repeat((start, end), part.Length));
            start = end;
        }

        return new FoldedText(folded.ToString(), sources);
    }

    /// <summary>Returns the range of the original, in UTF-16 units, of which a range of the folded text was made.</summary>
    /// <param name="start">The start in <see cref="Text"/>.</param>
    /// <param name="length">At least 1.</param>
    public (int Start, int End) SourceOf(int start, int length) => (_sources[start].Start, _sources[start + length - 1].End);

    private static int EndOfPart(string text, int start)
    {
        var end = start + LengthAt(text, start, out _);
        while (end < text.Length)
        {
            var length = LengthAt(text, end, out var rune);
            if (!InvisibleCharacters.IsHidden(rune) && !Combines(rune))
                break;

            end += length;
        }

        return end;
    }

    private static int LengthAt(string text, int index, out Rune rune) =>
        Rune.TryGetRuneAt(text, index, out rune) ? rune.Utf16SequenceLength : 1;

    /// <summary>
    /// Whether a character, or what it becomes in form NFKD, combines with the one before: a mark, such as the half-width voiced sound mark
    /// of kana, or a vowel or final consonant of a Korean syllable.
    /// </summary>
    private static bool Combines(Rune rune)
    {
        if (rune.IsAscii)
            return false;

        var first = UnicodeText.Normalize(rune.ToString(), NormalizationForm.FormKD).EnumerateRunes().First();

        return Rune.GetUnicodeCategory(first) is
                UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark
            || first.Value is (>= 0x1160 and <= 0x11FF) or (>= 0xD7B0 and <= 0xD7FF);
    }
}
