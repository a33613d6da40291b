namespace CleanMessaging.Imaging;

/// <summary>
/// Finds the end of a GIF by the lengths of its blocks (GIF89a, sections 15 to 27). The decoder accepts a file that ends within a later
/// frame, and shows the earlier ones.
/// </summary>
internal static class GifBlocks
{
    private const int HeaderBytes = 13;
    private const int DescriptorBytes = 10;
    private const int ColorBytes = 3;
    private const byte HasColors = 0x80;
    private const byte ColorsSize = 0x07;

    private const byte Extension = 0x21;
    private const byte Frame = 0x2C;
    private const byte Trailer = 0x3B;

    /// <summary>Returns whether the blocks of a file are complete, up to its trailer. What follows the trailer is ignored.</summary>
    public static bool AreComplete(ReadOnlySpan<byte> file)
    {
        if (file.Length < HeaderBytes)
            return false;

        var at = HeaderBytes + ColorsOf(file[10]);
        while (at < file.Length)
        {
            switch (file[at])
            {
                case Trailer:
                    return true;
                case Extension:
                    at = AfterData(file, at + 2);
                    break;
                case Frame when at + DescriptorBytes <= file.Length:
                    // The size of the codes is a byte before the data.
                    at = AfterData(file, at + DescriptorBytes + ColorsOf(file[at + DescriptorBytes - 1]) + 1);
                    break;
                default:
                    return false;
            }
        }

        return false;
    }

    /// <summary>Returns the length of the table of colors that follows a field of flags.</summary>
    private static int ColorsOf(byte flags) => (flags & HasColors) == 0 ? 0 : ColorBytes << ((flags & ColorsSize) + 1);

    /// <summary>Returns where blocks of data end. Each begins with its length, and the last one is empty.</summary>
    private static int AfterData(ReadOnlySpan<byte> file, int at)
    {
        while (at < file.Length && file[at] != 0)
            at += file[at] + 1;

        return at + 1;
    }
}
