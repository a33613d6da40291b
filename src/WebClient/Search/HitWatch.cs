using CleanMessaging.Client;

namespace CleanMessaging.WebClient.Search;

/// <summary>
/// Keeps hits up to date: removes those whose messages expire, or were deleted or hidden on any device, and applies edits, in open and in
/// closed conversations. After a change of a conversation, it looks up the messages of its hits.
/// </summary>
internal sealed class HitWatch : IDisposable
{
    /// <summary>How often all hits are looked up while the session polls, which brings no changes of conversations beyond the list.</summary>
    private const int PollingSeconds = 30;

    /// <summary>The delay before messages are looked up. Changes in quick succession cause one request.</summary>
    private static readonly TimeSpan _coalescing = TimeSpan.FromMilliseconds(200);

    /// <summary>The delay before a request that has failed is repeated.</summary>
    private static readonly TimeSpan _retryDelay = TimeSpan.FromSeconds(5);

    private readonly MessagingSession _session;
    private readonly MessageFinder _finder;
    private readonly TimeProvider _clock;
    private readonly HashSet<Guid> _due = [];
    private readonly Dictionary<Guid, ChangeMark> _known = [];
    private bool _wasConnected = true;
    private bool _isRunning;
    private bool _isDisposed;
    private int _seconds;

    public HitWatch(MessagingSession session, MessageFinder finder, TimeProvider clock)
    {
        (_session, _finder, _clock) = (session, finder, clock);
        session.Changed += Follow;
    }

    /// <summary>Removes what has expired. Call it each second.</summary>
    public void Beat()
    {
        var now = _session.Client.ServerTime;
        _finder.Remove(message => !message.IsVisibleAt(now));
        if (_session.Connection == ConnectionState.Polling && ++_seconds % PollingSeconds == 0)
            CheckAll();
    }

    public void Dispose()
    {
        _isDisposed = true;
        _session.Changed -= Follow;
    }

    private void Follow(SessionChange change)
    {
        switch (change)
        {
            case MessageChanged { Message: var message }:
                _finder.Update(message);
                break;
            case MessageDeleted { Deleted.MessageId: var id }:
                Remove(id);
                break;
            case MessageExpired { MessageId: var id }:
                Remove(id);
                break;
            case MessageHidden { MessageId: var id }:
                Remove(id);
                break;
            case ConversationUpdated { Conversation: var conversation }:
                Check(conversation);
                break;
            case ConversationChanged { Conversation: var conversation }:
                Check(conversation);
                break;
            case ConnectionChanged { State: var state }:
                FollowConnection(state is ConnectionState.Online or ConnectionState.Polling);
                break;
        }
    }

    private void Remove(Guid messageId) => _finder.Remove(message => message.Id == messageId);

    /// <summary>Changes can have been missed without a connection.</summary>
    private void FollowConnection(bool isConnected)
    {
        if (isConnected && !_wasConnected)
            CheckAll();
        _wasConnected = isConnected;
    }

    private void CheckAll()
    {
        _known.Clear();
        _due.UnionWith(_finder.Hits.Select(hit => hit.Message.ConversationId));
        _ = RunAsync();
    }

    /// <summary>Looks up the hits of a conversation, unless it only has new messages since the last time.</summary>
    private void Check(Conversation conversation)
    {
        var mark = new ChangeMark(conversation.Revision - conversation.LastSequence, conversation.Personal.Revision);
        if (_known.GetValueOrDefault(conversation.Id) == mark || !HasHits(conversation.Id))
            return;

        _known[conversation.Id] = mark;
        _due.Add(conversation.Id);
        _ = RunAsync();
    }

    private bool HasHits(Guid conversationId) => _finder.Hits.Any(hit => hit.Message.ConversationId == conversationId);

    private async Task RunAsync()
    {
        if (_isRunning)
            return;

        _isRunning = true;
        var delay = _coalescing;
        while (!_isDisposed && _due.Count > 0)
        {
            await Task.Delay(delay, _clock);
            foreach (var conversationId in _due.ToList())
                delay = await TryLookUpAsync(conversationId) ? _coalescing : _retryDelay;
        }

        _isRunning = false;
    }

    /// <summary>Looks up the hits of a conversation; returns false when it has to be repeated.</summary>
    private async Task<bool> TryLookUpAsync(Guid conversationId)
    {
        _due.Remove(conversationId);
        var sequences = _finder.Hits
            .Where(hit => hit.Message.ConversationId == conversationId)
            .Select(hit => hit.Message.Sequence)
            .ToList();
        try
        {
            while (sequences.Count > 0 && !_isDisposed)
                sequences = await LookUpAsync(conversationId, sequences);

            return true;
        }
        catch (NotFoundException)
        {
            _finder.Remove(message => message.ConversationId == conversationId);

            return true;
        }
        catch (MessagingException)
        {
            _due.Add(conversationId);

            return false;
        }
    }

    /// <summary>Looks up some of the messages; returns the sequences of the rest.</summary>
    private async Task<List<long>> LookUpAsync(Guid conversationId, List<long> sequences)
    {
        var requested = sequences.Take(MessagingLimits.LookUpSequences).ToList();
        var found = await _session.Client.Messages.LookUpAsync(conversationId, requested);
        var visible = found.Messages.Select(message => message.Sequence).Concat(found.Omitted).ToHashSet();
        _finder.Remove(
            message => message.ConversationId == conversationId
                && requested.Contains(message.Sequence)
                && !visible.Contains(message.Sequence));
        foreach (var message in found.Messages)
            _finder.Update(message);

        return [.. found.Omitted, .. sequences.Skip(requested.Count)];
    }

    /// <summary>What is different after a change of messages other than new ones.</summary>
    /// <param name="Changes">The number of changes of the conversation that were no new messages.</param>
    /// <param name="PersonalRevision">The number of what the user has done with the conversation for themselves.</param>
    private readonly record struct ChangeMark(long Changes, long PersonalRevision);
}
