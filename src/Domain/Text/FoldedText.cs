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

    /// <summary>The part that was last split into characters; the next request is usually for the same one.</summary>
    private (int Part, List<(int Start, int End, int FoldedEnd)> Characters) _split = (-1, []);

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
            parts.Add(new Part(start, end, folded.Length, isAfterSpace));
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
    private (int Start, int End) CharacterAt(int index)
    {
        var part = _parts.FindLastIndex(one => one.FoldedStart <= index);
        if (part != _split.Part)
            _split = (part, Split(_parts[part]));

        var character = _split.Characters.Find(one => one.FoldedEnd > index);

        return (character.Start, character.End);
    }

    /// <summary>Returns the characters of a part, each with the end of its folded form.</summary>
    private List<(int Start, int End, int FoldedEnd)> Split(Part part)
    {
        var characters = new List<(int Start, int End, int FoldedEnd)>();
        var (start, folded, isAfterSpace) = (part.Start, part.FoldedStart, part.IsAfterSpace);
        while (start < part.End)
        {
            var end = EndOfPart(_original, start, minLength: 1);
            folded += TextFolding.FoldPart(_original[start..end], ref isAfterSpace).Length;
            characters.Add((start, end, folded));
            start = end;
        }

        return characters;
    }

    /// <summary>Returns the first index, after a minimum length, at which a character begins that combines with none before it.</summary>
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
            || Marks.Contain(first)
            || first.Value is (>= 0x1160 and <= 0x11FF) or (>= 0xD7B0 and <= 0xD7FF);
    }

    /// <param name="Start">The start in the original.</param>
    /// <param name="End">The end in the original.</param>
    /// <param name="FoldedStart">The start in the folded text.</param>
    /// <param name="IsAfterSpace">Whether the part before ends with white space.</param>
    private readonly record struct Part(int Start, int End, int FoldedStart, bool IsAfterSpace);
}
