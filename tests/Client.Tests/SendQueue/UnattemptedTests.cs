using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using CleanMessaging.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
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
    private readonly MemorySendQueueStore _store = new();
    private readonly ConcurrentQueue<string> _sent = new();
    private readonly ConcurrentQueue<string> _changes = new();
    private readonly List<Client.SendQueue> _queues = [];
    private readonly ScriptedServer _server;
    private readonly MessagingClient _client;
    private readonly Client.SendQueue _queue;

    /// <summary>What an attempt waits for.</summary>
    private Task _answered = Task.CompletedTask;

    public UnattemptedTests()
    {
        _server = new ScriptedServer(AnswerAsync);
        _client = new MessagingClient(new Uri("http://localhost"), handler: _server);
        _queue = NewQueue();
        _queue.Changed += (message, state) => _changes.Enqueue($"{message.Content} {state}");
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        foreach (var queue in _queues)
            await queue.DisposeAsync();
        _client.Dispose();
        _server.Dispose();
    }

    [Fact]
    public async Task Edit_WithoutAConnection_SendsTheNewTextOnly()
    {
        await SignInAsync();
        _queue.IsCutOff = true;
        var first = await AddAsync("Helo");
        await AddAsync("Second");

        (await _queue.EditAsync(first.ClientMessageId, "Hello", Cancellation)).ShouldBeTrue();
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
        _queue.IsCutOff = true;
        var first = await AddAsync("Not this");
        await AddAsync("This");

        (await _queue.WithdrawAsync(first.ClientMessageId, Cancellation)).ShouldBeTrue();
        (await _queue.WithdrawAsync(first.ClientMessageId, Cancellation)).ShouldBeFalse();
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
        (await _queue.EditAsync(first.ClientMessageId, "Hello", Cancellation)).ShouldBeFalse();
        (await _queue.WithdrawAsync(first.ClientMessageId, Cancellation)).ShouldBeFalse();
        (await _queue.EditAsync(second.ClientMessageId, "The second", Cancellation)).ShouldBeTrue();
        answer.SetResult();
        await EmptyAsync();

        _sent.ShouldBe(["Helo", "The second"]);
    }

    [Fact]
    public async Task Edit_AfterAFailedAttempt_ChangesNothing()
    {
        await SignInAsync();
        _answered = Task.FromException(new IOException("The answer was lost."));
        _queue.IsCutOff = true;
        var message = await AddAsync("Helo");
        _queue.IsCutOff = false;
        _queue.Wake();
        await Eventually.TrueAsync(() => _sent.Count == 1, "It is not attempted.");

        (await _queue.EditAsync(message.ClientMessageId, "Hello", Cancellation)).ShouldBeFalse();
        (await _store.FindAsync(Given.Ines.Id, message.ClientMessageId, Cancellation))!.NeverAttempted.ShouldBeFalse();
    }

    [Fact]
    public async Task Edit_OfAMessageThatAnotherSessionHasAttempted_ChangesNothing()
    {
        await SignInAsync();
        _queue.IsCutOff = true;
        var message = await AddAsync("Helo");
        _answered = new TaskCompletionSource().Task;
        var other = await OpenOtherAsync();
        await Eventually.TrueAsync(() => _sent.Count == 1, "The other session does not send it.");

        (await _queue.EditAsync(message.ClientMessageId, "Hello", Cancellation)).ShouldBeFalse();
        (await _queue.WithdrawAsync(message.ClientMessageId, Cancellation)).ShouldBeFalse();

        other.All.ShouldHaveSingleItem().Content.ShouldBe("Helo");
    }

    [Fact]
    public async Task EditAndWithdraw_InAnotherSession_AreFollowedByTheFirstAttempt()
    {
        await SignInAsync();
        _queue.IsCutOff = true;
        var (first, second) = (await AddAsync("Helo"), await AddAsync("Not this"));
        var other = await OpenOtherAsync(isCutOff: true);

        (await other.EditAsync(first.ClientMessageId, "Hello", Cancellation)).ShouldBeTrue();
        (await other.WithdrawAsync(second.ClientMessageId, Cancellation)).ShouldBeTrue();
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
            _queue.IsCutOff = true;
            var message = await AddAsync($"Old {number}");
            var editing = Task.Run(() => _queue.EditAsync(message.ClientMessageId, $"New {number}", Cancellation), Cancellation);
            _queue.IsCutOff = false;
            _queue.Wake();
            var isEdited = await editing;
            await EmptyAsync();

            _sent.Last().ShouldBe(isEdited ? $"New {number}" : $"Old {number}");
        }

        _sent.Count.ShouldBe(50);
    }

    [Fact]
    public async Task Send_WhileTheConnectionStaysCutOff_TriesAfterSomeTimeOnceItIsNot()
    {
        await SignInAsync();
        _queue.IsCutOff = true;
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
        _queue.IsCutOff = false;
        await EmptyAsync(TimeSpan.FromSeconds(31));

        _sent.ShouldBe(["Waits"]);
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
        _queue.IsCutOff = false;

        return EmptyAsync();
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
    private async Task<Client.SendQueue> OpenOtherAsync(bool isCutOff = false)
    {
        var other = NewQueue();
        other.IsCutOff = isCutOff;
        await other.LoadAsync(Given.Ines.Id, Cancellation);

        return other;
    }

    private Client.SendQueue NewQueue()
    {
        var queue = new Client.SendQueue(
            new SendQueueCalls(_client.Messages),
            _store,
            new Backoff(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2)),
            _time,
            new ServerClock(_time),
            NullLogger.Instance);
        _queues.Add(queue);

        return queue;
    }

    private async Task<HttpResponseMessage> AnswerAsync(ScriptedServer.Request request, CancellationToken cancellationToken)
    {
        var body = JsonDocument.Parse(request.Body).RootElement;
        _sent.Enqueue(body.GetProperty("content").GetString()!);
        await _answered.WaitAsync(cancellationToken);
        var data = Given.Message(_sent.Count, content: _sent.Last()) with
        {
            SenderId = Given.Ines.Id,
            ClientMessageId = body.GetProperty("clientMessageId").GetGuid(),
        };

        return ScriptedServer.Json(
            JsonSerializer.Serialize(new { success = true, data, charge = new { points = 0 } }, _web), HttpStatusCode.Created);
    }
}
