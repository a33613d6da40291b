using System.Net;

namespace CleanMessaging.Infrastructure.Identity;

/// <summary>What a password is hashed for.</summary>
internal enum PasswordUse
{
    /// <summary>A login, or a change of the password by a signed-in user.</summary>
    LogIn,

    Registration,
}

/// <summary>
/// A few places, and a bounded queue for them that is shared fairly: of the addresses that wait, one after the other gets a place. Logins go before
/// registrations, and after every four of them one registration gets its turn. Where the queue is full, the newest waiter of the address that has
/// most makes room.
/// </summary>
internal sealed class HashingQueue(int places, int waitingMax, int waitingPerAddressMax)
{
    /// <summary>How many logins get a place in a row while a registration waits.</summary>
    public const int LogInsPerRegistration = 4;

    private readonly Lock _gate = new();
    private readonly Line _logIns = new();
    private readonly Line _registrations = new();
    private int _free = places;
    private int _logInsInARow;

    /// <summary>How many wait.</summary>
    public int Waiting
    {
        get
        {
            lock (_gate)
                return _logIns.Count + _registrations.Count;
        }
    }

    /// <summary>Takes a place, or gets in line for one.</summary>
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

            if (_logIns.Count + _registrations.Count >= waitingMax && !TryMakeRoom(use, own))
                return Waiter.Of(Outcome.Full);

            return LineOf(use).Add(address);
        }
    }

    /// <summary>Gives a place to the next in line.</summary>
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

    /// <summary>Leaves the line; false when the waiter has left it already, with a place or without.</summary>
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

    /// <summary>A registration is dropped for a login; otherwise an address that has more waiters than the newcomer's would have.</summary>
    private bool TryMakeRoom(PasswordUse use, int own)
    {
        var line = use == PasswordUse.LogIn && _registrations.Count > 0 ? _registrations : LineOf(use);
        if (line == LineOf(use) && line.LongestCount <= own + 1)
            return false;

        line.DropNewestOfLongest().End(Outcome.Full);

        return true;
    }

    /// <summary>What became of a waiter.</summary>
    internal enum Outcome
    {
        /// <summary>It has a place, to be given back.</summary>
        Entered,

        TooManyOfAddress,

        Full,
    }

    internal sealed class Waiter
    {
        private readonly TaskCompletionSource<Outcome> _outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<Outcome> Ended => _outcome.Task;

        public LinkedListNode<Waiter>? Node { get; set; }

        public IPAddress Address { get; init; } = IPAddress.None;

        public static Waiter Of(Outcome outcome)
        {
            var waiter = new Waiter();
            waiter.End(outcome);

            return waiter;
        }

        public void End(Outcome outcome) => _outcome.SetResult(outcome);
    }

    /// <summary>Waiters by address; the addresses take turns.</summary>
    private sealed class Line
    {
        private readonly Dictionary<IPAddress, LinkedList<Waiter>> _ofAddress = [];
        private readonly LinkedList<IPAddress> _turns = new();

        public int Count { get; private set; }

        public int LongestCount => _ofAddress.Count == 0 ? 0 : _ofAddress.Values.Max(waiters => waiters.Count);

        public int CountOf(IPAddress address) => _ofAddress.TryGetValue(address, out var waiters) ? waiters.Count : 0;

        public Waiter Add(IPAddress address)
        {
            if (!_ofAddress.TryGetValue(address, out var waiters))
            {
                _ofAddress[address] = waiters = new LinkedList<Waiter>();
                _turns.AddLast(address);
            }

            var waiter = new Waiter { Address = address };
            waiter.Node = waiters.AddLast(waiter);
            Count++;

            return waiter;
        }

        public Waiter? Take()
        {
            if (_turns.First is not { } turn)
                return null;

            var waiter = _ofAddress[turn.Value].First!.Value;
            _turns.Remove(turn);
            _turns.AddLast(turn);
            TryRemove(waiter);

            return waiter;
        }

        public Waiter DropNewestOfLongest()
        {
            var newest = _ofAddress.Values.MaxBy(waiters => waiters.Count)!.Last!.Value;
            TryRemove(newest);

            return newest;
        }

        public bool TryRemove(Waiter waiter)
        {
            if (waiter.Node?.List is not { } waiters || _ofAddress.GetValueOrDefault(waiter.Address) != waiters)
                return false;

            waiters.Remove(waiter.Node);
            Count--;
            if (waiters.Count == 0)
            {
                _ofAddress.Remove(waiter.Address);
                _turns.Remove(waiter.Address);
            }

            return true;
        }
    }
}
