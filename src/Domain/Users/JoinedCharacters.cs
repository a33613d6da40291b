using System.Globalization;
using System.Text;
using CleanMessaging.Domain.Text;

namespace CleanMessaging.Domain.Users;

/// <summary>
/// Finds the invisible characters in a name that change what is displayed and are therefore valid: in an emoji sequence (Unicode Technical
/// Standard 51), and where a script needs a joiner (RFC 5892, appendix A.1 and A.2).
/// </summary>
internal static class JoinedCharacters
{
    private const int ZeroWidthNonJoiner = 0x200C;
    private const int ZeroWidthJoiner = 0x200D;
    private const int TextPresentation = 0xFE0E;
    private const int EmojiPresentation = 0xFE0F;
    private const int BlackFlag = 0x1F3F4;

    /// <summary>
    /// The viramas: signs that remove the vowel of a consonant, in the scripts of India and Sri Lanka (canonical combining class 9).
    /// </summary>
    private static readonly int[] _viramas = [0x094D, 0x09CD, 0x0A4D, 0x0ACD, 0x0B4D, 0x0BCD, 0x0C4D, 0x0CCD, 0x0D4D, 0x0DCA];

    /// <summary>
    /// The Arabic letters that never join the next letter (Joining_Type Right_Joining or Non_Joining): a joiner after them has no visible
    /// effect.
    /// </summary>
    private static readonly CodePoints _joinsNoNext = new(
        (0x0621, 0x0625), (0x0627, 0x0627), (0x0629, 0x0629), (0x062F, 0x0632), (0x0648, 0x0648), (0x0671, 0x0677), (0x0688, 0x0699),
        (0x06C0, 0x06C0), (0x06C3, 0x06CB), (0x06CD, 0x06CD), (0x06CF, 0x06CF), (0x06D2, 0x06D5), (0x06E5, 0x06EF), (0x0759, 0x075B),
        (0x076B, 0x076C), (0x0771, 0x0771), (0x0773, 0x0774), (0x0778, 0x0779));

    /// <summary>
    /// The tags after the black flag in the flags of England, Scotland and Wales, the only flags that use tag characters.
    /// </summary>
    private static readonly string[] _flagTags = ["gbeng", "gbsct", "gbwls"];

    public static bool Belongs(Rune[] name, int place) => name[place].Value switch
    {
        ZeroWidthJoiner => JoinsEmoji(name, place) || FollowsVirama(name, place),
        ZeroWidthNonJoiner => FollowsVirama(name, place) || SeparatesArabic(name, place),
        EmojiPresentation => place > 0 && (EmojiCharacters.AreTextByDefault(name[place - 1]) || IsKeycap(name, place)),
        TextPresentation => place > 0 && EmojiCharacters.Contain(name[place - 1]) && !EmojiCharacters.AreTextByDefault(name[place - 1]),
        >= 0xE0020 and <= 0xE007F => IsFlag(name, place),
        _ => false,
    };

    private static bool JoinsEmoji(Rune[] name, int place)
    {
        var before = place - 1;
        if (before > 0 && name[before].Value == EmojiPresentation)
            before--;

        return before >= 0
            && EmojiCharacters.Contain(name[before])
            && place + 1 < name.Length
            && EmojiCharacters.FollowJoiner(name[place + 1]);
    }

    /// <summary>Whether a keycap sequence is at this place: a digit, # or *, the variation selector, U+20E3.</summary>
    private static bool IsKeycap(Rune[] name, int place) =>
        name[place - 1].Value is (>= '0' and <= '9') or '#' or '*' && place + 1 < name.Length && name[place + 1].Value == 0x20E3;

    private static bool FollowsVirama(Rune[] name, int place) =>
        place > 0 && _viramas.Contains(name[place - 1].Value) && place + 1 < name.Length && Rune.IsLetter(name[place + 1]);

    /// <summary>Whether the character is between two letters that would otherwise join; vowel points can be between them.</summary>
    private static bool SeparatesArabic(Rune[] name, int place)
    {
        var before = place - 1;
        while (before > 0 && Rune.GetUnicodeCategory(name[before]) == UnicodeCategory.NonSpacingMark)
            before--;

        return before >= 0
            && IsArabicLetter(name[before])
            && !_joinsNoNext.Contains(name[before])
            && place + 1 < name.Length
            && IsArabicLetter(name[place + 1])
            && name[place + 1].Value is not (0x0621 or 0x0674 or 0x06D5);
    }

    private static bool IsArabicLetter(Rune rune) =>
        rune.Value is (>= 0x0620 and <= 0x06FF) or (>= 0x0750 and <= 0x077F) && Rune.IsLetter(rune);

    private static bool IsFlag(Rune[] name, int place)
    {
        var flag = Array.FindLastIndex(name, place, rune => rune.Value == BlackFlag);
        if (flag < 0)
            return false;

        return _flagTags.Any(tags =>
            place - flag <= tags.Length + 1
            && flag + tags.Length + 1 < name.Length
            && tags
                .Select(tag => 0xE0000 + tag)
                .Append(0xE007F)
                .SequenceEqual(name.Skip(flag + 1).Take(tags.Length + 1).Select(rune => rune.Value)));
    }
}
