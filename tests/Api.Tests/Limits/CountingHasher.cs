using CleanMessaging.Infrastructure.Persistence.Accounts;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.DependencyInjection;

namespace CleanMessaging.Api.Tests.Limits;

/// <summary>Counts how often a password is hashed and compared, and can be paused during a comparison.</summary>
internal sealed class CountingHasher : IPasswordHasher<Account>, IDisposable
{
    private readonly PasswordHasher<Account> _inner = new(
        Microsoft.Extensions.Options.Options.Create(new PasswordHasherOptions { IterationCount = 1000 }));

    private readonly ManualResetEventSlim _open = new(initialState: true);
    private int _hashed;
    private int _compared;
    private int _atATime;
    private int _mostAtATime;

    public int Hashed => Volatile.Read(ref _hashed);

    public int Compared => Volatile.Read(ref _compared);

    /// <summary>The number of comparisons in progress.</summary>
    public int AtATime => Volatile.Read(ref _atATime);

    public int MostAtATime => Volatile.Read(ref _mostAtATime);

    public void AddTo(IServiceCollection services) => services.AddSingleton<IPasswordHasher<Account>>(this);

    public void StandStill() => _open.Reset();

    public void GoOn() => _open.Set();

    public string HashPassword(Account user, string password)
    {
        Interlocked.Increment(ref _hashed);

        return _inner.HashPassword(user, password);
    }

    public PasswordVerificationResult VerifyHashedPassword(Account user, string hashedPassword, string providedPassword)
    {
        Interlocked.Increment(ref _compared);
        var now = Interlocked.Increment(ref _atATime);
        InterlockedMax(now);
        try
        {
            _open.Wait(TimeSpan.FromSeconds(20));

            return _inner.VerifyHashedPassword(user, hashedPassword, providedPassword);
        }
        finally
        {
            Interlocked.Decrement(ref _atATime);
        }
    }

    public void Dispose() => _open.Dispose();

    private void InterlockedMax(int now)
    {
        for (var most = MostAtATime; now > most; most = MostAtATime)
            Interlocked.CompareExchange(ref _mostAtATime, now, most);
    }
}
