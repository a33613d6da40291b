using System.Text;

namespace CleanMessaging.Domain.Text;

/// <summary>
/// The scripts in which a word can begin at each letter: Thai and related scripts, kana and Han have no spaces between words, and Korean
/// compounds (Hangul) have none between their parts.
/// </summary>
internal static class UnspacedScripts
{
    private static readonly CodePoints _blocks = new(
        (0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF), (0x3040, 0x30FF), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xAC00, 0xD7AF),
        (0xF900, 0xFAFF), (0x20000, 0x323AF));

    public static bool Contain(Rune rune) => _blocks.Contains(rune);
}
