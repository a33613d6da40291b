using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Web;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace CleanMessaging.Client.Tests.Live;

/// <summary>Tests the requests of the list: filters, the archive beyond the first page, servers of an earlier version, and the end of a mute.</summary>
public sealed class ListSyncTests : IDisposable
{
    private const int PageSize = 50;

    private static readonly JsonSerializerOptions _web = new(JsonSerializerDefaults.Web) { Converters = { new JsonStringEnumConverter() } };

    private static readonly PersonalState _archived = PersonalState.None with { Revision = 1, Archived = true };

    private readonly FakeTimeProvider _time = new(Given.Noon);
    private readonly List<Conversation> _conversations = [];
    private readonly ConcurrentQueue<string> _requests = new();
    private readonly ConcurrentQueue<SessionChange> _changes = new();
    private readonly ScriptedServer _server;
    private readonly MessagingClient _client;
    private readonly ListSync _list;
    private bool _knowsFilters = true;
    private bool _rejectsTheArchive;

    public ListSyncTests()
    {
        _server = new ScriptedServer(Answer);
        _client = new MessagingClient(new Uri("http://localhost"), handler: _server);
        var clock = new ServerClock(_time);
        clock.AddReading(Given.Noon, _time.GetTimestamp());
        var scheduler = new SyncScheduler(
            _time, new Backoff(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2)), NullLogger.Instance, (_, _) => Task.FromResult<TimeSpan?>(null));
        _list = new ListSync(
            _client.Conversations, new ListReader(_client.Conversations, PageSize), clock, scheduler, () => new HashSet<Guid>(), _changes.Enqueue);
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _client.Dispose();
        _server.Dispose();
    }

    [Fact]
    public async Task Refresh_FromAServerOfAnEarlierVersion_ReadsTheListWithoutAFilterUntilTheNextConnection()
    {
        await SignInAsync();
        _knowsFilters = false;
        AddConversations(80, isArchived: false);

        await _list.RefreshAsync(Cancellation);
        _list.Conversations.Count.ShouldBe(PageSize);
        (_list.HasMore, _list.HasMoreArchived).ShouldBe((true, false));
        await _list.LoadMoreAsync(Cancellation);
        await _list.LoadMoreArchivedAsync(Cancellation);

        _list.Conversations.Count.ShouldBe(80);
        _requests.ShouldBe(["all 0", "no filter 0", "no filter 50"]);

        _requests.Clear();
        _knowsFilters = true;
        _list.OnConnected();
        await _list.RefreshAsync(Cancellation);
        _requests.ShouldBe(["all 0"]);
    }

    [Fact]
    public async Task Refresh_WhichIsRejectedForAnotherReason_Fails()
    {
        await SignInAsync();
        _knowsFilters = false;
        _conversations.Add(Given.Conversation(0));

        await Should.ThrowAsync<InvalidRequestException>(() => _list.RefreshAsync(Cancellation));

        _list.IsLoaded.ShouldBeFalse();
    }

    [Fact]
    public async Task LoadMoreArchived_WhichIsRejectedForAnotherReason_FailsAndCanBeRepeated()
    {
        await SignInAsync();
        AddConversations(100, isArchived: false);
        AddConversations(3, isArchived: true);
        await _list.RefreshAsync(Cancellation);
        _rejectsTheArchive = true;

        await Should.ThrowAsync<InvalidRequestException>(() => _list.LoadMoreArchivedAsync(Cancellation));
        _rejectsTheArchive = false;
        await _list.LoadMoreArchivedAsync(Cancellation);

        Archive.Count().ShouldBe(3);
    }

    [Fact]
    public async Task Refresh_WithArchivedConversationsFirst_ReadsOnUntilAPageIsInTheInbox()
    {
        await SignInAsync();
        AddConversations(120, isArchived: true);
        AddConversations(190, isArchived: false);

        await _list.RefreshAsync(Cancellation);

        Inbox.Count().ShouldBeGreaterThanOrEqualTo(PageSize);
        _requests.ShouldBe(["all 0", "all 50", "all 150", "pinned 0"]);
    }

    [Fact]
    public async Task Refresh_WithArchivedConversationsOnly_ReadsNoMoreThanALimit()
    {
        await SignInAsync();
        AddConversations(800, isArchived: true);

        await _list.RefreshAsync(Cancellation);
        _list.Conversations.Count.ShouldBe(550);
        await _list.RefreshAsync(Cancellation);

        _list.Conversations.Count.ShouldBe(550);
        _list.HasMore.ShouldBeTrue();
    }

    [Fact]
    public async Task LoadMore_WithArchivedConversationsNext_ReadsOnUntilAPageIsInTheInbox()
    {
        await SignInAsync();
        AddConversations(50, isArchived: false);
        AddConversations(70, isArchived: true);
        AddConversations(60, isArchived: false);
        await _list.RefreshAsync(Cancellation);

        await _list.LoadMoreAsync(Cancellation);

        Inbox.Count().ShouldBeGreaterThanOrEqualTo(2 * PageSize);
    }

    [Fact]
    public async Task LoadMoreArchived_BeyondTheLoadedList_AddsPagesThatAReloadKeeps()
    {
        await SignInAsync();
        AddConversations(60, isArchived: false);
        AddConversations(120, isArchived: true);
        await _list.RefreshAsync(Cancellation);
        Archive.ShouldBeEmpty();

        await _list.LoadMoreArchivedAsync(Cancellation);
        Archive.Count().ShouldBe(PageSize);
        _list.HasMoreArchived.ShouldBeTrue();
        await _list.LoadMoreArchivedAsync(Cancellation);
        await _list.LoadMoreArchivedAsync(Cancellation);
        await _list.LoadMoreArchivedAsync(Cancellation);

        Archive.Select(conversation => conversation.Id).ShouldBe(_conversations.Skip(60).Select(conversation => conversation.Id));
        _list.HasMoreArchived.ShouldBeFalse();
        Inbox.Count().ShouldBe(PageSize);
        _requests.ShouldBe(["all 0", "pinned 0", "archived 0", "archived 50", "archived 100"]);

        // Moved to the inbox on another device, far behind the loaded part.
        _conversations[170] = _conversations[170] with { Personal = PersonalState.None with { Revision = 2 } };
        await _list.RefreshAsync(Cancellation);
        Archive.Count().ShouldBe(119);
        _list.Find(_conversations[170].Id).ShouldBeNull();
        _list.HasMoreArchived.ShouldBeFalse();
    }

    [Fact]
    public async Task Update_OfAConversationThatWasArchivedElsewhere_ShowsItInTheOpenArchive()
    {
        await SignInAsync();
        AddConversations(100, isArchived: false);
        await _list.RefreshAsync(Cancellation);
        var old = _conversations[90] with { Personal = _archived };

        _list.Update(old);
        Archive.ShouldBeEmpty();
        await _list.LoadMoreArchivedAsync(Cancellation);
        _list.Update(old);

        Archive.ShouldHaveSingleItem().Id.ShouldBe(old.Id);
    }

    [Fact]
    public async Task Expire_AtTheEndOfAMute_ReportsTheConversationOnce()
    {
        await SignInAsync();
        AddConversations(3, isArchived: false);
        _conversations[0] = Muted(_conversations[0], Given.Noon.AddHours(8));
        _conversations[1] = Muted(_conversations[1], DateTimeOffset.MaxValue);
        await _list.RefreshAsync(Cancellation);
        _changes.Clear();

        _list.Expire(Given.Noon).ShouldBe(Given.Noon.AddHours(8));
        _list.Expire(Given.Noon.AddHours(8).AddTicks(-1));
        _changes.ShouldBeEmpty();
        _list.Expire(Given.Noon.AddHours(8)).ShouldBeNull();
        _list.Expire(Given.Noon.AddHours(9));

        _changes.ShouldHaveSingleItem().ShouldBeOfType<ConversationChanged>().Conversation.Id.ShouldBe(_conversations[0].Id);
    }

    private IEnumerable<Conversation> Inbox => _list.Conversations.Where(conversation => !conversation.Personal.Archived);

    private IEnumerable<Conversation> Archive => _list.Conversations.Where(conversation => conversation.Personal.Archived);

    private static Conversation Muted(Conversation conversation, DateTimeOffset until) =>
        conversation with { Personal = PersonalState.None with { Revision = 1, MutedUntil = until } };

    private static int NumberOf(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    private void AddConversations(int count, bool isArchived)
    {
        for (var added = 0; added < count; added++)
        {
            _conversations.Add(Given.Conversation(_conversations.Count + 1) with
            {
                Personal = isArchived ? _archived : PersonalState.None with { Revision = 1 },
            });
        }
    }

    private Task SignInAsync() => _client.Api.Tokens.SignInAsync(Given.Credentials("1", DateTimeOffset.MaxValue), Cancellation);

    /// <summary>Answers a request of the list. The cursor is the number of the conversations before the page.</summary>
    private HttpResponseMessage Answer(ScriptedServer.Request request)
    {
        var query = HttpUtility.ParseQueryString(request.Line.Split('?')[1]);
        var (filter, start, limit) = (query["filter"], NumberOf(query["cursor"] ?? "0"), NumberOf(query["limit"]!));
        _requests.Enqueue($"{filter ?? "no filter"} {start}");
        if ((filter is not null && !_knowsFilters) || (filter == "archived" && _rejectsTheArchive) || _conversations is [{ Id: var first }] && first == Given.IdOf(0))
            return ScriptedServer.Problem(HttpStatusCode.BadRequest, "request.malformed");

        var found = _conversations.Where(conversation => filter switch
        {
            "archived" => conversation.Personal.Archived,
            "pinned" => conversation.Personal.PinnedAt is not null,
            _ => true,
        }).ToList();
        var cursor = start + limit < found.Count ? $"{start + limit}" : null;
        var page = new PageEnvelope<Conversation>(true, [.. found.Skip(start).Take(limit)], new CursorPage(cursor));
        var json = JsonSerializer.SerializeToNode(page, _web)!;
        if (!_knowsFilters)
        {
            foreach (var conversation in json["data"]!.AsArray())
                conversation!.AsObject().Remove("personal");
        }

        return ScriptedServer.Json(json.ToJsonString());
    }
}
