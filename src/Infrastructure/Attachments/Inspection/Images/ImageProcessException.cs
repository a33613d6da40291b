namespace CleanMessaging.Infrastructure.Attachments.Inspection.Images;

/// <summary>Why an image process failed.</summary>
internal enum ImageFailure
{
    /// <summary>It ended by itself, as it does when a file makes a decoder fail.</summary>
    Crashed = 1,

    /// <summary>It used more memory than allowed, and was killed.</summary>
    TooMuchMemory,

    /// <summary>It worked longer than allowed, and was killed.</summary>
    TooSlow,

    /// <summary>It was killed, but not by this server: by the operating system when memory is short, or by an operator.</summary>
    Killed,
}

/// <summary>Thrown when an image process failed. The process no longer runs.</summary>
internal sealed class ImageProcessException(ImageFailure failure, Exception? cause = null)
    : Exception(Describe(failure), cause)
{
    public ImageFailure Failure { get; } = failure;

    private static string Describe(ImageFailure failure) => failure switch
    {
        ImageFailure.TooMuchMemory => "The image process was ended, because it used more memory than allowed.",
        ImageFailure.TooSlow => "The image process was ended, because it worked longer than allowed.",
        ImageFailure.Killed => "The image process was killed by the operating system, because memory is short, or by another program.",
        _ => "The image process crashed.",
    };
}
