using System.Net;
using System.Runtime.InteropServices;
using CleanMessaging.Infrastructure.Errors;
using CleanMessaging.Infrastructure.Limits;
using Microsoft.Extensions.Options;

namespace CleanMessaging.Infrastructure.Identity;

/// <summary>
/// The one place where passwords are hashed and compared: a few at a time, the others wait their turn in bounded number and time, shared fairly by client
/// address (<see cref="HashingQueue"/>). A hash keeps a core busy for 100 ms and more. So it runs on a thread of its own, that no other work waits for,
/// and at a lower priority than all others.
/// </summary>
internal sealed class PasswordHashing(
    PasswordVerifier verifier,
    IOptions<LimitOptions> options,
    LimitLog log)
{
    private readonly HashingQueue _queue = new(
        options.Value.PasswordsAtATime, options.Value.PasswordsWaiting, options.Value.PasswordsWaitingPerAddress);

    /// <summary>
    /// Waits for a place. Use the database before it or after it, never while holding it: with a place, a database that does not answer would keep everybody else
    /// from theirs.
    /// </summary>
    /// <exception cref="RequestRejectedException"><c>server.busy</c>, or <c>rate_limit.concurrency</c> when the address has too many in the queue.</exception>
    public async Task<Place> EnterAsync(PasswordUse use, IPAddress clientAddress, CancellationToken cancellationToken)
    {
        var waiter = _queue.Enter(use, clientAddress);
        var outcome = waiter.Ended.IsCompleted ? await waiter.Ended : await WaitAsync(waiter, cancellationToken);
        if (outcome == HashingQueue.Outcome.Entered)
            return new Place(_queue, verifier);

        if (outcome == HashingQueue.Outcome.TooManyOfAddress)
        {
            log.Reached(nameof(LimitOptions.PasswordsWaitingPerAddress), $"address {clientAddress}");
            throw new RequestRejectedException(LimitErrors.TooManyAtOnce());
        }

        log.Reached(nameof(LimitOptions.PasswordsWaiting), "all callers");
        throw new RequestRejectedException(LimitErrors.Busy());
    }

    private async Task<HashingQueue.Outcome> WaitAsync(HashingQueue.Waiter waiter, CancellationToken cancellationToken)
    {
        try
        {
            return await waiter.Ended.WaitAsync(options.Value.PasswordWait, cancellationToken);
        }
        catch (Exception exception) when (exception is TimeoutException or OperationCanceledException)
        {
            if (_queue.TryLeave(waiter))
            {
                cancellationToken.ThrowIfCancellationRequested();

                return HashingQueue.Outcome.Full;
            }

            // Its turn came at the same moment.
            var outcome = await waiter.Ended;
            if (outcome == HashingQueue.Outcome.Entered && cancellationToken.IsCancellationRequested)
                _queue.Release();

            cancellationToken.ThrowIfCancellationRequested();

            return outcome;
        }
    }

    /// <summary>The right to hash and compare, one after the other, until it is given back.</summary>
    internal sealed class Place(HashingQueue queue, PasswordVerifier verifier) : IDisposable
    {
        public Task<string> HashAsync(string password) => RunAsync(() => verifier.Hash(password));

        /// <summary>Compares a password with a hash. Takes as long when there is no hash, and then says that it is wrong.</summary>
        public Task<PasswordVerdict> VerifyAsync(string? hash, string password) => RunAsync(() => verifier.Verify(hash, password));

        public void Dispose() => queue.Release();

        private static Task<T> RunAsync<T>(Func<T> work) => Task.Factory.StartNew(
            () =>
            {
                LowerThreadPriority();

                return work();
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning | TaskCreationOptions.RunContinuationsAsynchronously,
            TaskScheduler.Default);
    }

    /// <summary>Lets every other thread go first. .NET does not do this on Linux, where a thread's niceness is its own.</summary>
    private static void LowerThreadPriority()
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
