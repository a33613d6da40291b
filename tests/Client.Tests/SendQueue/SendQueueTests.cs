using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using CleanMessaging.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace CleanMessaging.Client.Tests.SendQueue;

/// <summary>
/// Tests that each queued message is sent with the same id until the server stores it or rejects it permanently, and that the store matches
/// what is shown.
/// </summary>
public sealed class SendQueueTests : IAsyncDisposable
{
    private static readonly JsonSerializerOptions _web = new(JsonSerializerDefaults.Web);

    private readonly FakeTimeProvider _time = new(Given.Noon);
    private readonly FailingStore _store = new();
    private readonly ConcurrentQueue<string> _changes = new();
    private readonly ConcurrentQueue<(Guid Id, string Content)> _attempts = new();
    private readonly ConcurrentQueue<string> _accepted = new();
    private readonly ServerClock _serverClock;
    private readonly ScriptedServer _server;
    private readonly MessagingClient _client;
    private Client.SendQueue _queue;

    /// <summary>The server's response to an attempt; null accepts it.</summary>
    private Func<Attempt, Task<HttpResponseMessage?>> _answer = _ => Task.FromResult<HttpResponseMessage?>(null);

    public SendQueueTests()
    {
        _serverClock = new ServerClock(_time);
        _server = new ScriptedServer(AnswerAsync);
        _client = new MessagingClient(new Uri("http://localhost"), handler: _server);
        _queue = NewQueue();
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await _queue.DisposeAsync();
        _client.Dispose();
        _server.Dispose();
    }

    [Fact]
    public async Task Add_OfSeveral_SendsThemOneAfterTheOtherInTheirOrder()
    {
        await SignInAsync();
        var atOnce = 0;
        var most = 0;
        _answer = async _ =>
        {
            most = Math.Max(most, Interlocked.Increment(ref atOnce));
            await Task.Yield();
            Interlocked.Decrement(ref atOnce);

            return null;
        };

        for (var number = 1; number <= 20; number++)
            await AddAsync($"Message {number}");
        await EmptyAsync();

        Sent.ShouldBe(Enumerable.Range(1, 20).Select(number => $"Message {number}"));
        most.ShouldBe(1);
    }

    [Fact]
    public async Task Add_BeforeTheFirstAttempt_IsStoredUnderItsId()
    {
        await SignInAsync();
        QueuedMessage? stored = null;
        _answer = async _ =>
        {
            stored = (await _store.LoadAsync(Given.Ines.Id, Cancellation)).SingleOrDefault();

            return null;
        };

        var added = await AddAsync("Hello");
        await EmptyAsync();

        stored.ShouldBe(added);
        Ids("Hello").ShouldBe([added.ClientMessageId]);
        (await _store.LoadAsync(Given.Ines.Id, Cancellation)).ShouldBeEmpty();
        _changes.ShouldBe(["Hello Waiting", "Hello Sent"]);
    }

    [Fact]
    public async Task Add_ThatCannotBeStored_IsNeitherShownNorSent()
    {
        await SignInAsync();
        _store.FailSave = true;

        await Should.ThrowAsync<IOException>(() => AddAsync("Hello"));

        _queue.All.ShouldBeEmpty();
        _store.FailSave = false;
        await AddAsync("Later");
        await EmptyAsync();
        Sent.ShouldBe(["Later"]);
    }

    [Fact]
    public async Task Add_InParallel_KeepsOneOrderForTheStoreAndTheServer()
    {
        await SignInAsync();

        var added = await Task.WhenAll(Enumerable.Range(1, 30).Select(number => Task.Run(() => AddAsync($"Message {number}"))));
        await EmptyAsync();

        added.Select(message => message.QueuedAt).Distinct().Count().ShouldBe(30);
        Sent.ShouldBe(added.OrderBy(message => message.QueuedAt).Select(message => message.Content));
    }

    [Fact]
    public async Task Add_OnADeviceWhoseClockIsAhead_IsOfTheServersTime()
    {
        _serverClock.AddReading(Given.Noon.AddDays(-2), _time.GetTimestamp());

        var added = await AddAsync("Not yet");

        added.QueuedAt.ShouldBe(Given.Noon.AddDays(-2));
    }

