namespace CleanMessaging.WebClient.Voice;

/// <summary>The texts of the page about a recording.</summary>
internal static class RecorderText
{
    public const string VoiceWithFiles = "A voice message is sent by itself. Send or remove the files first.";
    public const string FilesWithVoice = "A voice message is sent by itself. Send or discard it first.";

    /// <summary>Returns the error that the composer shows; null for what is no error.</summary>
    public static string? ErrorOf(RecorderEvent what) => what switch
    {
        RecorderEvent.TooShort => "The recording was too short, so it was discarded. Press the button, speak, and press it again.",
        RecorderEvent.MicrophoneLost => "The microphone was disconnected. What you recorded until then is kept.",
        RecorderEvent.MicrophoneBlocked => "The microphone is blocked. Allow it for this page in the settings of your browser, then try again.",
        RecorderEvent.MicrophoneMissing => "There is no microphone. Connect one, then try again.",
        RecorderEvent.MicrophoneBusy => "The microphone cannot be used. Close other programs that use it, then try again.",
        RecorderEvent.Failed => "This browser could not record. Try again.",
        _ => null,
    };

    /// <summary>Returns the notice about a recording that has stopped at a limit; null for others.</summary>
    public static string? NoticeOf(RecorderEvent what) => what switch
    {
        RecorderEvent.LongestReached => "The recording has stopped, because a voice message can be at most 10 minutes long.",
        RecorderEvent.LargestReached => "The recording has stopped, because this server does not accept larger files.",
        _ => null,
    };
}
