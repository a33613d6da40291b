using System.Text;

namespace CleanMessaging.Domain.Text;

/// <summary>
/// The scripts in which a combining mark after a letter is an accent or a vowel point: Latin, Greek, Cyrillic, Hebrew and Arabic. Users
/// omit such marks when they search. In other scripts a mark makes a different letter: が is not か, and an Indic vowel sign is a vowel.
/// </summary>
internal static class AccentedScripts
{
    /// <summary>The Unicode blocks of these scripts, without characters that have a compatibility decomposition.</summary>
    private static readonly (int First, int Last)[] _blocks =
    [
        // Latin, IPA.
        (0x0041, 0x02AF),

        // Greek, Cyrillic.
        (0x0370, 0x052F),

        // Hebrew, Arabic.
        (0x05D0, 0x06FF), (0x0750, 0x077F), (0x0870, 0x08FF),

        // Cyrillic, phonetic extensions, Latin and Greek extended.
        (0x1C80, 0x1C8F), (0x1D00, 0x1DBF), (0x1E00, 0x1FFF), (0x2C60, 0x2C7F), (0xA640, 0xA69F), (0xA720, 0xA7FF), (0xAB30, 0xAB6F),
    ];

    public static bool Contains(Rune rune)
    {
        if (!Rune.IsLetter(rune))
            return false;

        foreach (var (first, last) in _blocks)
        {
            if (rune.Value <= last)
                return rune.Value >= first;
        }

        return false;
    }
}