    [Fact]
    public async Task Add_AfterTheClockWentBack_ComesStillLater()
    {
        var first = await AddAsync("First");
        await RestartAsync(Given.Noon.AddHours(-3));

        var second = await AddAsync("Second");
        await RestartAsync(Given.Noon.AddHours(-3));

        second.QueuedAt.ShouldBeGreaterThan(first.QueuedAt);
        _queue.Of(Given.ConversationId).Select(message => message.Content).ShouldBe(["First", "Second"]);
    }

    [Theory]
    [InlineData("unreachable")]
    [InlineData("lost")]
    [InlineData("unavailable")]
    [InlineData("unknown")]
    [InlineData("error")]
    [InlineData("limited")]
    [InlineData("page")]
    public async Task Send_ThatMaySucceedLater_IsRepeatedUnderTheSameId(string failure)
    {
        await SignInAsync();
        Answer(attempt => attempt.Number <= 3 ? Fail(failure, attempt) : null);

        var added = await AddAsync("Hello");
        await EmptyAsync(advance: TimeSpan.FromSeconds(2));

        Ids("Hello").ShouldBe(Enumerable.Repeat(added.ClientMessageId, 4));
        _changes.ShouldBe(["Hello Waiting", "Hello Sent"]);
    }

    [Fact]
    public async Task Send_RejectedForGood_StaysWithTheReasonAndDelaysNothing()
    {
        await SignInAsync();
        Answer(attempt => attempt.Content == "Dear" ? ConsentRequired() : null);

        var dear = await AddAsync("Dear", maxPoints: 0);
        await AddAsync("Free");
        await Eventually.TrueAsync(() => _changes.Count == 4, "They are not sent.");

        Sent.ShouldBe(["Free"]);
        var rejected = _queue.All.ShouldHaveSingleItem();
        rejected.ShouldBe(dear with { Failure = new SendFailure("payment.consent_required", "Rejected: payment.consent_required.", 10, 500, Given.Noon.AddHours(12)) });
        (await _store.LoadAsync(Given.Ines.Id, Cancellation)).ShouldHaveSingleItem().ShouldBe(rejected);
        _changes.ShouldContain("Dear Failed");
        Ids("Dear").Count.ShouldBe(1);
    }

    [Fact]
    public async Task Send_RejectedForItsForm_SaysWhatIsWrong()
    {
        await SignInAsync();
        Answer(_ => ScriptedServer.Problem(
            HttpStatusCode.BadRequest,
            "validation.failed",
            more: "\"errors\":{\"content\":[{\"code\":\"message.empty\",\"message\":\"There is nothing to see.\"}]}"));

        await AddAsync(" ");
        await Eventually.TrueAsync(() => _queue.All is [{ Failure: not null }], "It is not rejected.");

        _queue.All[0].Failure.ShouldBe(new SendFailure("message.empty", "There is nothing to see."));
    }

    [Fact]
    public async Task Retry_OfARejectedOne_SendsItUnderTheSameIdInItsPlace()
    {
        await SignInAsync();
        Answer(attempt => attempt.Number == 1 ? ConsentRequired() : null);
        var dear = await AddAsync("Dear", maxPoints: 0);
        await Eventually.TrueAsync(() => _queue.All is [{ Failure: not null }], "It is not rejected.");

        await _queue.RetryAsync(dear.ClientMessageId, maxPoints: 10, Cancellation);
        await EmptyAsync();

        Ids("Dear").ShouldBe([dear.ClientMessageId, dear.ClientMessageId]);
        _server.Requests.Last().Body.ShouldContain("\"maxPoints\":10");
        _changes.ShouldBe(["Dear Waiting", "Dear Failed", "Dear Waiting", "Dear Sent"]);
    }

    [Fact]
    public async Task Retry_OfOneThatIsOnItsWayOrUnknown_DoesNothing()
    {
        var waiting = await AddAsync("Hello");

        await _queue.RetryAsync(waiting.ClientMessageId, maxPoints: 10, Cancellation);
        await _queue.RetryAsync(Guid.CreateVersion7(), maxPoints: 10, Cancellation);

        _queue.All.ShouldHaveSingleItem().ShouldBe(waiting);
    }

