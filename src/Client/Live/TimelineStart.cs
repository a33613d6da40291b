namespace CleanMessaging.Client;

/// <summary>The position at which a conversation is opened.</summary>
public enum TimelineStart
{
    /// <summary>At the newest message.</summary>
    Newest,

    /// <summary>
    /// At the first unread message of another user, with some messages before it; at the newest message when everything is read. When too
    /// many changes were missed to recover, the loaded messages stay, and later ones are loaded on request.
    /// </summary>
    FirstUnread,
}
