namespace CleanMessaging.Infrastructure.Persistence;

/// <summary>
/// Who takes the same turn waits for the others here, without a connection: first come, first served. One user's burst then holds a few
/// connections of the pool, and a conversation whose row is locked holds as many for each of its two participants.
/// </summary>
internal sealed class PerUserGate
{
    /// <summary>
    /// How many go on at the same time: one at the user's row, and one that is being prepared meanwhile.
    /// </summary>
    public const int AtOnce = 2;

    private readonly Lock _gate = new();
    private readonly Dictionary<Guid, Turn> _turns = [];

    /// <summary>How many turns are held or waited for.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
                return _turns.Count;
        }
    }

    /// <summary>Returns when fewer than <see cref="AtOnce"/> of those who came before still hold theirs.</summary>
    /// <exception cref="OperationCanceledException">Canceled while waiting; the others move up.</exception>
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

    /// <summary>Held by some, waited for by others; gone with the last of them.</summary>
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
