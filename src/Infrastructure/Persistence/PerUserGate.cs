namespace CleanMessaging.Infrastructure.Persistence;

/// <summary>
/// Admits at most <see cref="AtOnce"/> commands of a user at a time, in FIFO order, before they take a database connection. A burst of one
/// user therefore occupies only that many connections of the pool. A conversation with a locked row occupies as many for each of its two
/// participants.
/// </summary>
internal sealed class PerUserGate
{
    /// <summary>
    /// How many commands of one user run at the same time: one that holds the user's row lock, and one that prepares in the meantime.
    /// </summary>
    public const int AtOnce = 2;

    private readonly Lock _gate = new();
    private readonly Dictionary<Guid, Turn> _turns = [];

    /// <summary>The number of users with a running or waiting command.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
                return _turns.Count;
        }
    }

    /// <summary>
    /// Waits until fewer than <see cref="AtOnce"/> earlier commands of the same user are still running. Dispose the result when the command
    /// ends.
    /// </summary>
    /// <exception cref="OperationCanceledException">The wait was canceled; the commands behind move up.</exception>
    public async ValueTask<IDisposable> TakeAsync(Guid of, CancellationToken cancellationToken)
    {
        Turn turn;
        lock (_gate)
        {
            if (!_turns.TryGetValue(of, out turn!))
                _turns[of] = turn = new Turn(this, of);

            turn.Users++;
        }

        try
        {
            await turn.Free.WaitAsync(cancellationToken);

            return turn;
        }
        catch
        {
            Leave(turn);
            throw;
        }
    }

    private void Leave(Turn turn)
    {
        lock (_gate)
        {
            if (--turn.Users > 0)
                return;

            _turns.Remove(turn.Of);
            turn.Free.Dispose();
        }
    }

    /// <summary>The semaphore of one user. It is removed when the last command leaves.</summary>
    private sealed class Turn(PerUserGate gate, Guid of) : IDisposable
    {
        public Guid Of { get; } = of;

        public SemaphoreSlim Free { get; } = new(AtOnce);

        public int Users { get; set; }

        public void Dispose()
        {
            Free.Release();
            gate.Leave(this);
        }
    }
}
