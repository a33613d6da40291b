using System.Net;
using System.Net.Sockets;

namespace CleanMessaging.Infrastructure.Identity;

/// <summary>The reason why a password is hashed.</summary>
internal enum PasswordUse
{
    /// <summary>A login, or a password change by a signed-in user.</summary>
    LogIn,

    Registration,
}

/// <summary>
/// Limits how many passwords are hashed at the same time, and queues the other callers in a bounded, fair queue. Slots are shared
/// round-robin between networks, and within a network between its subnetworks and addresses. A caller with many addresses therefore gets no
/// more slots than a caller with one address. Networks are the /48, the /56 and the /64 of IPv6, and the /24 of IPv4. Logins precede
/// registrations; after every four logins one registration gets a slot. When the queue is full, the newest waiter of the network with the
/// most waiters is removed.
/// </summary>
internal sealed class HashingQueue(int places, int waitingMax, int waitingPerAddressMax)
{
    /// <summary>How many logins in a row get a slot while a registration waits.</summary>
    public const int LogInsPerRegistration = 4;

    private readonly Lock _gate = new();
    private readonly Line _logIns = new();
    private readonly Line _registrations = new();
    private int _free = places;
    private int _logInsInARow;

    /// <summary>The number of waiters.</summary>
    public int Waiting
    {
        get
        {
            lock (_gate)
                return _logIns.Count + _registrations.Count;
        }
    }

    /// <summary>Takes a slot, or joins the queue.</summary>
    public Waiter Enter(PasswordUse use, IPAddress address)
    {
        lock (_gate)
        {
            if (_free > 0)
            {
                _free--;

                return Waiter.Of(Outcome.Entered);
            }

            var own = _logIns.CountOf(address) + _registrations.CountOf(address);
            if (own >= waitingPerAddressMax)
                return Waiter.Of(Outcome.TooManyOfAddress);

            if (_logIns.Count + _registrations.Count >= waitingMax && !TryMakeRoom(use, address))
                return Waiter.Of(Outcome.Full);

            return LineOf(use).Add(address);
        }
    }

    /// <summary>Passes a slot to the next waiter.</summary>
    public void Release()
    {
        lock (_gate)
        {
            if (Next() is { } next)
                next.End(Outcome.Entered);
            else
                _free++;
        }
    }

    /// <summary>Removes a waiter from the queue. Returns false when it has left the queue already, with or without a slot.</summary>
    public bool TryLeave(Waiter waiter)
    {
        lock (_gate)
            return _logIns.TryRemove(waiter) || _registrations.TryRemove(waiter);
    }

    private Line LineOf(PasswordUse use) => use == PasswordUse.LogIn ? _logIns : _registrations;

    private Waiter? Next()
    {
        var isRegistrationDue = _registrations.Count > 0 && (_logIns.Count == 0 || _logInsInARow >= LogInsPerRegistration);
        _logInsInARow = isRegistrationDue || _registrations.Count == 0 ? 0 : _logInsInARow + 1;

        return (isRegistrationDue ? _registrations : _logIns).Take();
    }

    /// <summary>
    /// Drops a registration in favor of a login. Otherwise drops a waiter of a network that has more waiters than the newcomer's network
    /// would have.
    /// </summary>
    private bool TryMakeRoom(PasswordUse use, IPAddress newcomer)
    {
        var dropped = use == PasswordUse.LogIn && _registrations.Count > 0
            ? _registrations.DropNewest()
            : LineOf(use).DropNewestFor(newcomer);
        dropped?.End(Outcome.Full);

        return dropped is not null;
    }

    /// <summary>The state of a waiter.</summary>
    internal enum Outcome
    {
        /// <summary>The waiter has a slot, and must return it.</summary>
        Entered,

        TooManyOfAddress,

        Full,
    }

    internal sealed class Waiter
    {
        private readonly TaskCompletionSource<Outcome> _outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<Outcome> Ended => _outcome.Task;

        /// <summary>The waiter's node in a line, while it is queued.</summary>
        public LinkedListNode<Waiter>? Node { get; set; }

        /// <summary>The line of the waiter's address.</summary>
        public Network? Network { get; init; }

        public static Waiter Of(Outcome outcome)
        {
            var waiter = new Waiter();
            waiter.End(outcome);

            return waiter;
        }

        public void End(Outcome outcome) => _outcome.SetResult(outcome);
    }

    /// <summary>The waiters by network. Networks take turns, and so do the subnetworks and addresses within each.</summary>
    private sealed class Line
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
