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
    private readonly Dictionary<Guid, UserSemaphore> _users = [];

    /// <summary>The number of users with a running or waiting command.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
                return _users.Count;
        }
    }

    /// <summary>
    /// Waits until fewer than <see cref="AtOnce"/> earlier commands of the same user are still running. Dispose the result when the command
    /// ends.
    /// </summary>
    /// <exception cref="OperationCanceledException">The wait was canceled; the commands behind move up.</exception>
    public async ValueTask<IDisposable> EnterAsync(Guid userId, CancellationToken cancellationToken)
    {
        UserSemaphore user;
        lock (_gate)
        {
            if (!_users.TryGetValue(userId, out user!))
                _users[userId] = user = new UserSemaphore(this, userId);

            user.Commands++;
        }

        try
        {
            await user.Semaphore.WaitAsync(cancellationToken);

            return user;
        }
        catch
        {
            Leave(user);
            throw;
        }
    }

    private void Leave(UserSemaphore user)
    {
        lock (_gate)
        {
            if (--user.Commands > 0)
                return;

            _users.Remove(user.Id);
            user.Semaphore.Dispose();
        }
    }

    /// <summary>The semaphore of one user. It is removed when the last command leaves.</summary>
    private sealed class UserSemaphore(PerUserGate gate, Guid id) : IDisposable
    {
        public Guid Id { get; } = id;

        public SemaphoreSlim Semaphore { get; } = new(AtOnce);

        /// <summary>The number of running and waiting commands.</summary>
        public int Commands { get; set; }

        public void Dispose()
        {
            Semaphore.Release();
            gate.Leave(this);
        }
    }
}
