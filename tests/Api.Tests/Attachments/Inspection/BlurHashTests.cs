using CleanMessaging.Infrastructure.Attachments.Inspection.Images;

namespace CleanMessaging.Api.Tests.Attachments.Inspection;

/// <summary>
/// Compares blurhashes with those of the npm package <c>blurhash</c> 2.0.5, which the authors of the algorithm publish. It was changed in one place: the largest component is the largest
/// absolute value, as in the implementation in C. The package ignores negative values, which makes some images paler.
/// </summary>
public sealed class BlurHashTests
{
    [Fact]
    public void Compute_OfOneColor_IsThatOfTheReference()
    {
        Compute(8, 6, (_, _) => (0, 0, 0)).ShouldBe("L00000fQfQfQfQfQfQfQfQfQfQfQ");
        Compute(8, 6, (_, _) => (255, 255, 255)).ShouldBe("LsTSUA_3fQ_3~qt7fQt7fQfQfQfQ");
        Compute(1, 1, (_, _) => (220, 20, 20)).ShouldBe("L~PIq,|_|_|_|_|_|_|_|_|_|_|_");
    }

    [Fact]
    public void Compute_OfManyColors_IsThatOfTheReference()
    {
        Compute(32, 24, (x, y) => (((x * 37) + (y * 11)) % 256, ((x * 5) + (y * 71)) % 256, x * y * 13 % 256)).ShouldBe("L7HV9m#RoE-x%FSuNXNeEZiKF=si");
        Compute(32, 20, (x, y) => (x * 8, y * 12, 255 - (x * 4) - (y * 4))).ShouldBe("LxH24@2yw#X9qpWZjuf9gMfkfQfk");
        Compute(32, 21, (x, y) => x < 16 && y < 10 ? (220, 20, 20) : (20, 20, 220)).ShouldBe("LdDPOh|UsRN~|U;un~N|wtsRjsWr");
        Compute(32, 1, (x, _) => (x * 8, 0, 255 - (x * 8))).ShouldBe("L~G{|J6pw%Wt|l6pw%Wt|l6pw%Wt");
    }

    [Fact]
    public void Compute_WithAnotherNumberOfPixels_IsRejected() =>
        Should.Throw<ArgumentOutOfRangeException>(() => BlurHash.Compute(2, 2, new byte[11]));

    private static string Compute(int width, int height, Func<int, int, (int Red, int Green, int Blue)> color)
    {
        var pixels = new List<byte>();
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
            {
                var (red, green, blue) = color(x, y);
                pixels.AddRange([(byte)red, (byte)green, (byte)blue]);
            }
        }

        return BlurHash.Compute(width, height, pixels.ToArray());
    }
}
