namespace CleanMessaging.Infrastructure.Attachments.Inspection.Voice;

/// <summary>
/// Recognizes voice recordings. A recording is a WebM, MP4 or Ogg file with one audio track and nothing else, in the structure of its
/// format from the first byte to the last. Its sound is not decoded.
/// </summary>
internal static class VoiceRecording
{
    private const long BitsPerByte = 8;
    private const int KilobitsPerSecondMin = 4;
    private const int KilobitsPerSecondMax = 600;

    /// <summary>Returns whether a file of this size can be speech of this duration.</summary>
    public static bool HasBitRateOfSpeech(long bytes, int durationMs)
    {
        // Kilobits per second are bits per millisecond.
        var bits = bytes * BitsPerByte;

        return bits >= (long)KilobitsPerSecondMin * durationMs && bits <= (long)KilobitsPerSecondMax * durationMs;
    }

    /// <summary>Returns the media type of a recording; null if the file is none.</summary>
    /// <param name="content">The file from its start.</param>
    public static async Task<string?> RecognizeAsync(Stream content, long length, CancellationToken cancellationToken)
    {
        var reader = new ContainerReader(content, length, cancellationToken);
        try
        {
            return await RecognizeAsync(reader);
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    private static async Task<string?> RecognizeAsync(ContainerReader reader)
    {
        const int HeadBytes = 8;

        var head = await reader.PeekAsync(HeadBytes);
        if (head.AsSpan().StartsWith(WebMAudio.Signature))
            return await WebMAudio.HasOneOpusTrackAsync(reader) ? "audio/webm" : null;

        if (head.AsSpan().StartsWith(OggAudio.Signature))
            return await OggAudio.HasOneOpusStreamAsync(reader) ? "audio/ogg" : null;

        return head.AsSpan(sizeof(int)).SequenceEqual(Mp4Audio.Signature) && await Mp4Audio.HasOneSoundTrackAsync(reader)
            ? "audio/mp4"
            : null;
    }
}
