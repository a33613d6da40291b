using System.Net;
using System.Text.Json;
using CleanMessaging.WebClient.Search;
using Microsoft.Extensions.Time.Testing;

namespace CleanMessaging.Client.Tests.Pages;

/// <summary>Tests the search while the user types: its requests, and what it shows.</summary>
public sealed class MessageFinderTests : IAsyncLifetime
{
    private static readonly MessageSearch _term = new("term");

    /// <summary>The server writes members that are null.</summary>
    private static readonly JsonSerializerOptions _asTheServer =
        new(MessagingJson.Default.Options) { DefaultIgnoreCondition = System.Text.Json.Serialization.JsonIgnoreCondition.Never };

    private readonly FakeTimeProvider _clock = new();
    private readonly Queue<Func<HttpResponseMessage>> _answers = [];
    private readonly ScriptedServer _server;
    private readonly MessagingClient _client;
    private readonly MessageFinder _finder;
    private TaskCompletionSource? _gate;

    public MessageFinderTests()
    {
        _server = new ScriptedServer(AnswerAsync);
        _client = new MessagingClient(new Uri("http://localhost"), handler: _server);
        _finder = new MessageFinder(_client.Messages, _clock);
    }

    public async ValueTask InitializeAsync() =>
        await _client.Api.Tokens.SignInAsync(Given.Credentials("1", DateTimeOffset.MaxValue), TestContext.Current.CancellationToken);

