using CleanMessaging.Client;

namespace CleanMessaging.WebClient.Messages;

/// <summary>Determines which loaded messages are unread, and which of them can be marked as read.</summary>
/// <param name="messages">The loaded messages in order.</param>
/// <param name="userId">The reading user. The user's own messages are never unread.</param>
/// <param name="read">The sequence up to which all messages are read.</param>
internal readonly struct UnreadMessages(IReadOnlyList<Message> messages, Guid userId, long read)
{
    /// <summary>
    /// The number of own messages in a row at which they are marked as read too, so that the first unread message is found quickly.
    /// </summary>
    private const int OwnInARow = 50;

    private readonly int _from = FirstAfter(messages, read);

    /// <summary>The first unread message of another user; null when there is none.</summary>
    public Message? First => FirstNot(_ => false);

    /// <summary>The number of unread messages of other users.</summary>
    public int Count => CountBefore(long.MaxValue, _ => false);

    /// <summary>The first unread message of another user that was not shown; null when there is none.</summary>
    public Message? FirstNot(Func<long, bool> wasShown)
    {
        for (var index = _from; index < messages.Count; index++)
        {
            if (messages[index].SenderId != userId && !wasShown(messages[index].Sequence))
                return messages[index];
        }

        return null;
    }

    /// <summary>Returns the number of unread messages of other users before a sequence that were not shown.</summary>
    public int CountBefore(long sequence, Func<long, bool> wasShown)
    {
        var count = 0;
        for (var index = _from; index < messages.Count && messages[index].Sequence < sequence; index++)
        {
            if (messages[index].SenderId != userId && !wasShown(messages[index].Sequence))
                count++;
        }

        return count;
    }

    /// <summary>
    /// The message up to which all messages can be marked as read: every message of another user up to it was shown. Null when that would
    /// change nothing, or only a few own messages.
    /// </summary>
    public Message? ReadableUpTo(Func<long, bool> wasShown)
    {
        Message? last = null;
        var others = 0;
        var index = _from;
        for (; index < messages.Count; index++)
        {
            var message = messages[index];
            var isOwn = message.SenderId == userId;
            if (!isOwn && !wasShown(message.Sequence))
                break;

            last = message;
            others += isOwn ? 0 : 1;
        }

        return others > 0 || index - _from >= OwnInARow ? last : null;
    }

    private static int FirstAfter(IReadOnlyList<Message> messages, long sequence)
    {
        var (low, high) = (0, messages.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (messages[middle].Sequence <= sequence)
                low = middle + 1;
            else
                high = middle;
        }

        return low;
    }
}
