using System.Runtime.InteropServices;
using System.Threading.RateLimiting;
using CleanMessaging.Infrastructure.Failures;
using CleanMessaging.Infrastructure.Limits;
using Microsoft.Extensions.Options;

namespace CleanMessaging.Infrastructure.Identity;

/// <summary>
/// The one place where passwords are hashed and compared: a few at a time, the others wait their turn in bounded number and time. A hash
/// keeps a core busy for 100 ms and more. So it runs on a thread of its own, that nobody else's work waits for, and behind all others.
/// </summary>
internal sealed class PasswordHashing(
    PasswordVerifier verifier,
    IOptions<LimitOptions> options,
    LimitLog log) : IDisposable
{
    private readonly ConcurrencyLimiter _places = new(new ConcurrencyLimiterOptions
    {
        PermitLimit = options.Value.PasswordsAtATime,
        QueueLimit = options.Value.PasswordsWaiting,
        QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
    });

    /// <summary>
    /// Waits for a place. Take it before anything else, also before looking for the account: who gets none must not cost a query either.
    /// </summary>
    /// <exception cref="RefusedException"><c>server.busy</c></exception>
    public async Task<Place> EnterAsync(CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(options.Value.PasswordWait);
        try
        {
            var lease = await _places.AcquireAsync(1, patience.Token);
            if (lease.IsAcquired)
                return new Place(lease, verifier);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // Waited long enough.
        }

        log.Reached(nameof(LimitOptions.PasswordsWaiting), "all callers");
        throw new RefusedException(LimitFailures.Busy());
    }

    public void Dispose() => _places.Dispose();

    /// <summary>The right to hash and compare, one after the other, until it is given back.</summary>
    internal sealed class Place(RateLimitLease lease, PasswordVerifier verifier) : IDisposable
    {
        public Task<string> HashAsync(string password) => RunAsync(() => verifier.Hash(password));

        /// <summary>Compares a password with a hash. Takes as long when there is no hash, and then says that it is wrong.</summary>
        public Task<PasswordVerdict> VerifyAsync(string? hash, string password) => RunAsync(() => verifier.Verify(hash, password));

        public void Dispose() => lease.Dispose();

        private static Task<T> RunAsync<T>(Func<T> work) => Task.Factory.StartNew(
            () =>
            {
                YieldToOthers();

                return work();
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning | TaskCreationOptions.RunContinuationsAsynchronously,
            TaskScheduler.Default);
    }

    /// <summary>Lets every other thread go first. .NET does not do this on Linux, where a thread's niceness is its own.</summary>
    private static void YieldToOthers()
    {
        const int ThisThread = 0;
        const int Niceness = 5;

        if (OperatingSystem.IsLinux())
            _ = SetPriority(ThisThread, ThisThread, Niceness);
        else
            Thread.CurrentThread.Priority = ThreadPriority.BelowNormal;
    }

    /// <summary>A failure changes nothing but the order in which threads run, so it is not looked at.</summary>
    [DllImport("libc", EntryPoint = "setpriority")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetPriority(int which, int who, int priority);
}
