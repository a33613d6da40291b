using CleanMessaging.Client;

namespace CleanMessaging.WebClient.Messages;

/// <summary>What of the messages that are held is unread, and how much of that can be marked as read.</summary>
/// <param name="messages">In their order.</param>
/// <param name="userId">Whose own messages are never unread.</param>
/// <param name="read">The sequence up to which everything is read.</param>
internal readonly struct UnreadMessages(IReadOnlyList<Message> messages, Guid userId, long read)
{
    /// <summary>So many own messages in a row are marked, too, so that what is unread is found quickly.</summary>
    private const int OwnInARow = 50;

    private readonly int _from = FirstAfter(messages, read);

    /// <summary>The first message of another that is unread; null when there is none.</summary>
    public Message? First => FirstNot(_ => false);

    /// <summary>How many messages of others are unread.</summary>
    public int Count => CountBefore(long.MaxValue, _ => false);

    /// <summary>The first message of another that is unread and was not shown; null when there is none.</summary>
    public Message? FirstNot(Func<long, bool> wasShown)
    {
        for (var index = _from; index < messages.Count; index++)
        {
            if (messages[index].SenderId != userId && !wasShown(messages[index].Sequence))
                return messages[index];
        }

        return null;
    }

    /// <summary>How many messages of others before a sequence are unread and were not shown.</summary>
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
    /// The message up to which everything can be marked as read: no message of another up to it was not shown. Null when that would change nothing, or
    /// nothing but a few own messages.
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
