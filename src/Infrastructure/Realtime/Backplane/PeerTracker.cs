namespace CleanMessaging.Infrastructure.Realtime.Backplane;

/// <summary>The other servers that were heard of, and up to which number their facts are known here.</summary>
internal sealed class PeerTracker(TimeProvider clock)
{
    /// <summary>A server that pulses twice a second and is silent for so long has not ended in order.</summary>
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private readonly Dictionary<Guid, Peer> _peers = [];

    /// <summary>Takes note of a message. A fact that is not news was told before, or given up as missing.</summary>
    public (bool IsNews, bool SomethingIsMissing) Hear(BackplaneMessage message)
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

    /// <summary>Forgets whoever fell silent; says whether anybody did: their last facts may never have come.</summary>
    public bool ForgetSilent()
    {
        lock (_lock)
        {
            var silent = _peers.Where(peer => clock.GetElapsedTime(peer.Value.HeardAt) > _patience).Select(peer => peer.Key).ToList();
            silent.ForEach(peer => _peers.Remove(peer));

            return silent.Count > 0;
        }
    }

    /// <summary>Counts everybody's silence from now on: until now it was this server that heard nothing.</summary>
    public void ListenAgain()
    {
        lock (_lock)
        {
            foreach (var (sender, peer) in _peers)
                _peers[sender] = peer with { HeardAt = clock.GetTimestamp() };
        }
    }

    private readonly record struct Peer(long Number, long HeardAt);
}
