using System.Globalization;
using System.Text;

namespace CleanMessaging.Domain.Text;

/// <summary>
/// A folded text (<see cref="TextFolding"/>) with the positions of its characters in the original. It folds the original in parts, each of
/// them characters with the marks and invisible characters after them. No character changes by what is in another part, so the parts give
/// the folded form of the whole. Only the parts whose positions are requested are folded character by character.
/// </summary>
public sealed class FoldedText
{
    /// <summary>The minimum length of a part, in UTF-16 units.</summary>
    private const int PartMin = 16;

    private readonly string _original;
    private readonly List<Part> _parts;

    private FoldedText(string original, string text, List<Part> parts) => (_original, Text, _parts) = (original, text, parts);

    /// <summary>The folded form, the same as that of <see cref="TextFolding.Fold"/>.</summary>
    public string Text { get; }

    /// <summary>Folds a text that has no unpaired surrogate.</summary>
    public static FoldedText Of(string text)
    {
        var folded = new StringBuilder(text.Length);
        var parts = new List<Part>((text.Length / PartMin) + 1);
        var isAfterSpace = false;
        for (var start = 0; start < text.Length;)
        {
            var end = EndOfPart(text, start, PartMin);
            parts.Add(new Part(start, folded.Length, isAfterSpace));
            folded.Append(TextFolding.FoldPart(text[start..end], ref isAfterSpace));
            start = end;
        }

        return new FoldedText(text, folded.ToString(), parts);
    }

    /// <summary>Returns the range of the original, in UTF-16 units, of which a range of the folded text was made.</summary>
    /// <param name="start">The start in <see cref="Text"/>.</param>
    /// <param name="length">At least 1.</param>
    public (int Start, int End) SourceOf(int start, int length) => (CharacterAt(start).Start, CharacterAt(start + length - 1).End);

    /// <summary>Returns the character of the original, with what combines with it, of which a folded one was made.</summary>
    private (int Start, int End) CharacterAt(int place)
    {
        var part = _parts.FindLast(one => one.FoldedStart <= place);
        var (start, at, isAfterSpace) = (part.Start, part.FoldedStart, part.IsAfterSpace);
        while (true)
        {
            var end = EndOfPart(_original, start, minLength: 1);
            at += TextFolding.FoldPart(_original[start..end], ref isAfterSpace).Length;
            if (at > place)
                return (start, end);

            start = end;
        }
    }

    /// <summary>Returns the first place, after a minimum length, where a character begins that combines with none before it.</summary>
    private static int EndOfPart(string text, int start, int minLength)
    {
        var end = start;
        do
        {
            end += Rune.GetRuneAt(text, end).Utf16SequenceLength;
        }
        while (end < text.Length && (end - start < minLength || Combines(Rune.GetRuneAt(text, end))));

        return end;
    }

    /// <summary>
    /// Whether a character is invisible, or combines with the one before: it is a mark, or becomes one in form NFKD, such as the half-width
    /// voiced sound mark of kana, or a vowel or final consonant of a Korean syllable.
    /// </summary>
    private static bool Combines(Rune rune)
    {
        if (rune.IsAscii)
            return false;

        var first = UnicodeText.Normalize(rune.ToString(), NormalizationForm.FormKD).EnumerateRunes().First();

        return InvisibleCharacters.IsHidden(rune)
            || Rune.GetUnicodeCategory(first) is
                UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark
            || first.Value is (>= 0x1160 and <= 0x11FF) or (>= 0xD7B0 and <= 0xD7FF);
    }

    /// <param name="Start">The start in the original.</param>
    /// <param name="FoldedStart">The start in the folded text.</param>
    /// <param name="IsAfterSpace">Whether the part before ends with white space.</param>
    private readonly record struct Part(int Start, int FoldedStart, bool IsAfterSpace);
}
