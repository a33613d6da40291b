using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using CleanMessaging.Tests.Support;
using Microsoft.Extensions.Time.Testing;

namespace CleanMessaging.Client.Tests.SendQueue;

/// <summary>
/// Tests that a message can be edited and withdrawn until its first attempt, also by another session with the same store, and never
/// afterwards: its id then stands for the text that the server may have.
/// </summary>
public sealed class UnattemptedTests : IAsyncDisposable
{
    private static readonly JsonSerializerOptions _web = new(JsonSerializerDefaults.Web);

    private readonly FakeTimeProvider _time = new(Given.Noon);
    private readonly SharedStore _store = new();
    private readonly CapturedLogs _logs = new();
    private readonly ConcurrentQueue<string> _sent = new();
    private readonly ConcurrentQueue<string> _changes = new();
    private readonly List<Client.SendQueue> _queues = [];
    private readonly ScriptedServer _server;
    private readonly MessagingClient _client;
    private readonly Client.SendQueue _queue;

    /// <summary>What an attempt waits for.</summary>
    private Task _answered = Task.CompletedTask;

    /// <summary>The server's response to every message; null accepts it.</summary>
    private HttpResponseMessage? _rejection;

    private volatile bool _isUnreachable;

    public UnattemptedTests()
    {
        _server = new ScriptedServer(AnswerAsync);
        _client = new MessagingClient(new Uri("http://localhost"), handler: _server);
        _queue = NewQueue(() => _isUnreachable);
        _queue.Changed += (message, state) => _changes.Enqueue($"{message.Content} {state}");
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        foreach (var queue in _queues)
            await queue.DisposeAsync();
        _client.Dispose();
        _server.Dispose();
        _store.Dispose();
    }

    [Fact]
    public async Task Edit_WithoutAConnection_SendsTheNewTextOnly()
    {
        await SignInAsync();
        _isUnreachable = true;
        var first = await AddAsync("Helo");
        await AddAsync("Second");

        (await _queue.EditAsync(first.ClientMessageId, "Hello", Cancellation)).ShouldBe(UnsentChangeResult.Succeeded);
        _queue.All.Select(message => message.Content).ShouldBe(["Hello", "Second"]);
        (await _store.FindAsync(Given.Ines.Id, first.ClientMessageId, Cancellation)).ShouldBe(first with { Content = "Hello" });
        _changes.ShouldContain("Hello Waiting");
        await ConnectAsync();

        _sent.ShouldBe(["Hello", "Second"]);
    }

    [Fact]
    public async Task Withdraw_WithoutAConnection_SendsTheOthersOnly()
    {
        await SignInAsync();
        _isUnreachable = true;
        var first = await AddAsync("Not this");
        await AddAsync("This");

        (await _queue.WithdrawAsync(first.ClientMessageId, Cancellation)).ShouldBe(UnsentChangeResult.Succeeded);
        (await _queue.WithdrawAsync(first.ClientMessageId, Cancellation)).ShouldBe(UnsentChangeResult.NoLongerQueued);
        await ConnectAsync();

        _sent.ShouldBe(["This"]);
        _changes.ShouldContain("Not this Discarded");
    }

    [Fact]
    public async Task EditAndWithdraw_AfterTheFirstAttempt_ChangeNothing()
    {
        await SignInAsync();
        var answer = new TaskCompletionSource();
        _answered = answer.Task;
        var first = await AddAsync("Helo");
        var second = await AddAsync("Second");
        await Eventually.TrueAsync(() => _sent.Count == 1, "It is not attempted.");

        first.NeverAttempted.ShouldBeFalse();
        (await _queue.EditAsync(first.ClientMessageId, "Hello", Cancellation)).ShouldBe(UnsentChangeResult.Attempted);
        (await _queue.WithdrawAsync(first.ClientMessageId, Cancellation)).ShouldBe(UnsentChangeResult.Attempted);
        (await _queue.EditAsync(second.ClientMessageId, "The second", Cancellation)).ShouldBe(UnsentChangeResult.Succeeded);
        answer.SetResult();
        await EmptyAsync();

        _sent.ShouldBe(["Helo", "The second"]);
    }

