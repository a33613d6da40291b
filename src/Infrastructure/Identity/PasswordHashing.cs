using System.Net;
using System.Runtime.InteropServices;
using CleanMessaging.Infrastructure.Errors;
using CleanMessaging.Infrastructure.Limits;
using Microsoft.Extensions.Options;

namespace CleanMessaging.Infrastructure.Identity;

/// <summary>
/// Hashes and compares passwords. Only a few run at a time. The others wait in a queue that is bounded in length and time, and shared
/// fairly by client address (<see cref="HashingQueue"/>). A hash keeps a core busy for 100 ms or more, so it runs on its own thread, which
/// no other work waits for, at a lower priority than all other threads.
/// </summary>
internal sealed class PasswordHashing(
    PasswordVerifier verifier,
    IOptions<LimitOptions> options,
    LimitLog log)
{
    private readonly HashingQueue _queue = new(
        options.Value.PasswordsAtATime, options.Value.PasswordsWaiting, options.Value.PasswordsWaitingPerAddress);

    /// <summary>
    /// Waits for a slot. Use the database before or after holding the slot, never while holding it: a database that does not answer would
    /// otherwise keep all other callers from their slots.
    /// </summary>
    /// <exception cref="RequestRejectedException">
    /// <c>server.busy</c>, or <c>rate_limit.concurrency</c> when the address has too many in the queue.
    /// </exception>
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

            // The caller got a slot at the moment in which its wait ended.
            var outcome = await waiter.Ended;
            if (outcome == HashingQueue.Outcome.Entered && cancellationToken.IsCancellationRequested)
                _queue.Release();

            cancellationToken.ThrowIfCancellationRequested();

            return outcome;
        }
    }

    /// <summary>The right to hash and compare passwords, one after the other, until it is disposed.</summary>
    internal sealed class Place(HashingQueue queue, PasswordVerifier verifier) : IDisposable
    {
        public Task<string> HashAsync(string password) => RunAsync(() => verifier.Hash(password));

        /// <summary>
        /// Compares a password with a hash. Without a hash the comparison takes as long, and the result is that the password is wrong.
        /// </summary>
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

    /// <summary>
    /// Lowers the priority of the current thread below all others. .NET does not do this on Linux, where niceness is set per thread.
    /// </summary>
    private static void LowerThreadPriority()
    {
        const int ThisThread = 0;
        const int Niceness = 5;

        if (OperatingSystem.IsLinux())
            _ = SetPriority(ThisThread, ThisThread, Niceness);
        else
            Thread.CurrentThread.Priority = ThreadPriority.BelowNormal;
    }

    /// <summary>The result is ignored: a failure changes only the order in which threads run.</summary>
    [DllImport("libc", EntryPoint = "setpriority")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetPriority(int which, int who, int priority);
}
