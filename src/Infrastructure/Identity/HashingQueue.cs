using System.Net;

namespace CleanMessaging.Infrastructure.Identity;

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
    private readonly WaitingLine _logIns = new();
    private readonly WaitingLine _registrations = new();
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

            if (_logIns.Count + _registrations.Count >= waitingMax && !TryDropWaiter(use, address))
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

    private WaitingLine LineOf(PasswordUse use) => use == PasswordUse.LogIn ? _logIns : _registrations;

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
    private bool TryDropWaiter(PasswordUse use, IPAddress newcomer)
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
        public WaitingLine.Network? Network { get; init; }

        public static Waiter Of(Outcome outcome)
        {
            var waiter = new Waiter();
            waiter.End(outcome);

            return waiter;
        }

        public void End(Outcome outcome) => _outcome.SetResult(outcome);
    }
}