    [Fact]
    public async Task Edit_AfterAFailedAttempt_ChangesNothing()
    {
        await SignInAsync();
        _answered = Task.FromException(new IOException("The answer was lost."));
        _isUnreachable = true;
        var message = await AddAsync("Helo");
        _isUnreachable = false;
        _queue.Wake();
        await Eventually.TrueAsync(() => _sent.Count == 1, "It is not attempted.");

        (await _queue.EditAsync(message.ClientMessageId, "Hello", Cancellation)).ShouldBe(UnsentChangeResult.Attempted);
        (await _store.FindAsync(Given.Ines.Id, message.ClientMessageId, Cancellation))!.NeverAttempted.ShouldBeFalse();
    }

    [Fact]
    public async Task Edit_OfAMessageThatAnotherSessionHasAttempted_ChangesNothing()
    {
        await SignInAsync();
        _isUnreachable = true;
        var message = await AddAsync("Helo");
        _answered = new TaskCompletionSource().Task;
        var other = await OpenOtherAsync();
        await Eventually.TrueAsync(() => _sent.Count == 1, "The other session does not send it.");

        (await _queue.EditAsync(message.ClientMessageId, "Hello", Cancellation)).ShouldBe(UnsentChangeResult.Attempted);
        (await _queue.WithdrawAsync(message.ClientMessageId, Cancellation)).ShouldBe(UnsentChangeResult.Attempted);

        other.All.ShouldHaveSingleItem().Content.ShouldBe("Helo");
    }

    [Fact]
    public async Task EditAndWithdraw_InAnotherSession_AreFollowedByTheFirstAttempt()
    {
        await SignInAsync();
        _isUnreachable = true;
        var (first, second) = (await AddAsync("Helo"), await AddAsync("Not this"));
        var other = await OpenOtherAsync(isUnreachable: true);

        (await other.EditAsync(first.ClientMessageId, "Hello", Cancellation)).ShouldBe(UnsentChangeResult.Succeeded);
        (await other.WithdrawAsync(second.ClientMessageId, Cancellation)).ShouldBe(UnsentChangeResult.Succeeded);
        await ConnectAsync();

        _sent.ShouldBe(["Hello"]);
        _changes.ShouldContain("Hello Waiting");
        _changes.ShouldContain("Not this Discarded");
    }

    [Fact]
    public async Task Edit_InParallelWithTheFirstAttempts_NeverChangesWhatIsSent()
    {
        await SignInAsync();
        for (var number = 1; number <= 50; number++)
        {
            _isUnreachable = true;
            var message = await AddAsync($"Old {number}");
            var editing = Task.Run(() => _queue.EditAsync(message.ClientMessageId, $"New {number}", Cancellation), Cancellation);
            _isUnreachable = false;
            _queue.Wake();
            var isEdited = await editing == UnsentChangeResult.Succeeded;
            await EmptyAsync();

            _sent.Last().ShouldBe(isEdited ? $"New {number}" : $"Old {number}");
        }

        _sent.Count.ShouldBe(50);
    }

    [Fact]
    public async Task Send_WhileTheConnectionStaysCutOff_TriesAfterSomeTimeOnceItIsNot()
    {
        await SignInAsync();
        _isUnreachable = true;
        await AddAsync("Waits");
        await Eventually.TrueAsync(
            () =>
            {
                _time.Advance(TimeSpan.FromSeconds(31));

                return _time.GetUtcNow() > Given.Noon.AddMinutes(5);
            },
            "The time does not pass.");
        _sent.ShouldBeEmpty();

        // No signal: the connection may never be in order, although messages can be sent.
        _isUnreachable = false;
        await EmptyAsync(TimeSpan.FromSeconds(31));

        _sent.ShouldBe(["Waits"]);
    }

