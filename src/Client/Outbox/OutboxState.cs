namespace CleanMessaging.Client;

/// <summary>What became of a message on its way.</summary>
public enum OutboxState
{
    /// <summary>Saved; it is being sent, or waits for its next attempt.</summary>
    Waiting,

    /// <summary>The server has it.</summary>
    Sent,

    /// <summary>The server rejected it for good; it can be tried again or discarded.</summary>
    Failed,

    /// <summary>Given up by the user.</summary>
    Discarded,
}
