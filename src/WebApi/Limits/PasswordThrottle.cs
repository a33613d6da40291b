using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using CleanMessaging.Domain.Primitives;
using CleanMessaging.Infrastructure.Errors;
using CleanMessaging.Infrastructure.Limits;
using FluentValidation;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace CleanMessaging.WebApi.Limits;

/// <summary>
/// Limits password guessing: per account and address, per address, per /56 and /48 of an IPv6 address, and per account from all addresses.
/// Only wrong passwords count, whether or not the account exists. A user is locked out for at most one window.
/// </summary>
/// <remarks>
/// Attempts in progress count as wrong until they end, so that concurrent attempts are limited like consecutive ones. If attempts in
/// progress fill the window, a further attempt waits for one of them to end and is not rejected, because its password may be correct.
/// Malformed requests are not counted.
/// </remarks>
internal sealed class PasswordThrottle(
    IServiceProvider services, IOptions<LimitOptions> options, ILookupNormalizer normalizer, LimitLog log, TimeProvider clock)
{
    private const int NetworkBytes = 7;
    private const int SiteBytes = 6;

    private readonly Lock _gate = new();
    private readonly Window<(UInt128 Account, IPAddress Address)> _ofBoth =
        new(
            nameof(LimitOptions.WrongPasswordsPerAccountAndAddress),
            options.Value.WrongPasswordsPerAccountAndAddress,
            TimeSpan.FromMinutes(1));

    private readonly Window<IPAddress> _ofAddress =
        new(nameof(LimitOptions.WrongPasswordsPerAddress), options.Value.WrongPasswordsPerAddress, TimeSpan.FromMinutes(1));

    private readonly Window<IPAddress> _ofNetwork =
        new(nameof(LimitOptions.WrongPasswordsPerNetwork), options.Value.WrongPasswordsPerNetwork, TimeSpan.FromMinutes(1));

    private readonly Window<IPAddress> _ofSite =
        new(nameof(LimitOptions.WrongPasswordsPerSite), options.Value.WrongPasswordsPerSite, TimeSpan.FromMinutes(1));

    private readonly Window<UInt128> _ofAccount =
        new(nameof(LimitOptions.WrongPasswordsPerAccount), options.Value.WrongPasswordsPerAccount, TimeSpan.FromMinutes(10));

    /// <summary>Runs an attempt to verify a password, unless there were too many wrong attempts.</summary>
    /// <param name="account">The identifier of the account: an e-mail address in any case, or a user id.</param>
    /// <param name="wrong">The error for a wrong password. Only attempts that fail with it count.</param>
    /// <param name="command">The command to run. It is validated before the attempt is counted.</param>
    /// <exception cref="ValidationException">The command is malformed; the attempt was not counted.</exception>
    /// <exception cref="RequestRejectedException"><c>auth.too_many_attempts</c>; the attempt was not made.</exception>
    public async Task<T> GuardAsync<TCommand, T>(
        HttpContext httpContext, string account, DomainError wrong, TCommand command, Func<TCommand, Task<T>> attempt)
    {
        services.GetRequiredService<IValidator<TCommand>>().ValidateAndThrow(command);
        var counts = await EnterAsync(KeyOf(account), ClientAddress.Of(httpContext), httpContext.RequestAborted);
        var (isRight, isWrong) = (false, false);
        try
        {
            var result = await attempt(command);
            isRight = true;

            return result;
        }
        catch (DomainException rejected) when (rejected.Error == wrong)
        {
            isWrong = true;
            throw;
        }
        finally
        {
            Leave(counts, isRight, isWrong);
        }
    }

    private async Task<IReadOnlyList<ICount>> EnterAsync(UInt128 account, IPAddress address, CancellationToken cancellationToken)
    {
        using var waitLimit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        waitLimit.CancelAfter(options.Value.PasswordWait);
        while (true)
        {
            Task oneEnds;
            lock (_gate)
            {
                var now = clock.GetUtcNow();
                var counts = CountsOf(account, address, now);
                if (counts.FirstOrDefault(count => count.IsSpent) is { } spent)
                    throw Reject(spent, address, now);

                if (counts.FirstOrDefault(count => count.IsFull) is not { } full)
                {
                    foreach (var count in counts)
                        count.Begin();

                    return counts;
                }

                oneEnds = full.OneEnds();
            }

            try
            {
                await oneEnds.WaitAsync(waitLimit.Token);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                throw new RequestRejectedException(LimitErrors.Busy());
            }
        }
    }

    /// <summary>Returns the counts of an attempt; the first one is the count by account and address.</summary>
    private List<ICount> CountsOf(UInt128 account, IPAddress address, DateTimeOffset now)
    {
        List<ICount> counts = [_ofBoth.Find((account, address), now), _ofAddress.Find(address, now), _ofAccount.Find(account, now)];
        if (address.AddressFamily == AddressFamily.InterNetworkV6)
        {
            counts.Add(_ofNetwork.Find(ClientAddress.Network(address, NetworkBytes), now));
            counts.Add(_ofSite.Find(ClientAddress.Network(address, SiteBytes), now));
        }

        return counts;
    }

    private RequestRejectedException Reject(ICount spent, IPAddress address, DateTimeOffset now)
    {
        log.Reached(spent.Limit, $"address {address}");

        return new RequestRejectedException(LimitErrors.TooManyWrongPasswords(spent.EndsAt - now));
    }

    private void Leave(IReadOnlyList<ICount> counts, bool isRight, bool isWrong)
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

    /// <summary>Returns a key of fixed size for an account name, independent of the name's length and case.</summary>
    private UInt128 KeyOf(string account) =>
        BinaryPrimitives.ReadUInt128BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(normalizer.NormalizeEmail(account))));

    /// <summary>The number of wrong attempts of one key in one window.</summary>
    private interface ICount
    {
        string Limit { get; }

        bool IsSpent { get; }

        bool IsFull { get; }

        DateTimeOffset EndsAt { get; }

        Task OneEnds();

        void Begin();

        void End(bool isWrong, DateTimeOffset now);

        void Reset();
    }

    /// <summary>The counts of one kind of key.</summary>
    private sealed class Window<TKey>(string limit, int wrongMax, TimeSpan length)
        where TKey : notnull
    {
        private const int KeysMax = 50_000;

        private readonly WrongAttempts<TKey> _attempts = new(wrongMax, length, KeysMax);

        /// <summary>
        /// Returns the count of a key. No count is evicted for a new key: if the table is full of exhausted keys, every other key counts as
        /// exhausted too.
        /// </summary>
        public ICount Find(TKey key, DateTimeOffset now) =>
            _attempts.Find(key, now) is { } entry ? new Count(limit, entry) : new FullTable(limit, now + length);

        private sealed class Count(string limit, WrongAttempts<TKey>.Entry entry) : ICount
        {
            public string Limit => limit;

            public bool IsSpent => entry.IsSpent;

            public bool IsFull => entry.IsFull;

            public DateTimeOffset EndsAt => entry.EndsAt;

            public Task OneEnds() => entry.OneEnds();

            public void Begin() => entry.Begin();

            public void End(bool isWrong, DateTimeOffset now) => entry.End(isWrong, now);

            public void Reset() => entry.Reset();
        }

        private sealed record FullTable(string Limit, DateTimeOffset EndsAt) : ICount
        {
            public bool IsSpent => true;

            public bool IsFull => true;

            public Task OneEnds() => Task.CompletedTask;

            public void Begin()
            {
            }

            public void End(bool isWrong, DateTimeOffset now)
            {
            }

            public void Reset()
            {
            }
        }
    }
}
