using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Fault.Tests.Load;

/// <summary>
/// Users who send free and paid messages in parallel and follow the documented retry rule: after a 503 or a broken connection they repeat
/// the request with the same key until it is served. In parallel, others read, and an Admin keeps crediting a user who is always short of
/// points.
/// </summary>
internal sealed class SendingLoad(Cast cast, Journal journal, int clientsPerPlace) : IAsyncDisposable
{
    /// <summary>The beginning of every message text; no log may contain it.</summary>
    public const string Secret = "whispered in confidence";

    /// <summary>One in this many messages is sent without a key.</summary>
    private const int WithoutKey = 5;

    private const int CreditedPoints = 30;

    /// <summary>The time after a fault within which each client is served again, on an idle machine.</summary>
    private static readonly TimeSpan _recovery = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan _waitLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan _afterBreak = TimeSpan.FromMilliseconds(200);

    private readonly CancellationTokenSource _stopping = new();
    private readonly List<Task> _clients = [];
    private readonly List<string> _credits = [];
    private TimeSpan _first;
    private volatile bool _isAborted;

    /// <summary>The keys of all credits. After the load has stopped, each of them has been acknowledged.</summary>
    public IReadOnlyList<string> Credits => _credits;

    /// <summary>Starts the load, and returns when each client has been served.</summary>
    public async Task StartAsync()
    {
        _clients.AddRange(
            cast.Places.SelectMany(place => Enumerable.Range(0, clientsPerPlace).Select(_ => Task.Run(() => KeepSendingAsync(place)))));
        _clients.Add(Task.Run(KeepCreditingAsync));
        _clients.Add(Task.Run(KeepReadingAsync));
        _clients.Add(Task.Run(KeepVerifyingAsync));
        _first = await MeasureAsync();
    }

    /// <summary>Stops the load, and returns when each client has finished its current work.</summary>
    public async Task StopAsync()
    {
        await _stopping.CancelAsync();
        await Task.WhenAll(_clients).WaitAsync(_waitLimit, TestContext.Current.CancellationToken);
    }

    /// <summary>
    /// Returns when each sender has been served the given number of times in each of their conversations, counted from now.
    /// </summary>
    public async Task GoOnAsync(int times)
    {
        var since = journal.Now;
        await UntilAsync(() => cast.Places.All(place => ServedSince(since, place).Skip(times - 1).Any()), "the load is not served");
    }

    /// <summary>Returns when the given number of requests have failed, counted from now.</summary>
    public async Task BeRejectedAsync(int times)
    {
        var since = journal.Now;
        await UntilAsync(
            () => journal.Attempts.Count(attempt => attempt.Started > since && !attempt.IsServed) >= times,
            "no request fails during the fault");
    }

    /// <summary>
    /// Call it when a fault has just ended. Fails unless each sender is served again in each of their conversations within the limit. The
    /// limit is 2 s plus twice the time that the first sends after the server's start took, which accounts for a busy machine.
    /// </summary>
    /// <param name="remaining">How long the fault continues at most, which the limit then includes.</param>
    public async Task RecoverAsync(TimeSpan remaining = default)
    {
        var took = await MeasureAsync();
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"served again after {took.TotalSeconds:0.00} s; at first {_first.TotalSeconds:0.00} s");

