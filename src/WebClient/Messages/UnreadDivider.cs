namespace CleanMessaging.WebClient.Messages;

/// <summary>
/// Where the line "New messages" stands. It stands before the first message that was unread when the conversation was opened, or that came out of
/// sight after everything had been read, and stays there while the messages are being read. It goes when the user sends a message or leaves the conversation.
/// </summary>
internal sealed class UnreadDivider
{
    private bool _wasAllRead = true;

    /// <summary>The sequence of the first message after the line; null without a line.</summary>
    public long? At { get; private set; }

    /// <summary>Takes what is unread now.</summary>
    /// <param name="firstUnread">The sequence of the first unread message of another; null when everything is read.</param>
    /// <param name="isInSight">Whether the newest messages are on the screen, and what comes is seen at once.</param>
    public void Update(long? firstUnread, bool isInSight)
    {
        if (firstUnread is null)
        {
            _wasAllRead = true;
        }
        else if (_wasAllRead ? !isInSight : firstUnread < At)
        {
            // A message before the first one may come after it, over a bad line.
            At = firstUnread;
            _wasAllRead = false;
        }
    }

    /// <summary>Takes the line away.</summary>
    public void Remove() => At = null;
}
