using System.Globalization;

namespace CleanMessaging.WebClient.Attachments;

/// <summary>Formats a size for users: 950 bytes, 12 kB, 3.4 MB.</summary>
internal static class FileSize
{
    private const double Step = 1000;

    private static readonly string[] _units = ["kB", "MB", "GB", "TB"];

    public static string Of(long bytes)
    {
        if (bytes < Step)
            return bytes == 1 ? "1 byte" : $"{bytes} bytes";

        var (size, unit) = (bytes / Step, 0);
        while (size >= Step - 0.5 && unit < _units.Length - 1)
        {
            size /= Step;
            unit++;
        }

        return $"{size.ToString(size < 10 ? "0.#" : "0", CultureInfo.InvariantCulture)} {_units[unit]}";
    }
}