    [Fact]
    public async Task Discard_OfOne_ForgetsItHereAndInTheStore()
    {
        var message = await AddAsync("Hello");

        await _queue.DiscardAsync(message.ClientMessageId, Cancellation);
        await _queue.DiscardAsync(message.ClientMessageId, Cancellation);

        _queue.All.ShouldBeEmpty();
        (await _store.LoadAsync(Given.Ines.Id, Cancellation)).ShouldBeEmpty();
        _changes.ShouldBe(["Hello Waiting", "Hello Discarded"]);
    }

    [Fact]
    public async Task Discard_ThatCannotBeStored_KeepsTheMessageAndSaysSo()
    {
        var message = await AddAsync("Hello");
        _store.FailRemove = true;

        await Should.ThrowAsync<IOException>(() => _queue.DiscardAsync(message.ClientMessageId, Cancellation));

        _queue.All.ShouldHaveSingleItem().ShouldBe(message);
    }

    [Fact]
    public async Task Discard_WhileItIsRejected_LeavesNothingInTheStore()
    {
        await SignInAsync();
        var (asked, answer) = (new TaskCompletionSource(), new TaskCompletionSource());
        _answer = async attempt =>
        {
            asked.TrySetResult();
            await answer.Task;

            return attempt.Content == "Hello" ? ScriptedServer.Problem(HttpStatusCode.NotFound, "conversation.not_found") : null;
        };
        var message = await AddAsync("Hello");
        await asked.Task;

        await _queue.DiscardAsync(message.ClientMessageId, Cancellation);
        answer.SetResult();
        await AddAsync("Next");
        await EmptyAsync();

        (await _store.LoadAsync(Given.Ines.Id, Cancellation)).ShouldBeEmpty();
        _changes.ShouldNotContain("Hello Failed");
    }

    [Fact]
    public async Task Acknowledge_WhileItIsSent_TakesItOutOnce()
    {
        await SignInAsync();
        var (asked, answer) = (new TaskCompletionSource(), new TaskCompletionSource());
        _answer = async _ =>
        {
            asked.TrySetResult();
            await answer.Task;

            return null;
        };
        var message = await AddAsync("Hello");
        await asked.Task;

        await _queue.AcknowledgeAsync(message.ClientMessageId);
        _queue.All.ShouldBeEmpty();
        answer.SetResult();
        await AddAsync("Next");
        await EmptyAsync();

        _changes.Count(change => change == "Hello Sent").ShouldBe(1);
        Ids("Hello").Count.ShouldBe(1);
    }

