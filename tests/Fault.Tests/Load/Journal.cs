using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Fault.Tests.Load;

/// <summary>Records every request that a load makes, and its outcome.</summary>
/// <param name="isExpected">Returns whether an outcome other than success, 402 or 503 is allowed.</param>
internal sealed class Journal(Func<Attempt, bool> isExpected)
{
    /// <summary>The longest time that any call may take, also during a fault.</summary>
    private static readonly TimeSpan _longest = TimeSpan.FromSeconds(6);

    private readonly long _began = Stopwatch.GetTimestamp();
    private readonly ConcurrentQueue<Attempt> _attempts = new();
    private readonly ConcurrentQueue<string> _faults = new();

    public IReadOnlyCollection<Attempt> Attempts => _attempts;

    public TimeSpan Now => Stopwatch.GetElapsedTime(_began);

    /// <summary>Makes a call and records its outcome.</summary>
    public async Task<Attempt> CallAsync(string what, Func<Task<Answer>> call, Send? send = null)
    {
        var started = Now;
        Answer? answer = null;
        try
        {
            answer = await call();
        }
        catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException)
        {
            // There was no response or only part of one, or the client timed out.
        }

        var attempt = new Attempt(what, send, answer, started, Now);
        _attempts.Enqueue(attempt);
        if (!IsGood(attempt))
            _faults.Enqueue(attempt.ToString());

        return attempt;
    }

    /// <summary>Records an error that no response shows.</summary>
    public void Fault(string what) => _faults.Enqueue(what);

    /// <summary>Fails the test if a response was late or had an unexpected status, or if another error was recorded.</summary>
    public void ShouldBeGood() => _faults.ShouldBeEmpty($"{_faults.Count} of {_attempts.Count} calls");

    private bool IsGood(Attempt attempt)
    {
        if (attempt.Took > _longest)
            return false;

        return attempt.Answer switch
        {
            { Status: HttpStatusCode.OK or HttpStatusCode.Created or HttpStatusCode.PaymentRequired } => true,
            { Status: HttpStatusCode.ServiceUnavailable } unavailable => unavailable.Headers.RetryAfter is { Delta.TotalSeconds: >= 1 },
            _ => isExpected(attempt),
        };
    }
}
