using CleanMessaging.Client;

namespace CleanMessaging.WebClient.Attachments;

/// <summary>The size at which a picture is shown, in pixels of the page.</summary>
internal readonly record struct PictureSize(int Width, int Height)
{
    private const int Longest = 320;
    private const int Shortest = 96;

    /// <summary>
    /// Returns the size that keeps the ratio and fits. A picture that is very wide or very high is cut, so that it can still be recognized.
    /// </summary>
    public static PictureSize Of(MessageAttachment attachment)
    {
        var (width, height) = (Math.Max(1, attachment.Width ?? Longest), Math.Max(1, attachment.Height ?? Longest));
        var scale = Math.Min(1.0, (double)Longest / Math.Max(width, height));

        return new PictureSize(Fit(width * scale), Fit(height * scale));
    }

    private static int Fit(double length) => Math.Max(Shortest, (int)Math.Round(length));
}