    [Fact]
    public async Task Acknowledge_ThatCannotBeStored_IsShownAllTheSame()
    {
        await SignInAsync();
        _store.FailRemove = true;

        await AddAsync("Hello");
        await AddAsync("Next");
        await EmptyAsync();

        Sent.ShouldBe(["Hello", "Next"]);
        _changes.ShouldContain("Hello Sent");

        // Sent again after the next start, which changes nothing.
        _store.FailRemove = false;
        await RestartAsync(Given.Noon, isSignedIn: true);
        await EmptyAsync();
        Ids("Hello").Distinct().ShouldHaveSingleItem();
        (await _store.LoadAsync(Given.Ines.Id, Cancellation)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Rejection_ThatCannotBeStored_IsShownAndDelaysNothing()
    {
        await SignInAsync();
        Answer(attempt =>
        {
            _store.FailSave = attempt.Content == "Dear";

            return attempt.Content == "Dear" ? ScriptedServer.Problem(HttpStatusCode.NotFound, "conversation.not_found") : null;
        });

        await AddAsync("Dear");
        await Eventually.TrueAsync(() => _changes.Contains("Dear Failed"), "It is not rejected.");
        _store.FailSave = false;
        await AddAsync("Free");
        await Eventually.TrueAsync(() => _changes.Contains("Free Sent"), "The failed message blocks the next one.");

        Ids("Dear").Count.ShouldBe(1);
    }

    [Fact]
    public async Task Load_OfWhatAnEarlierProcessLeft_SendsItInItsOrderAndNotWhatWasRejected()
    {
        await AddAsync("First");
        await AddAsync("Second");
        await _store.SaveAsync(
            _queue.All[0] with { ClientMessageId = Guid.CreateVersion7(), Content = "Rejected", Failure = new SendFailure("x", "y") },
            Cancellation);
        await _store.SaveAsync(
            _queue.All[0] with { ClientMessageId = Guid.CreateVersion7(), Content = "Of another user", SenderId = Given.Stan.Id },
            Cancellation);

        await RestartAsync(Given.Noon, isSignedIn: true);
        await Eventually.TrueAsync(() => _changes.Contains("Second Sent"), "They are not sent.");

        Sent.ShouldBe(["First", "Second"]);
        _queue.All.ShouldHaveSingleItem().Content.ShouldBe("Rejected");
    }

    [Fact]
    public async Task Load_OfWhatAnotherProcessSavesInBetween_SendsItInTheOrderOfItsArrival()
    {
        await SignInAsync();
        var away = true;
        Answer(attempt => away ? Fail("unreachable", attempt) : null);
        await using var other = NewQueue();
        await AddAsync("First");
        _time.Advance(TimeSpan.FromTicks(1));
        await other.AddAsync(Given.Ines.Id, Given.ConversationId, new NewMessage("Second"), Cancellation);
        _time.Advance(TimeSpan.FromTicks(1));
        await AddAsync("Third");
        await other.DisposeAsync();

        await LoadAsync();
        await LoadAsync();
        _queue.All.Select(message => message.Content).ShouldBe(["First", "Second", "Third"]);
        await AddAsync("Fourth");
        away = false;
        await EmptyAsync(advance: TimeSpan.FromSeconds(2));

        Sent.ShouldBe(["First", "Second", "Third", "Fourth"]);
        (await _store.LoadAsync(Given.Ines.Id, Cancellation)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Load_OfWhatIsKnownAlready_ReportsAndSendsNothingTwice()
    {
        await SignInAsync();
        var (asked, answer) = (new TaskCompletionSource(), new TaskCompletionSource());
        _answer = async _ =>
        {
            asked.TrySetResult();
            await answer.Task;

            return null;
        };
        await AddAsync("Hello");
        await asked.Task;

        await LoadAsync();
        answer.SetResult();
        await EmptyAsync();
        await LoadAsync();

        _changes.ShouldBe(["Hello Waiting", "Hello Sent"]);
        Ids("Hello").Count.ShouldBe(1);
    }

    [Fact]
    public async Task Load_BeforeTheStoreKnowsThatAMessageWasSent_DoesNotBringItBack()
    {
        await SignInAsync();
        _store.FailRemove = true;
        await AddAsync("Hello");
        await EmptyAsync();

        await LoadAsync();

        _queue.All.ShouldBeEmpty();
        _changes.ShouldBe(["Hello Waiting", "Hello Sent"]);
    }

    [Fact]
    public async Task Load_OfWhatWasRejectedOrRetriedByAnotherProcess_ShowsItAsItIsThere()
    {
        var message = await AddAsync("Hello");
        var rejected = message with { Failure = new SendFailure("payment.consent_required", "It costs more.", 10, 500) };

        await _store.SaveAsync(rejected, Cancellation);
        await LoadAsync();
        _queue.All.ShouldHaveSingleItem().ShouldBe(rejected);
        var retried = message with { MaxPoints = 10 };
        await _store.SaveAsync(retried, Cancellation);
        await LoadAsync();

        _queue.All.ShouldHaveSingleItem().ShouldBe(retried);
        _changes.ShouldBe(["Hello Waiting", "Hello Failed", "Hello Waiting"]);
    }

    [Fact]
    public async Task OneConversation_WhoseMessageDoesNotGetThrough_DelaysNoOther()
    {
        await SignInAsync();
        Answer(attempt => attempt.Content == "Stuck" ? Fail("unavailable", attempt) : null);

        await AddAsync("Stuck");
        await AddAsync("Behind it");
        await _queue.AddAsync(Given.Ines.Id, Given.IdOf(2), new NewMessage("Elsewhere"), Cancellation);
        await Eventually.TrueAsync(() => _changes.Contains("Elsewhere Sent"), "A message of another conversation blocks this one.");

        Sent.ShouldBe(["Elsewhere"]);
        _queue.Of(Given.ConversationId).Select(message => message.Content).ShouldBe(["Stuck", "Behind it"]);
    }

    [Fact]
    public async Task Send_WhileTheServerAsksToWait_IsNotRepeatedBeforeThat()
    {
        await SignInAsync();
        Answer(attempt => attempt.Number == 1 ? Fail("limited", attempt) : null);
        await AddAsync("Hello");
        await Eventually.TrueAsync(() => _attempts.Count == 1, "It is not tried.");

        _queue.Wake();
        for (var step = 0; step < 19; step++)
        {
            _time.Advance(TimeSpan.FromMilliseconds(100));
            await Task.Yield();
        }

        _attempts.Count.ShouldBe(1);
        await EmptyAsync(advance: TimeSpan.FromMilliseconds(100));
    }

    [Fact]
    public async Task Wake_OfWhatWaits_TriesItAtOnce()
    {
        await SignInAsync();
        Answer(attempt => attempt.Number == 1 ? Fail("unreachable", attempt) : null);
        await AddAsync("Hello");
        await Eventually.TrueAsync(() => _attempts.Count == 1, "It is not tried.");

        // The attempt may still be in progress.
        _queue.Wake();

        await EmptyAsync();
    }

    [Fact]
    public async Task Send_WhenNoUserIsSignedIn_LeavesItForTheNextSession()
    {
        await AddAsync("Hello");

        await _queue.DisposeAsync();

        _server.Requests.ShouldBeEmpty();
        (await _store.LoadAsync(Given.Ines.Id, Cancellation)).ShouldHaveSingleItem().Failure.ShouldBeNull();
    }

    [Fact]
    public async Task WaitUntilSent_OfSomeSentAndSomeRejected_EndsWithTheLastOfThem()
    {
        await SignInAsync();
        await _queue.WaitUntilSentAsync(Cancellation);
        var answer = new TaskCompletionSource();
        _answer = async attempt =>
        {
            await answer.Task;

            return attempt.Content == "Dear" ? ConsentRequired() : null;
        };
        await AddAsync("Free");
        await AddAsync("Dear");

        var waiting = _queue.WaitUntilSentAsync(Cancellation);
        waiting.IsCompleted.ShouldBeFalse();
        answer.SetResult();
        await waiting;

        Sent.ShouldBe(["Free"]);
        _queue.All.ShouldHaveSingleItem().Failure.ShouldNotBeNull();
    }

    [Fact]
    public async Task WaitUntilSent_WhenItEndsBefore_IsCanceled()
    {
        await AddAsync("Hello");
        var waiting = _queue.WaitUntilSentAsync(Cancellation);

        await _queue.DisposeAsync();

        await Should.ThrowAsync<OperationCanceledException>(() => waiting);
    }

    [Fact]
    public async Task Dispose_WhileSending_EndsAndKeepsTheMessage()
    {
        await SignInAsync();
        var asked = new TaskCompletionSource();
        _answer = async attempt =>
        {
            asked.TrySetResult();
            await Task.Delay(Timeout.Infinite, attempt.Canceled);

            return null;
        };
        await AddAsync("Hello");
        await asked.Task;

        await _queue.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(5), Cancellation);

        (await _store.LoadAsync(Given.Ines.Id, Cancellation)).ShouldHaveSingleItem().Failure.ShouldBeNull();
    }

    private IReadOnlyList<string> Sent => [.. _accepted];

    /// <summary>Returns the ids with which a text was sent, one for each attempt.</summary>
    private IReadOnlyList<Guid> Ids(string content) =>
        [.. _attempts.Where(attempt => attempt.Content == content).Select(attempt => attempt.Id)];

    private void Answer(Func<Attempt, HttpResponseMessage?> answer) => _answer = attempt => Task.FromResult(answer(attempt));

    private Task LoadAsync() => _queue.LoadAsync(Given.Ines.Id, Cancellation);

    private Task SignInAsync() => _client.Api.Tokens.SignInAsync(Given.Credentials("1", DateTimeOffset.MaxValue), Cancellation);

    private Task<QueuedMessage> AddAsync(string content, long? maxPoints = null) =>
        _queue.AddAsync(Given.Ines.Id, Given.ConversationId, new NewMessage(content, MaxPoints: maxPoints), Cancellation);

    /// <summary>Waits until the send queue is empty.</summary>
    /// <param name="advance">The time by which the clock advances at each check.</param>
    private Task EmptyAsync(TimeSpan advance = default) => Eventually.TrueAsync(
        () =>
        {
            _time.Advance(advance);

            return _queue.All.Count == 0;
        },
        "The queue does not become empty.");

    private Client.SendQueue NewQueue()
    {
        var queue = new Client.SendQueue(
            new SendQueueCalls(_client.Messages),
            _store,
            new Backoff(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2)),
            _time,
            _serverClock,
            NullLogger.Instance);
        queue.Changed += (message, state) => _changes.Enqueue($"{message.Content} {state}");

        return queue;
    }

    /// <summary>Simulates another process that uses the same store.</summary>
    private async Task RestartAsync(DateTimeOffset now, bool isSignedIn = false)
    {
        await _queue.DisposeAsync();
        if (isSignedIn)
            await SignInAsync();
        _changes.Clear();
        _time.AdjustTime(now);
        _queue = NewQueue();
        await LoadAsync();
    }

    private static HttpResponseMessage ConsentRequired() => ScriptedServer.Problem(
        HttpStatusCode.PaymentRequired,
        "payment.consent_required",
        more: "\"price\":10,\"balance\":500,\"remainingFree\":0,\"resetsAt\":\"2026-03-02T00:00:00Z\"");

    private HttpResponseMessage Fail(string how, Attempt attempt)
    {
        switch (how)
        {
            case "lost":
                _accepted.Enqueue(attempt.Content);
                throw new IOException("The answer was lost.");
            case "unavailable":
                return ScriptedServer.Problem(HttpStatusCode.ServiceUnavailable, "storage.unavailable", retryable: true);
            case "unknown":
                return ScriptedServer.Problem(HttpStatusCode.ServiceUnavailable, "storage.outcome_unknown");
            case "error":
                return ScriptedServer.Problem(HttpStatusCode.InternalServerError, "internal_error");
            case "limited":
                return ScriptedServer.Problem(
                    HttpStatusCode.TooManyRequests, "rate_limit.exceeded", retryable: true, more: "\"retryAfter\":2");
            case "page":
                return new HttpResponseMessage(HttpStatusCode.Forbidden) { Content = new StringContent("<html>Log in to this network</html>") };
            default:
                throw new HttpRequestException("There is no network.");
        }
    }

    private async Task<HttpResponseMessage> AnswerAsync(ScriptedServer.Request request, CancellationToken cancellationToken)
    {
        request.Line.ShouldBe("POST /api/messages/send");
        var sent = JsonDocument.Parse(request.Body).RootElement;
        var (id, content) = (sent.GetProperty("clientMessageId").GetGuid(), sent.GetProperty("content").GetString()!);
        _attempts.Enqueue((id, content));
        if (await _answer(new Attempt(content, Ids(content).Count, cancellationToken)) is { } rejection)
            return rejection;

        _accepted.Enqueue(content);
        var message = Given.Message(_accepted.Count, content: content) with { SenderId = Given.Ines.Id, ClientMessageId = id };

        return ScriptedServer.Json(
            JsonSerializer.Serialize(new { success = true, data = message, charge = new { points = 0 } }, _web), HttpStatusCode.Created);
    }

    /// <param name="Number">1 for the first attempt to send this text.</param>
    private sealed record Attempt(string Content, int Number, CancellationToken Canceled);

    /// <summary>A store that fails as with a full or read-only disk, when a test requests it.</summary>
    private sealed class FailingStore : ISendQueueStore
    {
        private readonly MemorySendQueueStore _inner = new();

        public volatile bool FailSave;

        public volatile bool FailRemove;

        public ValueTask<IReadOnlyList<QueuedMessage>> LoadAsync(Guid senderId, CancellationToken cancellationToken = default) =>
            _inner.LoadAsync(senderId, cancellationToken);

        public ValueTask SaveAsync(QueuedMessage message, CancellationToken cancellationToken = default) =>
            FailSave ? throw new IOException("The disk is full.") : _inner.SaveAsync(message, cancellationToken);

        public ValueTask RemoveAsync(Guid clientMessageId, CancellationToken cancellationToken = default) =>
            FailRemove ? throw new IOException("The disk cannot be written to.") : _inner.RemoveAsync(clientMessageId, cancellationToken);
    }
}
