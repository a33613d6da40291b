namespace CleanMessaging.WebClient.Messages;

/// <summary>
/// Where the line "New messages" stands. It stands before the first message that was new when the conversation was opened, or that arrived out of
/// sight after everything had been shown, and stays there while the messages are being read. It goes when the user sends a message or leaves the conversation.
/// </summary>
internal sealed class UnreadDivider
{
    private bool _wasAllShown = true;

    /// <summary>The sequence of the first message after the line; null without a line.</summary>
    public long? At { get; private set; }

    /// <summary>Takes what is new now.</summary>
    /// <param name="firstNew">The sequence of the first message of another that is unread and was not shown; null when there is none.</param>
    /// <param name="isInSight">Whether the newest messages are on the screen, so that an arriving message is seen at once.</param>
    public void Update(long? firstNew, bool isInSight)
    {
        if (firstNew is null)
        {
            _wasAllShown = true;
        }
        else if (_wasAllShown ? !isInSight : firstNew < At)
        {
            // A message before the first one may come after it, over a bad line.
            At = firstNew;
            _wasAllShown = false;
        }
    }

    /// <summary>Takes the line away.</summary>
    public void Remove() => At = null;
}