    public ValueTask DisposeAsync()
    {
        _finder.Dispose();
        _client.Dispose();
        _server.Dispose();

        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Change_WhileTheUserTypes_SearchesOnceForTheLatestText()
    {
        Answer(null, true, 3);
        var typing = new[] { "t", "te", "ter", "term" }.Select(text => _finder.ChangeAsync(new MessageSearch(text))).ToList();
        _server.Requests.ShouldBeEmpty();

        _clock.Advance(MessageFinder.TypingPause);
        await Task.WhenAll(typing);

        _server.Requests.ShouldHaveSingleItem().Body.ShouldBe("""{"query":"term","limit":20}""");
        Sequences().ShouldBe([3]);
        _finder.CanContinue.ShouldBeFalse();
    }

    [Fact]
    public async Task Change_DuringARequest_CancelsItAndShowsOnlyTheNewResult()
    {
        _gate = new TaskCompletionSource();
        var first = _finder.RestartOfAsync(_term);
        await Eventually(() => _server.Requests.Count == 1);
        Answer(null, true, 5);
        _gate = null;

        await _finder.RestartOfAsync(new MessageSearch("sheet"));
        await first;

        Sequences().ShouldBe([5]);
        _server.Requests.Count.ShouldBe(2);
        _finder.Failure.ShouldBeNull();
    }

    [Fact]
    public async Task Search_ThatIsStoppedBeforeEnoughIsFound_GoesOnByItself()
    {
        Answer("a", false);
        Answer("b", false, 9);
        Answer("c", false, 7, 6, 5, 4);

        await _finder.RestartOfAsync(_term);

        Sequences().ShouldBe([9, 7, 6, 5, 4]);
        Cursors().ShouldBe([null, "a", "b"]);
        _finder.IsStopped.ShouldBeTrue();
        _finder.CanContinue.ShouldBeTrue("The user is asked.");
        _finder.SearchedBackTo.ShouldBe(Given.Noon);
    }

    [Fact]
    public async Task Search_ThatFindsNothingInSeveralRequests_AsksTheUserAndThenGoesOn()
    {
        for (var number = 1; number <= MessageFinder.RequestsInARow; number++)
            Answer($"c{number}", false);
        await _finder.RestartOfAsync(_term);
        _server.Requests.Count.ShouldBe(MessageFinder.RequestsInARow);
        _finder.CanContinue.ShouldBeTrue();

        Answer(null, true, 2);
        await _finder.ContinueAsync();

        Cursors()[^1].ShouldBe("c5");
        Sequences().ShouldBe([2]);
        _finder.CanContinue.ShouldBeFalse();
        await _finder.ContinueAsync();
        _server.Requests.Count.ShouldBe(MessageFinder.RequestsInARow + 1);
    }

    [Fact]
    public async Task Continue_AfterAFullPage_AddsTheNextOneWithoutRepetitions()
    {
        Answer("a", true, 9, 8);
        await _finder.RestartOfAsync(_term);
        Sequences().ShouldBe([9, 8]);
        _finder.IsStopped.ShouldBeFalse();
        Answer(null, true, 8, 7);

        await _finder.ContinueAsync();

        Sequences().ShouldBe([9, 8, 7]);
    }

    [Theory]
    [InlineData(HttpStatusCode.TooManyRequests, "rate_limit.exceeded")]
    [InlineData(HttpStatusCode.ServiceUnavailable, "server.busy")]
    public async Task Continue_ThatFails_KeepsWhatWasFoundAndCanBeTriedAgain(HttpStatusCode status, string code)
    {
        Answer("a", true, 9);
        await _finder.RestartOfAsync(_term);
        _answers.Enqueue(() => ScriptedServer.Problem(status, code, retryable: true, "\"retryAfter\":3"));
        await _finder.ContinueAsync();
        _finder.Failure.ShouldNotBeNull().RetryAfter.ShouldBe(TimeSpan.FromSeconds(3));
        Sequences().ShouldBe([9]);
        Answer(null, true, 4);

        await _finder.RetryAsync();

        Sequences().ShouldBe([9, 4]);
        Cursors().ShouldBe([null, "a", "a"]);
        _finder.Failure.ShouldBeNull();
    }

    [Fact]
    public async Task Search_OfWhatTheServerWouldReject_IsNotSent()
    {
        foreach (var search in (MessageSearch[])[new("a"), new("term", After: Given.Noon, Before: Given.Noon), new("a\ud800bc"), new(new string('a', 201))])
        {
            await _finder.RestartOfAsync(search);
            _finder.Objection.ShouldNotBeNull();
        }

        await _finder.RestartOfAsync(new MessageSearch(After: Given.Noon));
        _finder.Objection.ShouldBeNull();
        _finder.IsEmpty.ShouldBeTrue();
        _server.Requests.ShouldBeEmpty();
        Answer(null, true);
        await _finder.RestartOfAsync(new MessageSearch(HasAttachment: true));
        _server.Requests.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Search_ThatTheServerRejects_SaysWhyAndIsNotTriedAgain()
    {
        _answers.Enqueue(() => ScriptedServer.Problem(HttpStatusCode.BadRequest, "search.query_too_short"));

        await _finder.RestartOfAsync(new MessageSearch("- -"));

        _finder.Objection.ShouldNotBeNull().ShouldStartWith("Type more");
        _finder.Failure.ShouldBeNull();
    }

    [Fact]
    public async Task Clear_WithAResult_ForgetsIt()
    {
        Answer("a", true, 9);
        await _finder.RestartOfAsync(_term);

        _finder.Clear();

        _finder.Hits.ShouldBeEmpty();
        (_finder.IsEmpty, _finder.IsRunning, _finder.CanContinue).ShouldBe((true, false, false));
    }

    [Fact]
    public async Task Remove_OfAMessageThatIsShown_RaisesChangedOnce()
    {
        Answer(null, true, 9, 8);
        await _finder.RestartOfAsync(_term);
        var raised = 0;
        _finder.Changed += () => raised++;

        _finder.Remove(message => message.Sequence == 8);
        _finder.Remove(message => message.Sequence == 8);

        Sequences().ShouldBe([9]);
        raised.ShouldBe(1);
    }

    private static async Task Eventually(Func<bool> isTrue) => await CleanMessaging.Tests.Support.Eventually.TrueAsync(isTrue, "It does not come.");

    private IEnumerable<long> Sequences() => _finder.Hits.Select(hit => hit.Message.Sequence);

    private List<string?> Cursors() =>
    [
        .. _server.Requests.Select(
            request => JsonDocument.Parse(request.Body).RootElement.TryGetProperty("cursor", out var cursor) ? cursor.GetString() : null),
    ];

    private void Answer(string? cursor, bool isComplete, params long[] sequences)
    {
        var found = new SearchEnvelope(
            Success: true,
            [.. sequences.Select(sequence => new MessageHit(Given.Message(sequence), [new MessageHighlight(0, 4)]))],
            new SearchPageInfo(cursor, cursor is null ? null : Given.Noon, isComplete));
        _answers.Enqueue(() => ScriptedServer.Json(JsonSerializer.Serialize(found, _asTheServer)));
    }

    private async Task<HttpResponseMessage> AnswerAsync(ScriptedServer.Request request, CancellationToken cancellationToken)
    {
        if (_gate is { } gate)
            await gate.Task.WaitAsync(cancellationToken);

        return _answers.Dequeue()();
    }
}

/// <summary>Searches without the pause for typing.</summary>
internal static class FinderSteps
{
    public static async Task RestartOfAsync(this MessageFinder finder, MessageSearch search)
    {
        var typing = finder.ChangeAsync(search);
        await finder.RestartAsync();
        await typing;
    }
}
