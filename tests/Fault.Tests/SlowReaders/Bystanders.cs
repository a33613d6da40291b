using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Fault.Tests.SlowReaders;

/// <summary>
/// Two users who work normally during an attack by others. They send, read pages and lists, and sync, one request after the other.
/// </summary>
internal sealed class Bystanders(TestUser investor, TestUser startup, Guid conversationId)
{
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(50);

    /// <summary>The durations of requests in milliseconds and their statuses over a period.</summary>
    public async Task<Measured> MeasureAsync(Task until)
    {
        var measured = new Measured();
        await Task.WhenAll(
            RepeatAsync(
                until,
                measured,
                number => investor.Client.PostAsJsonAsync("/api/messages/send", new { conversationId, content = $"Number {number}" })),
            RepeatAsync(until, measured, _ => startup.Client.GetAsync($"/api/messages?conversationId={conversationId}&limit=20")),
            RepeatAsync(until, measured, _ => startup.Client.GetAsync("/api/conversations")),
            RepeatAsync(until, measured, _ => investor.Client.PostAsJsonAsync(
                "/api/sync", new { conversations = new[] { new { conversationId, sinceRevision = 1_000_000 } } })));

        return measured;
    }

    private static async Task RepeatAsync(Task until, Measured measured, Func<int, Task<HttpResponseMessage>> request)
    {
        for (var number = 1; !until.IsCompleted; number++)
        {
            var started = Stopwatch.GetTimestamp();
            try
            {
                using var answer = await request(number);
                measured.Add(Stopwatch.GetElapsedTime(started), answer.StatusCode);
            }
            catch (HttpRequestException)
            {
                measured.Add(Stopwatch.GetElapsedTime(started), default);
            }

            await Task.Delay(_pause, TestContext.Current.CancellationToken);
        }
    }

    internal sealed class Measured
    {
        private readonly ConcurrentBag<double> _milliseconds = [];
        private readonly ConcurrentDictionary<HttpStatusCode, int> _statuses = new();

        /// <summary>The number of responses by status; status 0 means no response.</summary>
        public IReadOnlyDictionary<HttpStatusCode, int> Statuses => _statuses;

        public int Count => _milliseconds.Count;

        public double Median => Percentile(50);

        public double P95 => Percentile(95);

        public void Add(TimeSpan time, HttpStatusCode status)
        {
            _milliseconds.Add(time.TotalMilliseconds);
            _statuses.AddOrUpdate(status, 1, (_, count) => count + 1);
        }

        public override string ToString() =>
            $"{Count} requests, median {Median:0.0} ms, p95 {P95:0.0} ms, {string.Join(", ", _statuses.Select(one => $"{(int)one.Key} x {one.Value}"))}";

        private double Percentile(int percent) =>
            _milliseconds.Order().ElementAt(Math.Min(_milliseconds.Count - 1, _milliseconds.Count * percent / 100));
    }
}
