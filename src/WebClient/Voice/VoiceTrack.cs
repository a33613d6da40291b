using CleanMessaging.Client;

namespace CleanMessaging.WebClient.Voice;

/// <summary>A recording to play: a voice message, or one that is not sent yet.</summary>
/// <param name="Id">Identifies the recording for as long as the page shows it.</param>
/// <param name="Voice">The recording on the server, or its description if it is not uploaded yet.</param>
/// <param name="Message">The message; null if it is not sent yet.</param>
/// <param name="LocalUrl">The address of the recording in this browser; null if it was not made since the page was loaded.</param>
/// <param name="IsUploaded">Whether the server has it.</param>
/// <param name="ContinuesWithNext">
/// Whether it is played in the order of the log: the next message follows if it is a voice message that was not played yet.
/// </param>
public sealed record VoiceTrack(
    Guid Id,
    MessageAttachment Voice,
    VoiceMessage? Message = null,
    string? LocalUrl = null,
    bool IsUploaded = true,
    bool ContinuesWithNext = false)
{
    /// <summary>Returns the track of a message in the order of the conversation.</summary>
    public static VoiceTrack Of(MessageAttachment voice, VoiceMessage? message) => new(voice.Id, voice, message, ContinuesWithNext: true);
}

/// <summary>The message of a recording.</summary>
/// <param name="PlayedAt">When the receiver first played it; null until then, or if that is not known.</param>
public sealed record VoiceMessage(Guid Id, long Sequence, bool IsOwn, DateTimeOffset? ExpiresAt, DateTimeOffset? PlayedAt)
{
    public static VoiceMessage Of(Message message, bool isOwn) =>
        new(message.Id, message.Sequence, isOwn, message.ExpiresAt, message.PlayedAt);
}
