namespace CleanMessaging.Client;

/// <summary>Whether a message in the send queue was edited or withdrawn.</summary>
public enum UnsentChangeResult
{
    /// <summary>The message was edited or withdrawn.</summary>
    Succeeded,

    /// <summary>An attempt to send the message has begun, so that the server may have it. It is sent as it is.</summary>
    Attempted,

    /// <summary>The server rejected the message. It can be sent again or discarded.</summary>
    Rejected,

    /// <summary>The message is not queued: it was sent, withdrawn or discarded, maybe by another session with the same store.</summary>
    NoLongerQueued,
}
