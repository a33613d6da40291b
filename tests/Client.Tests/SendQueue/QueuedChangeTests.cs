using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using CleanMessaging.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace CleanMessaging.Client.Tests.SendQueue;

/// <summary>Tests that edits, deletions and reactions wait in the send queue after earlier messages, and that each takes effect once.</summary>
public sealed class QueuedChangeTests : IAsyncDisposable
{
    private static readonly JsonSerializerOptions _web = new(JsonSerializerDefaults.Web);

    private static readonly Guid _message = Given.IdOf(7);

    private readonly FakeTimeProvider _time = new(Given.Noon);
    private readonly MemorySendQueueStore _store = new();
    private readonly ConcurrentQueue<string> _requests = new();
    private readonly ConcurrentQueue<string> _results = new();
    private readonly ScriptedServer _server;
    private readonly MessagingClient _client;
    private Client.SendQueue _queue;
    private int _version;
    private volatile bool _isUnreachable;

    /// <summary>The server's response to a request; null accepts it.</summary>
    private Func<string, Task<HttpResponseMessage?>> _answer = _ => Task.FromResult<HttpResponseMessage?>(null);

    public QueuedChangeTests()
    {
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
    public async Task AddChange_WithoutASession_IsSentAfterTheEarlierMessagesInTheNextProcess()
    {
        await _queue.AddAsync(Given.Ines.Id, Given.ConversationId, new NewMessage("Hello"), Cancellation);
        await EditAsync("Better");
        await DeleteAsync(Given.IdOf(8));
        await _queue.DisposeAsync();

        await SignInAsync();
        _queue = NewQueue();
        await _queue.LoadAsync(Given.Ines.Id, Cancellation);
        await EmptyAsync();

        _requests.ShouldBe(["send Hello", "edit Better 0", $"delete {Given.IdOf(8)}"]);
        _results.ShouldBe(["sent Hello", "changed Better 1", "deleted 8"]);
        (await _store.LoadAsync(Given.Ines.Id, Cancellation)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Add_OfAMessageThatNeverExpiresToAServerOfAnEarlierVersion_IsSentWithoutTheUnknownMember()
    {
        _answer = line => Task.FromResult(
            line == "send Hello forever" ? ScriptedServer.Problem(HttpStatusCode.BadRequest, "request.malformed") : null);
        await SignInAsync();
        await _queue.AddAsync(Given.Ines.Id, Given.ConversationId, new NewMessage("Hello") { NeverExpires = true }, Cancellation);
        await EmptyAsync();

        _requests.ShouldBe(["send Hello forever", "send Hello"]);
    }

    [Fact]
    public async Task AddChange_OfTwoEdits_BasesTheSecondOnTheFirst()
    {
        await SignInAsync();
        await EditAsync("One");
        await EditAsync("Two");
        await EmptyAsync();

        _requests.ShouldBe(["edit One 0", "edit Two 1"]);
    }

    [Fact]
    public async Task AddChange_WhoseAnswerIsLost_IsRepeatedUnchanged()
    {
        await SignInAsync();
        _answer = _ => _requests.Count == 1 ? throw new IOException("The answer was lost.") : Task.FromResult<HttpResponseMessage?>(null);

        await EditAsync("Better");
        await EmptyAsync(TimeSpan.FromSeconds(1));

        _requests.ShouldBe(["edit Better 0", "edit Better 0"]);
    }

    [Fact]
    public async Task AddChange_ThatIsRejected_StaysWithTheReasonUntilItIsDiscarded()
    {
        await SignInAsync();
        _answer = _ => Task.FromResult<HttpResponseMessage?>(Conflict());

        await EditAsync("Better");
        await Eventually.TrueAsync(() => _queue.All is [{ Failure: not null }], "It is not rejected.");

        var rejected = _queue.All[0];
        rejected.Failure.ShouldNotBeNull().Code.ShouldBe("message.edit_conflict");
        (await _store.LoadAsync(Given.Ines.Id, Cancellation)).ShouldBe([rejected]);
        await _queue.DiscardAsync(rejected.ClientMessageId, Cancellation);
        _queue.All.ShouldBeEmpty();
    }

    [Fact]
    public async Task AddChange_AfterARejectedOne_ReplacesIt()
    {
        await SignInAsync();
        _answer = _ => Task.FromResult<HttpResponseMessage?>(_requests.Count == 1 ? Conflict() : null);
        await EditAsync("Better");
        await Eventually.TrueAsync(() => _queue.All is [{ Failure: not null }], "It is not rejected.");

        await EditAsync("Best");
        await EmptyAsync();

        _requests.ShouldBe(["edit Better 0", "edit Best 0"]);
        (await _store.LoadAsync(Given.Ines.Id, Cancellation)).ShouldBeEmpty();
    }

    [Fact]
    public async Task AddChange_OfSeveralEditsThatWereNotAttempted_SendsTheNewestWithTheFirstVersion()
    {
        await SignInAsync();
        _isUnreachable = true;
        await EditAsync("One");
        await ReactAsync("👍");
        await EditAsync("Two", version: 1);
        await EditAsync("Three", version: 2);
        _queue.All.Count.ShouldBe(2);
        (await _store.LoadAsync(Given.Ines.Id, Cancellation)).Count.ShouldBe(2);

        _isUnreachable = false;
        _queue.Wake();
        await EmptyAsync();

        _requests.ShouldBe(["react 👍", "edit Three 0"]);
    }

    [Fact]
    public async Task AddChange_WhoseUserHasSeenTheNewerText_ReplacesIt()
    {
        await SignInAsync();
        _isUnreachable = true;
        await EditAsync("One");
        await EditAsync("Two", version: 1, replacesNewerText: true);

        _isUnreachable = false;
        _queue.Wake();
        await EmptyAsync();

        _requests.ShouldBe(["edit Two 1"]);
    }

    [Fact]
    public async Task AddChange_BeforeAnEditThatAnotherSessionHasRemoved_DoesNotStoreItAgain()
    {
        await SignInAsync();
        var answer = new TaskCompletionSource<HttpResponseMessage?>();
        _answer = _ => answer.Task;
        await EditAsync("One");
        await Eventually.TrueAsync(() => _requests.Count == 1, "It is not sent.");
        var second = await EditAsync("Two");
        await _store.RemoveAsync(second.ClientMessageId, Cancellation);
        answer.SetResult(null);
        await EmptyAsync();

        _requests.ShouldBe(["edit One 0"]);
        (await _store.LoadAsync(Given.Ines.Id, Cancellation)).ShouldBeEmpty();
    }

    [Fact]
    public async Task AddChange_AfterAnEditThatAnotherSessionHasAttempted_DoesNotReplaceIt()
    {
        _isUnreachable = true;
        var first = await EditAsync("One");
        await _store.SaveAsync(first with { NeverAttempted = false }, Cancellation);

        await EditAsync("Two");

        _queue.All.Select(queued => queued.Change!.Content).ShouldBe(["One", "Two"]);
    }

    [Fact]
    public async Task AddChange_AfterAWaitingDeletion_DoesNotReplaceIt()
    {
        _isUnreachable = true;
        await DeleteAsync(_message);
        await EditAsync("Better");

        _queue.All.Count.ShouldBe(2);
    }

    [Fact]
    public async Task AddDeletion_AfterAWaitingEdit_ReplacesIt()
    {
        await EditAsync("Better");
        await DeleteAsync(_message);

        _queue.All.ShouldHaveSingleItem().Change.ShouldNotBeNull().IsDeletion.ShouldBeTrue();
        (await _store.LoadAsync(Given.Ines.Id, Cancellation)).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task AddDeletion_OfAnExpiredMessage_IsDone()
    {
        await SignInAsync();
        _answer = _ => Task.FromResult<HttpResponseMessage?>(ScriptedServer.Problem(HttpStatusCode.NotFound, "message.not_found"));

        await DeleteAsync(_message);
        await EmptyAsync();

        _results.ShouldBeEmpty();
    }

    [Fact]
    public async Task AddReaction_AfterAWaitingOne_ReplacesOnlyIt()
    {
        await EditAsync("Better");
        await ReactAsync("👍");
        await ReactAsync("👎");
        await ReactAsync(null);
        await ReactAsync("👀");
        _queue.All.Count.ShouldBe(2);
        (await _store.LoadAsync(Given.Ines.Id, Cancellation)).Count.ShouldBe(2);

        await SignInAsync();
        await _queue.DisposeAsync();
        _queue = NewQueue();
        await _queue.LoadAsync(Given.Ines.Id, Cancellation);
        await EmptyAsync();

        _requests.ShouldBe(["edit Better 0", "react 👀"]);
        _results.ShouldBe(["changed Better 1", "changed 👀 0"]);
    }

    [Fact]
    public async Task AddReaction_WhileAnEarlierOneIsSent_EndsWithTheNewest()
    {
        await SignInAsync();
        var isSent = new TaskCompletionSource<HttpResponseMessage?>();
        _answer = line => line == "react 👍" ? isSent.Task : Task.FromResult<HttpResponseMessage?>(null);
        await ReactAsync("👍");
        await Eventually.TrueAsync(() => _requests.Count == 1, "It is not sent.");

        await ReactAsync(null);
        _queue.All.ShouldHaveSingleItem();
        isSent.SetResult(null);
        await EmptyAsync();

        _requests.ShouldBe(["react 👍", "unreact"]);
        (await _store.LoadAsync(Given.Ines.Id, Cancellation)).ShouldBeEmpty();
    }

    [Fact]
    public async Task AddReaction_WhoseAnswerIsLost_IsRepeatedUnchanged()
    {
        await SignInAsync();
        _answer = _ => _requests.Count == 1 ? throw new IOException("The answer was lost.") : Task.FromResult<HttpResponseMessage?>(null);

        await ReactAsync("👍");
        await EmptyAsync(TimeSpan.FromSeconds(1));

        _requests.ShouldBe(["react 👍", "react 👍"]);
    }

    [Fact]
    public async Task AddReaction_AfterARejectedOne_ReplacesIt()
    {
        await SignInAsync();
        _answer = _ => Task.FromResult<HttpResponseMessage?>(
            _requests.Count == 1 ? ScriptedServer.Problem(HttpStatusCode.BadRequest, "reaction.not_allowed") : null);
        await ReactAsync("👍");
        await Eventually.TrueAsync(() => _queue.All is [{ Failure.Code: "reaction.not_allowed" }], "It is not rejected.");

        await ReactAsync("👎");
        await EmptyAsync();

        _requests.ShouldBe(["react 👍", "react 👎"]);
    }

    [Fact]
    public async Task AddReaction_ToAMessageThatNoLongerExists_IsDone()
    {
        await SignInAsync();
        _answer = _ => Task.FromResult<HttpResponseMessage?>(ScriptedServer.Problem(HttpStatusCode.NotFound, "message.not_found"));

        await ReactAsync("👍");
        await ReactAsync(null);
        await EmptyAsync();

        _results.ShouldBeEmpty();
    }

    [Fact]
    public async Task AddDeletion_AfterAWaitingReaction_ReplacesIt()
    {
        await ReactAsync("👍");
        await DeleteAsync(_message);

        _queue.All.ShouldHaveSingleItem().Change.ShouldNotBeNull().IsDeletion.ShouldBeTrue();
    }

    [Fact]
    public async Task AddChange_AfterAnEditOfAReactedMessage_DoesNotRebaseTheReaction()
    {
        await SignInAsync();
        await EditAsync("One");
        await ReactAsync("👍");
        await EditAsync("Two");
        await EmptyAsync();

        _requests.ShouldBe(["edit One 0", "react 👍", "edit Two 1"]);
    }

    /// <summary>
    /// An earlier version of the client can share the store. It treats null as a deletion for everyone, and the server rejects an empty text.
    /// </summary>
    [Theory]
    [InlineData("👍")]
    [InlineData(null)]
    public void QueuedReaction_AsStored_IsNoDeletionForAnEarlierVersion(string? emoji)
    {
        var change = QueuedChange.OfReaction(Given.Message(7), emoji);
        var stored = new QueuedMessage(Given.IdOf(1), Given.Ines.Id, Given.ConversationId, "", null, null, Given.Noon, Failure: null, change);
        var json = JsonSerializer.Serialize(stored, MessagingJson.Default.QueuedMessage);

        JsonDocument.Parse(json).RootElement.GetProperty("change").GetProperty("content").GetString().ShouldBe("");
        JsonSerializer.Deserialize(json, MessagingJson.Default.QueuedMessage).ShouldBe(stored);
        (change.IsDeletion, change.IsEdit).ShouldBe((false, false));
    }

    [Fact]
    public void QueuedMessage_OfAnEarlierVersion_IsReadAsAMessage()
    {
        var stored = new QueuedMessage(Given.IdOf(1), Given.Ines.Id, Given.ConversationId, "Hello", null, null, Given.Noon, Failure: null);
        var json = JsonSerializer.Serialize(stored, MessagingJson.Default.QueuedMessage);

        json.ShouldNotContain("change");
        JsonSerializer.Deserialize(json, MessagingJson.Default.QueuedMessage).ShouldBe(stored);
    }

    private static HttpResponseMessage Conflict() =>
        ScriptedServer.Problem(HttpStatusCode.Conflict, "message.edit_conflict", more: "\"version\":3");

    private Task<QueuedMessage> EditAsync(string content, int version = 0, bool replacesNewerText = false) =>
        AddAsync(new QueuedChange(_message, version, content), replacesNewerText);

    private Task<QueuedMessage> DeleteAsync(Guid messageId) =>
        AddAsync(new QueuedChange(messageId, Version: 0, Content: null));

    private Task<QueuedMessage> ReactAsync(string? emoji) => AddAsync(QueuedChange.OfReaction(Given.Message(7), emoji));

    private Task<QueuedMessage> AddAsync(QueuedChange change, bool replacesNewerText = false) =>
        _queue.AddChangeAsync(Given.Ines.Id, Given.ConversationId, change, replacesNewerText, Cancellation);

    private Task SignInAsync() => _client.Api.Tokens.SignInAsync(Given.Credentials("1", DateTimeOffset.MaxValue), Cancellation);

    private Task EmptyAsync(TimeSpan advance = default) => Eventually.TrueAsync(
        () =>
        {
            _time.Advance(advance);

            return _queue.All.Count == 0;
        },
        "The queue does not become empty.");

    private Client.SendQueue NewQueue()
    {
        var calls = new SendQueueCalls(_client.Messages);
        calls.Sent += sent => _results.Enqueue($"sent {sent.Message.Content}");
        calls.Changed += changed => _results.Enqueue($"changed {changed.Content} {changed.Version}");
        calls.Deleted += (_, deleted) => _results.Enqueue($"deleted {deleted.Sequence}");

        return new Client.SendQueue(
            calls,
            _store,
            new Backoff(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2)),
            _time,
            new ServerClock(_time),
            NullLogger.Instance)
        {
            IsUnreachable = () => _isUnreachable,
        };
    }

    private async Task<HttpResponseMessage> AnswerAsync(ScriptedServer.Request request, CancellationToken cancellationToken)
    {
        var body = request.Body.Length == 0 ? default : JsonDocument.Parse(request.Body).RootElement;
        var line = request.Line switch
        {
            "POST /api/messages/send" => $"send {body.GetProperty("content")}{(body.TryGetProperty("neverExpires", out _) ? " forever" : "")}",
            _ when request.Line == $"PUT /api/messages/{_message}/content" => $"edit {body.GetProperty("content")} {body.GetProperty("version")}",
            _ when request.Line == $"PUT /api/messages/{_message}/reaction" => $"react {body.GetProperty("emoji")}",
            _ when request.Line == $"DELETE /api/messages/{_message}/reaction" => "unreact",
            _ => request.Line.Replace("DELETE /api/messages/", "delete ", StringComparison.Ordinal),
        };
        _requests.Enqueue(line);
        if (await _answer(line) is { } rejection)
            return rejection;

        object data = line[0] switch
        {
            's' => Given.Message(9, content: body.GetProperty("content").GetString()) with { SenderId = Given.Ines.Id },
            'r' or 'u' => Given.Message(7, content: line.Split(' ')[^1]),
            'e' => Given.Message(7, content: body.GetProperty("content").GetString()) with { Version = ++_version },
            _ => new { messageId = Given.IdOf(8), sequence = 8, revision = 12, deletedAt = Given.Noon, by = "sender" },
        };

        return ScriptedServer.Json(JsonSerializer.Serialize(new { success = true, data, charge = new { points = 0 } }, _web));
    }
}
