namespace CleanMessaging.WebClient.Voice;

/// <summary>What the recorder of voice messages does.</summary>
public enum RecorderState
{
    Idle,

    /// <summary>The browser asks the user for the microphone.</summary>
    Starting,

    Recording,

    Paused,

    /// <summary>The last part of the recording is on its way from the browser.</summary>
    Finishing,
}

/// <summary>What has happened to a recording.</summary>
public enum RecorderEvent
{
    Started,

    /// <summary>In 30 seconds the recording is as long as a voice message can be.</summary>
    HalfMinuteLeft,

    /// <summary>The recording has become a file of the message.</summary>
    Recorded,

    /// <summary>The recording was shorter than a voice message can be, and was discarded.</summary>
    TooShort,

    /// <summary>The recording has stopped by itself, because it is as long as a voice message can be.</summary>
    LongestReached,

    /// <summary>The recording has stopped by itself, because it is as large as the server allows.</summary>
    LargestReached,

    /// <summary>The recording has stopped by itself, because the microphone was removed or taken away.</summary>
    MicrophoneLost,

    /// <summary>The user, or a setting, does not allow the microphone.</summary>
    MicrophoneBlocked,

    MicrophoneMissing,

    /// <summary>The microphone cannot be used, for example because another program uses it.</summary>
    MicrophoneBusy,

    /// <summary>The browser could not record.</summary>
    Failed,
}
