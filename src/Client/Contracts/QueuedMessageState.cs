namespace CleanMessaging.Client;

/// <summary>The state of a message in the send queue.</summary>
public enum QueuedMessageState
{
    /// <summary>The message is saved, and is being sent or waits for its next attempt.</summary>
    Waiting,

    /// <summary>The server has accepted the message.</summary>
    Sent,

    /// <summary>The server rejected the message; the user can send it again or discard it.</summary>
    Failed,

    /// <summary>The user discarded the message.</summary>
    Discarded,
}
