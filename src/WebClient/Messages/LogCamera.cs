using CleanMessaging.Client;
using CleanMessaging.WebClient.Browser;

namespace CleanMessaging.WebClient.Messages;

/// <summary>
/// Takes pictures of a conversation. A message that is as it was before has the same entry, so that its row need not be drawn again.
/// </summary>
internal sealed class LogCamera(ConversationTimeline timeline, Guid userId)
{
    /// <summary>How many entries of messages that are gone may be kept.</summary>
    private const int Slack = 500;

    private readonly Dictionary<Guid, (Message Message, MessageEntry Entry)> _known = [];

    public LogPicture Take(bool isOnline, DateTimeOffset now)
    {
        var (isLoaded, hasEarlier, messages) = (timeline.IsLoaded, timeline.HasEarlier, timeline.Messages);
        var unsent = timeline.Unsent.Select(message => MessageEntry.Of(message, isOnline));
        var days = Day.Group([.. messages.Select(EntryOf), .. unsent]);
        if (_known.Count > messages.Count + Slack)
            Forget(messages);

        return new LogPicture(isLoaded, hasEarlier, days, LocalTime.DayOf(now));
    }

    private MessageEntry EntryOf(Message message)
    {
        var isOwn = message.SenderId == userId;
        var isRead = isOwn && timeline.IsRead(message);
        if (_known.TryGetValue(message.Id, out var known) && known.Message == message && known.Entry.State == MessageState.Read == isRead)
            return known.Entry;

        var entry = MessageEntry.Of(message, isOwn, isRead);
        _known[message.Id] = (message, entry);

        return entry;
    }

    private void Forget(IReadOnlyList<Message> held)
    {
        var ids = held.Select(message => message.Id).ToHashSet();
        foreach (var id in _known.Keys.Where(id => !ids.Contains(id)).ToList())
            _known.Remove(id);
    }
}