    [Fact]
    public async Task EditAndWithdraw_OfWhatAnotherSessionHasWithdrawn_SayThatItNoLongerWaits()
    {
        await SignInAsync();
        _isUnreachable = true;
        var (first, second) = (await AddAsync("First"), await AddAsync("Second"));
        await _store.RemoveAsync(first.ClientMessageId, Cancellation);
        await _store.RemoveAsync(second.ClientMessageId, Cancellation);

        (await _queue.EditAsync(first.ClientMessageId, "Changed", Cancellation)).ShouldBe(UnsentChangeResult.NoLongerQueued);
        (await _queue.WithdrawAsync(second.ClientMessageId, Cancellation)).ShouldBe(UnsentChangeResult.NoLongerQueued);

        _queue.All.ShouldBeEmpty();
        (await _store.LoadAsync(Given.Ines.Id, Cancellation)).ShouldBeEmpty();
    }

    [Fact]
    public async Task EditAndWithdraw_OfARejectedMessage_SayThatItWasRejected()
    {
        await SignInAsync();
        _rejection = ScriptedServer.Problem(HttpStatusCode.Conflict, "message.too_long");
        var message = await AddAsync("Hello");
        await Eventually.TrueAsync(() => _queue.All is [{ Failure: not null }], "It is not rejected.");

        (await _queue.EditAsync(message.ClientMessageId, "Changed", Cancellation)).ShouldBe(UnsentChangeResult.Rejected);
        (await _queue.WithdrawAsync(message.ClientMessageId, Cancellation)).ShouldBe(UnsentChangeResult.Rejected);
        _queue.All.ShouldHaveSingleItem().Content.ShouldBe("Hello");
    }

    [Fact]
    public async Task Edit_WhileAnotherSessionBeginsToSend_IsWhatIsSent()
    {
        await SignInAsync();
        _isUnreachable = true;
        var message = await AddAsync("Helo");
        var other = await OpenOtherAsync(isUnreachable: true);
        var (isRead, canGoOn) = (new TaskCompletionSource(), new TaskCompletionSource());
        _store.AfterFind = () =>
        {
            _store.AfterFind = null;
            isRead.SetResult();

            return canGoOn.Task;
        };

        // The other session has read the message and has not written it yet.
        var editing = other.EditAsync(message.ClientMessageId, "Hello", Cancellation);
        await isRead.Task;
        _answered = new TaskCompletionSource().Task;
        _isUnreachable = false;
        _queue.Wake();
        await Eventually.TrueAsync(() => _store.Waiting > 0 || !_sent.IsEmpty, "No attempt begins.");
        canGoOn.SetResult();

        (await editing).ShouldBe(UnsentChangeResult.Succeeded);
        await Eventually.TrueAsync(() => !_sent.IsEmpty, "It is not sent.");
        _sent.ShouldBe(["Hello"]);
        (await _store.FindAsync(Given.Ines.Id, message.ClientMessageId, Cancellation)).ShouldNotBeNull().NeverAttempted.ShouldBeFalse();
    }

    [Fact]
    public async Task FirstAttempt_WithAStoreWhoseLockFails_IsMadeAllTheSame()
    {
        await SignInAsync();
        _isUnreachable = true;
        await AddAsync("Hello");
        _store.FailLock = true;
        await ConnectAsync();

        _sent.ShouldBe(["Hello"]);
        _logs.Lines.ShouldContain(line => line.Text.Contains("lock of the store"));
    }

    [Fact]
    public async Task FirstAttempt_ThatCannotBeStored_IsNotMadeBeforeItIs()
    {
        await SignInAsync();
        _isUnreachable = true;
        var message = await AddAsync("Hello");
        _answered = new TaskCompletionSource().Task;
        _store.SavesToFail = 2;
        _isUnreachable = false;
        _queue.Wake();
        await Eventually.TrueAsync(() => _store.SavesToFail == 1, "It is not stored.");
        _sent.ShouldBeEmpty();

        await Eventually.TrueAsync(() => Advances() && _sent.Count == 1, "It is not sent once it is stored.");

        (await _store.FindAsync(Given.Ines.Id, message.ClientMessageId, Cancellation)).ShouldNotBeNull().NeverAttempted.ShouldBeFalse();
        _store.SavesToFail.ShouldBe(0);
        _logs.Lines.ShouldContain(line => line.Text.Contains("could not be stored as attempted, so it is not sent yet"));
    }

