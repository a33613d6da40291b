using CleanMessaging.Domain.Primitives;

namespace CleanMessaging.Domain.Attachments;

/// <summary>
/// What the recorder knows of a voice recording. Recorders often write no duration into the file, so the client states it.
/// </summary>
public sealed record VoiceNote
{
    /// <summary>The minimum duration, in milliseconds.</summary>
    public const int DurationMsMin = 300;

    /// <summary>The maximum duration, in milliseconds: ten minutes.</summary>
    public const int DurationMsMax = 600_000;

    /// <summary>The maximum number of values of the waveform.</summary>
    public const int WaveformMaxLength = 100;

    /// <summary>The maximum of each value of the waveform.</summary>
    public const short WaveformMax = 100;

    /// <summary>The maximum size of a recording: 10 MiB.</summary>
    public const long MaxBytes = 10 * 1024 * 1024;

    /// <exception cref="DomainException"><c>attachment.invalid_voice</c></exception>
    public VoiceNote(int durationMs, IReadOnlyList<int> waveform)
    {
        if (!IsValid(durationMs, waveform))
            throw new DomainException(AttachmentErrors.InvalidVoice);

        DurationMs = durationMs;
        Waveform = [.. waveform.Select(value => (short)value)];
    }

    public int DurationMs { get; }

    /// <summary>The loudness over time: 1 to 100 values, each 0 to 100.</summary>
    public IReadOnlyList<short> Waveform { get; }

    /// <summary>Whether a recording can have a duration and a waveform.</summary>
    public static bool IsValid(int durationMs, IReadOnlyList<int> waveform) =>
        durationMs is >= DurationMsMin and <= DurationMsMax
            && waveform.Count is >= 1 and <= WaveformMaxLength
            && waveform.All(value => value is >= 0 and <= WaveformMax);
}
