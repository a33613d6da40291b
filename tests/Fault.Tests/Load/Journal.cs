using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Fault.Tests.Load;

/// <summary>Every request that a load made, and what became of it.</summary>
/// <param name="isExpected">What may come of a request beside success, 402 and 503.</param>
internal sealed class Journal(Func<Attempt, bool> isExpected)
{
    /// <summary>No call may take longer, whatever happens.</summary>
    private static readonly TimeSpan _longest = TimeSpan.FromSeconds(6);

    private readonly long _began = Stopwatch.GetTimestamp();
    private readonly ConcurrentQueue<Attempt> _attempts = new();
    private readonly ConcurrentQueue<string> _faults = new();

    public IReadOnlyCollection<Attempt> Attempts => _attempts;

    public TimeSpan Now => Stopwatch.GetElapsedTime(_began);

    /// <summary>Makes a call and writes down what came of it.</summary>
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
            // Nobody answered, or not to the end, or the client has given up waiting.
        }

        var attempt = new Attempt(what, send, answer, started, Now);
        _attempts.Enqueue(attempt);
        if (!IsGood(attempt))
            _faults.Enqueue(attempt.ToString());

        return attempt;
    }

    /// <summary>Writes down what must not be, beside what the answers tell.</summary>
    public void Fault(string what) => _faults.Enqueue(what);

    /// <summary>Fails the test when something was answered late, or with what is no answer to a fault.</summary>
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