    /// <param name="failures">The fourth failure is the last try; the fifth is that of the save after the removal.</param>
    /// <param name="isStored">Whether the message is stored at the end.</param>
    [Theory]
    [InlineData(4, true)]
    [InlineData(int.MaxValue, false)]
    public async Task FirstAttempt_WithAStoreThatStaysFull_IsMadeAndIsNotNeverAttemptedForALaterSession(int failures, bool isStored)
    {
        await SignInAsync();
        _isUnreachable = true;
        var message = await AddAsync("Hello");
        _answered = new TaskCompletionSource().Task;
        _store.SavesToFail = failures;
        _isUnreachable = false;
        _queue.Wake();

        await Eventually.TrueAsync(() => Advances() && _sent.Count == 1, "The full store blocks it.");

        var stored = await _store.FindAsync(Given.Ines.Id, message.ClientMessageId, Cancellation);
        (stored is not null).ShouldBe(isStored);
        (stored is { NeverAttempted: true }).ShouldBeFalse();
        (await _queue.WithdrawAsync(message.ClientMessageId, Cancellation)).ShouldBe(UnsentChangeResult.Attempted);
    }

    [Fact]
    public async Task Load_OfAReadOnlyStore_DoesNotMakeAnAttemptedMessageNeverAttempted()
    {
        await SignInAsync();
        _isUnreachable = true;
        var message = await AddAsync("Hello");
        _answered = new TaskCompletionSource().Task;
        (_store.SavesToFail, _store.FailRemove) = (int.MaxValue, true);
        _isUnreachable = false;
        _queue.Wake();
        await Eventually.TrueAsync(() => Advances() && _sent.Count == 1, "The store blocks it.");

        await _queue.LoadAsync(Given.Ines.Id, Cancellation);

        (await _queue.WithdrawAsync(message.ClientMessageId, Cancellation)).ShouldBe(UnsentChangeResult.Attempted);
        _queue.All.ShouldHaveSingleItem().NeverAttempted.ShouldBeFalse();
    }

    [Fact]
    public void QueuedMessage_OfAnEarlierVersion_CountsAsAttempted()
    {
        var stored = new QueuedMessage(
            Given.IdOf(1), Given.Ines.Id, Given.ConversationId, "Hello", null, null, Given.Noon, Failure: null, NeverAttempted: true);
        var json = JsonSerializer.Serialize(stored, MessagingJson.Default.QueuedMessage);

        JsonSerializer.Deserialize(json, MessagingJson.Default.QueuedMessage).ShouldBe(stored);
        var earlier = JsonSerializer.Serialize(stored with { NeverAttempted = false }, MessagingJson.Default.QueuedMessage);
        earlier.ShouldNotContain("attempted", Case.Insensitive);
        JsonSerializer.Deserialize(earlier, MessagingJson.Default.QueuedMessage)!.NeverAttempted.ShouldBeFalse();
    }

    private Task SignInAsync() => _client.Api.Tokens.SignInAsync(Given.Credentials("1", DateTimeOffset.MaxValue), Cancellation);

    private Task<QueuedMessage> AddAsync(string content) =>
        _queue.AddAsync(Given.Ines.Id, Given.ConversationId, new NewMessage(content), Cancellation);

    private Task ConnectAsync()
    {
        _isUnreachable = false;

        return EmptyAsync();
    }

    private bool Advances()
    {
        _time.Advance(TimeSpan.FromSeconds(1));

        return true;
    }

    private Task EmptyAsync(TimeSpan advance = default) => Eventually.TrueAsync(
        () =>
        {
            _queue.Wake();
            _time.Advance(advance);

            return _queue.All.Count == 0;
        },
        "The queue does not become empty.");

