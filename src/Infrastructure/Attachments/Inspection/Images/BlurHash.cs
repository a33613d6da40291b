using System.Text;

namespace CleanMessaging.Infrastructure.Attachments.Inspection.Images;

/// <summary>
/// Computes the blurhash of an image: a text of 28 characters with which a client draws a blurred image until the thumbnail is loaded. It
/// has 4 × 3 components (https://github.com/woltapp/blurhash/blob/master/Algorithm.md).
/// </summary>
internal static class BlurHash
{
    public const int Length = 28;

    private const int ComponentsX = 4;
    private const int ComponentsY = 3;
    private const int BytesPerPixel = 3;

    private const string Digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~";

    /// <param name="pixels">Rows of pixels from the top, each with a byte for red, green and blue.</param>
    public static string Compute(int width, int height, ReadOnlySpan<byte> pixels)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(pixels.Length, width * height * BytesPerPixel);

        var linear = new double[pixels.Length];
        for (var index = 0; index < pixels.Length; index++)
            linear[index] = ToLinear(pixels[index]);

        var components = new List<Color>();
        for (var y = 0; y < ComponentsY; y++)
        {
            for (var x = 0; x < ComponentsX; x++)
                components.Add(Component(x, y, width, height, linear));
        }

        return Encode(components[0], components[1..]);
    }

    private static Color Component(int x, int y, int width, int height, double[] linear)
    {
        var (red, green, blue) = (0d, 0d, 0d);
        for (var row = 0; row < height; row++)
        {
            for (var column = 0; column < width; column++)
            {
                var weight = Math.Cos(Math.PI * x * column / width) * Math.Cos(Math.PI * y * row / height);
                var at = ((row * width) + column) * BytesPerPixel;
                red += weight * linear[at];
                green += weight * linear[at + 1];
                blue += weight * linear[at + 2];
            }
        }

        var scale = (x == 0 && y == 0 ? 1d : 2d) / (width * height);

        return new Color(red * scale, green * scale, blue * scale);
    }

    private static string Encode(Color average, List<Color> others)
    {
        const int MaximumLevels = 83;
        const int MaximumDivisor = 166;

        var largest = others.Max(color => Math.Max(Math.Abs(color.Red), Math.Max(Math.Abs(color.Green), Math.Abs(color.Blue))));
        var level = (int)Math.Clamp(Math.Floor((largest * MaximumDivisor) - 0.5), 0, MaximumLevels - 1);
        var maximum = (level + 1d) / MaximumDivisor;

        var text = new StringBuilder(Length);
        Append(text, (ComponentsX - 1) + ((ComponentsY - 1) * 9), digits: 1);
        Append(text, level, digits: 1);
        Append(text, (ToByte(average.Red) << 16) + (ToByte(average.Green) << 8) + ToByte(average.Blue), digits: 4);
        foreach (var color in others)
            Append(text, (Quantize(color.Red) * 19 * 19) + (Quantize(color.Green) * 19) + Quantize(color.Blue), digits: 2);

        return text.ToString();

        int Quantize(double value)
        {
            var share = value / maximum;

            return (int)Math.Clamp(Math.Floor((Math.CopySign(Math.Sqrt(Math.Abs(share)), share) * 9) + 9.5), 0, 18);
        }
    }

    private static void Append(StringBuilder text, int value, int digits)
    {
        for (var digit = digits - 1; digit >= 0; digit--)
            text.Append(Digits[value / (int)Math.Pow(Digits.Length, digit) % Digits.Length]);
    }

    private static double ToLinear(byte value)
    {
        var share = value / 255d;

        return share <= 0.04045 ? share / 12.92 : Math.Pow((share + 0.055) / 1.055, 2.4);
    }

    private static int ToByte(double linear)
    {
        var value = Math.Clamp(linear, 0, 1);

        return (int)(((value <= 0.0031308 ? value * 12.92 : (1.055 * Math.Pow(value, 1 / 2.4)) - 0.055) * 255) + 0.5);
    }

    private readonly record struct Color(double Red, double Green, double Blue);
}
