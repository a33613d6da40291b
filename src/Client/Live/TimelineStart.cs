namespace CleanMessaging.Client;

/// <summary>Where a conversation is opened.</summary>
public enum TimelineStart
{
    /// <summary>At the newest message.</summary>
    Newest,

    /// <summary>
    /// At the first message of another that the user has not read, with some messages before it; at the newest message when everything is read. When
    /// too much was missed to recover, the messages that were held last stay, and what follows them is read on request.
    /// </summary>
    FirstUnread,
}
