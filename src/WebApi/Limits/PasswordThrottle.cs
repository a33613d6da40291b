using System.Buffers.Binary;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using CleanMessaging.Domain.Primitives;
using CleanMessaging.Infrastructure.Failures;
using CleanMessaging.Infrastructure.Limits;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace CleanMessaging.WebApi.Limits;

/// <summary>
/// Bounds how often a password can be guessed: by account and address, by address, and by account from anywhere. Wrong passwords
/// alone count; whether there is such an account makes no difference. Nobody is locked out for longer than a window.
/// </summary>
/// <remarks>
/// Attempts under way count as wrong until they have ended, so that many at once get no further than one after the other. Who finds
/// the window full of attempts under way waits for one of them to end, and is not refused: it may have been right.
/// </remarks>
internal sealed class PasswordThrottle(IOptions<LimitOptions> options, ILookupNormalizer normalizer, LimitLog log, TimeProvider clock)
{
    private readonly Lock _gate = new();
    private readonly Window<(UInt128 Account, IPAddress Address)> _ofBoth =
        new(nameof(LimitOptions.WrongPasswordsPerAccountAndAddress), options.Value.WrongPasswordsPerAccountAndAddress, TimeSpan.FromMinutes(1));

    private readonly Window<IPAddress> _ofAddress =
        new(nameof(LimitOptions.WrongPasswordsPerAddress), options.Value.WrongPasswordsPerAddress, TimeSpan.FromMinutes(1));

    private readonly Window<UInt128> _ofAccount =
        new(nameof(LimitOptions.WrongPasswordsPerAccount), options.Value.WrongPasswordsPerAccount, TimeSpan.FromMinutes(10));

    /// <summary>Runs an attempt to prove a password, unless there were too many wrong ones.</summary>
    /// <param name="account">What names the account: an e-mail address, in any case, or a user's id.</param>
    /// <param name="wrong">How the attempt fails when the password is wrong. Nothing else counts.</param>
    /// <exception cref="RefusedException"><c>auth.too_many_attempts</c>; the attempt was not made.</exception>
    public async Task<T> GuardAsync<T>(HttpContext httpContext, string account, DomainError wrong, Func<Task<T>> attempt)
    {
        var keys = (Account: KeyOf(account), Address: ClientAddress.Of(httpContext));
        var counts = await EnterAsync(keys, httpContext.RequestAborted);
        var (isRight, isWrong) = (false, false);
        try
        {
            var result = await attempt();
            isRight = true;

            return result;
        }
        catch (DomainException refused) when (refused.Error == wrong)
        {
            isWrong = true;
            throw;
        }
        finally
        {
            Leave(counts, isRight, isWrong);
        }
    }

    private async Task<IReadOnlyList<Count>> EnterAsync((UInt128 Account, IPAddress Address) keys, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task oneEnds;
            lock (_gate)
            {
                var now = clock.GetUtcNow();
                Count[] counts = [_ofBoth.Use(keys, now), _ofAddress.Use(keys.Address, now), _ofAccount.Use(keys.Account, now)];
                if (counts.FirstOrDefault(count => count.IsSpent) is { } spent)
                    throw Refuse(spent, keys.Address, now);

                if (counts.FirstOrDefault(count => count.IsFull) is not { } full)
                {
                    foreach (var count in counts)
                        count.UnderWay++;

                    return counts;
                }

                oneEnds = full.OneEnds();
            }

            try
            {
                await oneEnds.WaitAsync(options.Value.PasswordWait, cancellationToken);
            }
            catch (TimeoutException)
            {
                throw new RefusedException(LimitFailures.Busy());
            }
        }
    }

    private RefusedException Refuse(Count spent, IPAddress address, DateTimeOffset now)
    {
        log.Reached(spent.Limit, $"address {address}");

        return new RefusedException(LimitFailures.TooManyWrongPasswords(spent.EndsAt - now));
    }

    private void Leave(IReadOnlyList<Count> counts, bool isRight, bool isWrong)
    {
        lock (_gate)
        {
            var now = clock.GetUtcNow();
            foreach (var count in counts)
                count.End(isWrong, now);

            if (isRight)
                counts[0].Reset();
        }
    }

    /// <summary>A key of one size, however long the name is, and in the case in which accounts are looked up.</summary>
    private UInt128 KeyOf(string account) =>
        BinaryPrimitives.ReadUInt128BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(normalizer.NormalizeEmail(account))));

    /// <summary>The counts of one kind of key.</summary>
    private sealed class Window<TKey>(string limit, int wrongMax, TimeSpan length)
        where TKey : notnull
    {
        private const int KeysMax = 50_000;

        private readonly RecentEntries<TKey, Count> _counts = new(KeysMax, length);

        public Count Use(TKey key, DateTimeOffset now)
        {
            var count = _counts.Use(key, now);
            count.Begin(limit, wrongMax, length, now);

            return count;
        }
    }

    /// <summary>Wrong passwords since the first of them, and attempts under way.</summary>
    private sealed class Count
    {
        private TaskCompletionSource? _oneEnds;
        private int _wrong;
        private int _wrongMax;
        private TimeSpan _length;
        private DateTimeOffset _since;

        public string Limit { get; private set; } = "";

        public int UnderWay { get; set; }

        public bool IsSpent => _wrong >= _wrongMax;

        public bool IsFull => _wrong + UnderWay >= _wrongMax;

        public DateTimeOffset EndsAt => _since + _length;

        public void Begin(string limit, int wrongMax, TimeSpan length, DateTimeOffset now)
        {
            (Limit, _wrongMax, _length) = (limit, wrongMax, length);

            // A clock that was set back must not make a window longer.
            if ((now - _since).Duration() >= length)
                Reset();
        }

        public Task OneEnds() => (_oneEnds ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

        public void End(bool isWrong, DateTimeOffset now)
        {
            UnderWay--;
            if (isWrong && _wrong++ == 0)
                _since = now;

            _oneEnds?.SetResult();
            _oneEnds = null;
        }

        public void Reset() => _wrong = 0;
    }
}
