namespace CleanMessaging.WebClient.Messages;

/// <summary>
/// The position of the line "New messages": before the first message that was unread when the conversation was opened, or that arrived out
/// of view after all messages were shown. The line stays while the messages are read, until the user sends a message or leaves the
/// conversation.
/// </summary>
internal sealed class UnreadDivider
{
    private bool _wasAllShown = true;

    /// <summary>The sequence of the first message after the line; null without a line.</summary>
    public long? At { get; private set; }

    /// <summary>Updates the position for new messages.</summary>
    /// <param name="firstNew">The sequence of the first unread message that was not shown; null when there is none.</param>
    /// <param name="isInSight">Whether the newest messages are on the screen, so that an arriving message is seen at once.</param>
    public void Update(long? firstNew, bool isInSight)
    {
        if (firstNew is null)
        {
            _wasAllShown = true;
        }
        else if (_wasAllShown ? !isInSight : firstNew < At)
        {
            // Messages can arrive out of order, so that an earlier one may follow.
            At = firstNew;
            _wasAllShown = false;
        }
    }

    /// <summary>Removes the line.</summary>
    public void Remove() => At = null;
}