        took.ShouldBeLessThan(remaining + _recovery + (2 * _first), "until each client was served after the fault");
    }

    /// <summary>Stops without completing the calls in progress; the server must have stopped before.</summary>
    public async ValueTask DisposeAsync()
    {
        _isAborted = true;
        await _stopping.CancelAsync();
        await Task.WhenAll(_clients).ContinueWith(_ => { }, TaskScheduler.Default);
        _stopping.Dispose();
    }

    /// <summary>Makes one call and repeats it, while that is safe, until it is served.</summary>
    /// <param name="isIdempotent">Whether a repeated request has no further effect.</param>
    public async Task<Attempt> DeliverAsync(
        string what, Person caller, Func<TestUser, Task<Answer>> call, bool isIdempotent, Send? send = null)
    {
        long? giveUpAt = null;
        while (true)
        {
            var user = caller.User;
            var attempt = await journal.CallAsync(what, () => call(user), send);
            if (attempt.Answer is { Status: HttpStatusCode.Unauthorized })
            {
                await caller.LogInAgainAsync(user);
                continue;
            }

            if (attempt.IsServed || (attempt.IsInDoubt && !isIdempotent) || _isAborted)
                return attempt;

            if (attempt.IsUnavailable && !attempt.Answer!.Body.GetProperty("retryable").GetBoolean())
                journal.Fault($"'retryable' should be true: {attempt}");

            // There are no faults after the load has stopped.
            giveUpAt ??= _stopping.IsCancellationRequested ? Stopwatch.GetTimestamp() + (Stopwatch.Frequency * 10) : null;
            if (Stopwatch.GetTimestamp() > giveUpAt)
            {
                journal.Fault($"never served: {attempt}");

                return attempt;
            }

            await Task.Delay(attempt.Answer?.Headers.RetryAfter?.Delta ?? _afterBreak * (0.5 + Random.Shared.NextDouble()));
        }
    }

    /// <summary>Returns a unique message text.</summary>
    public static string NewContent() => $"{Secret} {Guid.CreateVersion7()}";

    private async Task KeepSendingAsync(Place place)
    {
        for (var number = Random.Shared.Next(WithoutKey); !_stopping.IsCancellationRequested; number++)
        {
            var send = new Send(place.Sender, place.ConversationId, NewContent(), number % WithoutKey == 0 ? null : Guid.CreateVersion7());
            var attempt = await DeliverAsync("send", place.Sender, user => SendAsync(user, send), isIdempotent: send.Key is not null, send);

            // A sender without points waits longer before the next message.
            await PauseAsync(attempt.IsAcknowledged ? 60 : 200);
        }
    }

    private async Task KeepCreditingAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            var key = $"credit-{Guid.CreateVersion7()}";
            _credits.Add(key);
            await DeliverAsync("credit", cast.Admin, admin => CreditAsync(admin, cast.Poor, CreditedPoints, key), isIdempotent: true);
            await PauseAsync(300);
        }
    }

    private async Task KeepReadingAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            foreach (var (reader, conversationId) in cast.Places)
            {
                await DeliverAsync("GET quota", reader, user => user.GetAsync("/api/messages/quota"), isIdempotent: true);
                await DeliverAsync(
                    "GET messages",
                    reader,
                    user => user.GetAsync($"/api/messages?conversationId={conversationId}&limit=10"),
                    isIdempotent: true);
                await DeliverAsync("read", reader, user => user.MarkReadAsync(conversationId), isIdempotent: true);
                await DeliverAsync("GET conversations", reader, user => user.GetAsync("/api/conversations"), isIdempotent: true);
                await PauseAsync(100);
                if (_stopping.IsCancellationRequested)
                    return;
            }
        }
    }

    /// <summary>Verifies repeatedly during the load that the ledger and the balances agree.</summary>
    private async Task KeepVerifyingAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            var verified = await DeliverAsync(
                "GET verify", cast.Admin, admin => admin.GetAsync("/api/admin/wallets/verify"), isIdempotent: true);

            // Null as long as there are further steps.
            if (verified.IsAcknowledged && verified.Answer!.Data.GetProperty("consistent").ValueKind == JsonValueKind.False)
                journal.Fault(verified.ToString());

            await PauseAsync(500);
        }
    }

    private static Task<Answer> SendAsync(TestUser sender, Send send) => send.Key is { } key
        ? sender.SendAsync(send.ConversationId, send.Content, key)
        : sender.SendAsync(send.ConversationId, send.Content);

    public static async Task<Answer> CreditAsync(TestUser admin, Person receiver, long amount, string key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/api/admin/wallets/{receiver.Id}/credit")
        {
            Content = JsonContent.Create(new { amount, reason = "Load" }),
            Headers = { { "Idempotency-Key", key } },
        };

        return await Answer.OfAsync(await admin.Client.SendAsync(request));
    }

    private IEnumerable<Attempt> ServedSince(TimeSpan since, Place place) => journal.Attempts.Where(attempt =>
        attempt.Ended > since
            && attempt.IsServed
            && attempt.Send is { } send
            && send.Sender == place.Sender
            && send.ConversationId == place.ConversationId);

    /// <summary>Returns the time from now until each sender has been served in each of their conversations.</summary>
    private async Task<TimeSpan> MeasureAsync()
    {
        var since = journal.Now;
        await UntilAsync(() => cast.Places.All(place => ServedSince(since, place).Any()), "the load is not served");

        return cast.Places.Max(place => ServedSince(since, place).Min(attempt => attempt.Ended)) - since;
    }

    private async Task UntilAsync(Func<bool> condition, string what)
    {
        var started = Stopwatch.GetTimestamp();
        while (!condition())
        {
            journal.ShouldBeGood();
            Stopwatch.GetElapsedTime(started).ShouldBeLessThan(_waitLimit, what);
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>Waits for 0.5 to 1.5 times the given time, or until the load stops.</summary>
    private async Task PauseAsync(int milliseconds)
    {
        try
        {
            await Task.Delay(TimeSpan.FromMilliseconds(milliseconds * (0.5 + Random.Shared.NextDouble())), _stopping.Token);
        }
        catch (OperationCanceledException)
        {
            // The load stops.
        }
    }
}
