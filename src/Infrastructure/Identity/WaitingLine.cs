using System.Net;
using System.Net.Sockets;
using Waiter = CleanMessaging.Infrastructure.Identity.HashingQueue.Waiter;

namespace CleanMessaging.Infrastructure.Identity;

/// <summary>The waiters by network. Networks take turns, and so do the subnetworks and addresses within each.</summary>
internal sealed class WaitingLine
{
    private readonly Network _all = new(parent: null, IPAddress.None);

    public int Count => _all.Count;

    public int CountOf(IPAddress address)
    {
        var network = _all;
        foreach (var part in PathOf(address))
        {
            if (network.Find(part) is not { } next)
                return 0;

            network = next;
        }

        return network.Count;
    }

    public Waiter Add(IPAddress address)
    {
        var network = PathOf(address).Aggregate(_all, (network, part) => network.FindOrAdd(part));

        return network.Add();
    }

    public Waiter? Take() => Count == 0 ? null : Removed(_all.TakeTurn());

    public Waiter DropNewest() => Removed(_all.Largest().Newest);

    /// <summary>
    /// Drops a waiter of the network with the most waiters, if that network has more than the newcomer's network would have with the
    /// newcomer. Within one network the same rule applies to its subnetworks and addresses. Returns null when the newcomer has no
    /// stronger claim to a slot than the others.
    /// </summary>
    public Waiter? DropNewestFor(IPAddress newcomer)
    {
        var network = _all;
        foreach (var part in PathOf(newcomer))
        {
            var own = network.Find(part);
            var largest = network.LargestPart;
            if (largest is not null && largest != own && largest.Count > (own?.Count ?? 0) + 1)
                return Removed(largest.Largest().Newest);

            if (own is null)
                return null;

            network = own;
        }

        return null;
    }

    public bool TryRemove(Waiter waiter)
    {
        if (waiter.Node is null || waiter.Network?.Root != _all)
            return false;

        waiter.Network.Remove(waiter);

        return true;
    }

    private static Waiter Removed(Waiter waiter)
    {
        waiter.Network!.Remove(waiter);

        return waiter;
    }

    /// <summary>
    /// Returns the networks of an address, from the largest to the address itself. For IPv6 the last one is the /64, which belongs to
    /// one subscriber.
    /// </summary>
    private static IEnumerable<IPAddress> PathOf(IPAddress address) =>
        (address.AddressFamily == AddressFamily.InterNetworkV6 ? (int[])[6, 7, 8] : [3, 4]).Select(bytes => Prefix(address, bytes));

    private static IPAddress Prefix(IPAddress address, int length)
    {
        var bytes = address.GetAddressBytes();
        bytes.AsSpan(length).Clear();

        return new IPAddress(bytes);
    }

    /// <summary>A network's part of the queue: either its subnetworks, which take turns, or the waiters of one address.</summary>
    internal sealed class Network(Network? parent, IPAddress name)
    {
        private readonly Dictionary<IPAddress, Network> _parts = [];
        private readonly LinkedList<Network> _turns = new();
        private readonly LinkedList<Waiter> _waiters = new();

        public int Count { get; private set; }

        public Network Root => parent?.Root ?? this;

        public Waiter Newest => _waiters.Last!.Value;

        public Network? LargestPart => _parts.Values.MaxBy(part => part.Count);

        public Network? Find(IPAddress part) => _parts.GetValueOrDefault(part);

        public Network FindOrAdd(IPAddress part)
        {
            if (_parts.TryGetValue(part, out var known))
                return known;

            var added = new Network(this, part);
            _parts.Add(part, added);
            _turns.AddLast(added);

            return added;
        }

        /// <summary>Returns the address with the most waiters, within the network with the most waiters.</summary>
        public Network Largest() => LargestPart?.Largest() ?? this;

        public Waiter Add()
        {
            var waiter = new Waiter { Network = this };
            waiter.Node = _waiters.AddLast(waiter);
            Change(1);

            return waiter;
        }

        /// <summary>Removes the next waiter. Every network on the path to it moves to the end of its line.</summary>
        public Waiter TakeTurn()
        {
            if (_turns.First is not { } turn)
                return _waiters.First!.Value;

            _turns.RemoveFirst();
            _turns.AddLast(turn);

            return turn.Value.TakeTurn();
        }

        public void Remove(Waiter waiter)
        {
            _waiters.Remove(waiter.Node!);
            waiter.Node = null;
            Change(-1);
        }

        private void Change(int by)
        {
            Count += by;
            if (Count == 0)
                parent?.Drop(this);

            parent?.Change(by);
        }

        private void Drop(Network part)
        {
            _parts.Remove(part.Name);
            _turns.Remove(part);
        }

        private IPAddress Name { get; } = name;
    }
}
