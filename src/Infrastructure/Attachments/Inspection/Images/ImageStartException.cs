namespace CleanMessaging.Infrastructure.Attachments.Inspection.Images;

/// <summary>Thrown when the image program does not start.</summary>
/// <param name="output">What the program printed.</param>
internal sealed class ImageStartException(string output, Exception cause)
    : Exception($"The image program does not start. {cause.Message} {output}".TrimEnd(), cause);
