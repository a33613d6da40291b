namespace CleanMessaging.Infrastructure.Realtime.Backplane;

/// <summary>Tracks the other servers, and the number of the latest event received from each.</summary>
internal sealed class PeerTracker(TimeProvider clock)
{
    /// <summary>
    /// The silence after which a server counts as lost. A live server sends two heartbeats a second, and one that shuts down in order says
    /// so.
    /// </summary>
    private static readonly TimeSpan _silenceLimit = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private readonly Dictionary<Guid, Peer> _peers = [];

    /// <summary>Records a message. An event that is not new was already delivered, or was treated as missing.</summary>
    public (bool IsNew, bool HasGap) Record(BackplaneMessage message)
    {
        lock (_lock)
        {
            var known = _peers.GetValueOrDefault(message.Sender).Number;
            _peers[message.Sender] = new Peer(Math.Max(known, message.Number), clock.GetTimestamp());
            if (message.Content is Leaving)
                _peers.Remove(message.Sender);

            return message.IsEvent
                ? (message.Number > known, message.Number - 1 > known)
                : (false, message.Number > known);
        }
    }

    /// <summary>Removes silent servers. Returns whether there was one: its last events may be lost.</summary>
    public bool ForgetSilent()
    {
        lock (_lock)
        {
            var silent = _peers
                .Where(peer => clock.GetElapsedTime(peer.Value.LastMessageAt) > _silenceLimit)
                .Select(peer => peer.Key)
                .ToList();
            silent.ForEach(peer => _peers.Remove(peer));

            return silent.Count > 0;
        }
    }

    /// <summary>Restarts the silence timers of all servers, because this server itself was disconnected.</summary>
    public void RestartTimers()
    {
        lock (_lock)
        {
            foreach (var (sender, peer) in _peers)
                _peers[sender] = peer with { LastMessageAt = clock.GetTimestamp() };
        }
    }

    private readonly record struct Peer(long Number, long LastMessageAt);
}
