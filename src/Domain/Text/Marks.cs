using System.Globalization;
using System.Text;

namespace CleanMessaging.Domain.Text;

/// <summary>The characters that belong to the one before: the Unicode category Mark.</summary>
internal static class Marks
{
    public static bool Contain(Rune rune) => Rune.GetUnicodeCategory(rune) is
        UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark;
}