    /// <summary>Opens another session with the same store, like another tab of the browser.</summary>
    private async Task<Client.SendQueue> OpenOtherAsync(bool isUnreachable = false)
    {
        var other = NewQueue(() => isUnreachable);
        await other.LoadAsync(Given.Ines.Id, Cancellation);

        return other;
    }

    private Client.SendQueue NewQueue(Func<bool> isUnreachable)
    {
        var queue = new Client.SendQueue(
            new SendQueueCalls(_client.Messages),
            _store,
            new Backoff(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2)),
            _time,
            new ServerClock(_time),
            _logs.CreateLogger("Queue"))
        {
            IsUnreachable = isUnreachable,
        };
        _queues.Add(queue);

        return queue;
    }

    private async Task<HttpResponseMessage> AnswerAsync(ScriptedServer.Request request, CancellationToken cancellationToken)
    {
        var body = JsonDocument.Parse(request.Body).RootElement;
        _sent.Enqueue(body.GetProperty("content").GetString()!);
        await _answered.WaitAsync(cancellationToken);
        if (_rejection is not null)
            return _rejection;

        var data = Given.Message(_sent.Count, content: _sent.Last()) with
        {
            SenderId = Given.Ines.Id,
            ClientMessageId = body.GetProperty("clientMessageId").GetGuid(),
        };

        return ScriptedServer.Json(
            JsonSerializer.Serialize(new { success = true, data, charge = new { points = 0 } }, _web), HttpStatusCode.Created);
    }

    /// <summary>A store with a lock across sessions, as the browser's. It fails when a test requests it.</summary>
    private sealed class SharedStore : ISendQueueStore, IDisposable
    {
        private readonly MemorySendQueueStore _inner = new();
        private readonly SemaphoreSlim _lock = new(1, 1);
        private int _savesToFail;
        private int _waiting;

        /// <summary>Runs after a message was read and before it is returned.</summary>
        public Func<Task>? AfterFind { get; set; }

        /// <summary>How many of the next writes fail.</summary>
        public int SavesToFail
        {
            get => Volatile.Read(ref _savesToFail);
            set => Volatile.Write(ref _savesToFail, value);
        }

        public bool FailRemove { get; set; }

        public bool FailLock { get; set; }

        /// <summary>The number of sessions that wait for the lock.</summary>
        public int Waiting => Volatile.Read(ref _waiting);

        public ValueTask<IReadOnlyList<QueuedMessage>> LoadAsync(Guid senderId, CancellationToken cancellationToken = default) =>
            _inner.LoadAsync(senderId, cancellationToken);

        public async ValueTask<QueuedMessage?> FindAsync(
            Guid senderId, Guid clientMessageId, CancellationToken cancellationToken = default)
        {
            var found = await _inner.FindAsync(senderId, clientMessageId, cancellationToken);
            await (AfterFind?.Invoke() ?? Task.CompletedTask);

            return found;
        }

        public ValueTask SaveAsync(QueuedMessage message, CancellationToken cancellationToken = default)
        {
            if (SavesToFail == 0)
                return _inner.SaveAsync(message, cancellationToken);

            SavesToFail--;
            throw new IOException("The disk is full.");
        }

        public ValueTask RemoveAsync(Guid clientMessageId, CancellationToken cancellationToken = default) =>
            FailRemove ? throw new IOException("The disk is read-only.") : _inner.RemoveAsync(clientMessageId, cancellationToken);

        public async ValueTask<IAsyncDisposable?> LockAsync(CancellationToken cancellationToken = default)
        {
            if (FailLock)
                throw new IOException("There are no locks.");

            Interlocked.Increment(ref _waiting);
            await _lock.WaitAsync(cancellationToken);
            Interlocked.Decrement(ref _waiting);

            return new Held(_lock);
        }

        public void Dispose() => _lock.Dispose();

        private sealed class Held(SemaphoreSlim semaphore) : IAsyncDisposable
        {
            public ValueTask DisposeAsync()
            {
                semaphore.Release();

                return ValueTask.CompletedTask;
            }
        }
    }
}
