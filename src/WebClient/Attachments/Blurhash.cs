namespace CleanMessaging.WebClient.Attachments;

/// <summary>
/// Decodes a Blurhash (https://blurha.sh) to a small blurred image, which stands in for a picture until it is loaded.
/// </summary>
internal static class Blurhash
{
    private const string Digits =
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~";

    private const int HeaderLength = 54;
    private const int Side = 20;

    /// <summary>Returns an image of the given ratio as a data URL: gray if there is no valid hash.</summary>
    public static string ToDataUrl(string? hash, int width, int height)
    {
        var (columns, rows) = width >= height
            ? (Side, Math.Max(1, Side * height / width))
            : (Math.Max(1, Side * width / height), Side);
        var pixels = new byte[columns * rows * 3];
        if (hash is null || !TryDecode(hash, columns, rows, pixels))
            Array.Fill(pixels, (byte)128);

        return $"data:image/bmp;base64,{Convert.ToBase64String(ToBitmap(pixels, columns, rows))}";
    }

    /// <summary>Decodes to pixels of blue, green and red, the last row first; returns false if the hash is invalid.</summary>
    private static bool TryDecode(string hash, int columns, int rows, byte[] pixels)
    {
        if (hash.Length < 6 || hash.Any(digit => !Digits.Contains(digit)))
            return false;

        var size = Read(hash, 0, 1);
        var (across, down) = ((size % 9) + 1, (size / 9) + 1);
        if (hash.Length != 4 + (2 * across * down))
            return false;

        var colors = ReadColors(hash, across * down);
        var (byColumn, byRow) = (Cosines(across, columns), Cosines(down, rows));
        for (var row = 0; row < rows; row++)
        {
            for (var column = 0; column < columns; column++)
            {
                var (red, green, blue) = (0f, 0f, 0f);
                for (var number = 0; number < colors.Length; number++)
                {
                    var weight = byColumn[((number % across) * columns) + column] * byRow[((number / across) * rows) + row];
                    var color = colors[number];
                    (red, green, blue) = (red + (color.Red * weight), green + (color.Green * weight), blue + (color.Blue * weight));
                }

                var at = (((rows - 1 - row) * columns) + column) * 3;
                (pixels[at], pixels[at + 1], pixels[at + 2]) = (ToByte(blue), ToByte(green), ToByte(red));
            }
        }

        return true;
    }

    private static (float Red, float Green, float Blue)[] ReadColors(string hash, int count)
    {
        var colors = new (float Red, float Green, float Blue)[count];
        var average = Read(hash, 2, 4);
        colors[0] = (ToLinear(average >> 16), ToLinear((average >> 8) & 255), ToLinear(average & 255));
        var largest = (Read(hash, 1, 1) + 1) / 166f;
        for (var number = 1; number < count; number++)
        {
            var value = Read(hash, 4 + (2 * number), 2);
            colors[number] = (ToFactor(value / 361, largest), ToFactor(value / 19 % 19, largest), ToFactor(value % 19, largest));
        }

        return colors;
    }

    private static int Read(string hash, int from, int length)
    {
        var value = 0;
        foreach (var digit in hash.AsSpan(from, length))
            value = (value * Digits.Length) + Digits.IndexOf(digit);

        return value;
    }

    /// <summary>Returns the cosines of each component at each pixel of a line.</summary>
    private static float[] Cosines(int components, int pixels)
    {
        var cosines = new float[components * pixels];
        for (var at = 0; at < cosines.Length; at++)
            cosines[at] = MathF.Cos(MathF.PI * (at / pixels) * (at % pixels) / pixels);

        return cosines;
    }

    private static float ToFactor(int value, float largest)
    {
        var signed = (value - 9) / 9f;

        return MathF.CopySign(signed * signed, signed) * largest;
    }

    private static float ToLinear(int value)
    {
        var part = value / 255f;

        return part <= 0.04045f ? part / 12.92f : MathF.Pow((part + 0.055f) / 1.055f, 2.4f);
    }

    private static byte ToByte(float linear)
    {
        var part = Math.Clamp(linear, 0f, 1f);

        return (byte)MathF.Round(255 * (part <= 0.0031308f ? part * 12.92f : (1.055f * MathF.Pow(part, 1 / 2.4f)) - 0.055f));
    }

    /// <summary>Returns a bitmap file of 24 bits a pixel. Every browser shows one, and it needs no compression.</summary>
    private static byte[] ToBitmap(byte[] pixels, int columns, int rows)
    {
        var (used, line) = (columns * 3, ((columns * 3) + 3) & ~3);
        var file = new byte[HeaderLength + (line * rows)];
        (file[0], file[1]) = ((byte)'B', (byte)'M');
        Write(file, 2, file.Length);
        Write(file, 10, HeaderLength);
        Write(file, 14, 40);
        Write(file, 18, columns);
        Write(file, 22, rows);
        (file[26], file[28]) = (1, 24);
        Write(file, 34, line * rows);
        for (var row = 0; row < rows; row++)
            Array.Copy(pixels, row * used, file, HeaderLength + (row * line), used);

        return file;

        static void Write(byte[] file, int at, int value) => BitConverter.TryWriteBytes(file.AsSpan(at), value);
    }
}
