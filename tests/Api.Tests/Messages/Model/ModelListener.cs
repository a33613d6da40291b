using System.Text.Json;
using CleanMessaging.Tests.Support;
using Microsoft.AspNetCore.SignalR.Client;

namespace CleanMessaging.Api.Tests.Messages.Model;

/// <summary>
/// A device that only listens. It applies the events of a conversation as clients do, in the order of their revisions, and joins again after it has reconnected. Each change that
/// its user sees must have had an event.
/// </summary>
internal sealed class ModelListener(ModelRun run, ModelUser user, Device device, PlainConversation conversation) : IAsyncDisposable
{
    private readonly Dictionary<long, (long Revision, string Text)> _state = [];
    private readonly HashSet<long> _revisions = [];
    private readonly HashSet<long> _hidden = [];
    private readonly Dictionary<Guid, long> _pointers = [];
    private TestConnection? _connection;
    private long _complete;
    private long _personalRevision;
    private long _clearedThrough;
    private (int? Hours, long Revision) _default;

    private PlainParticipant Viewer => conversation.Of(user.Id);

    public void FollowClock(DateTimeOffset now) => device.FollowClock(now);

    /// <summary>Connects again if the access token has expired, and requests what was missed.</summary>
    public async Task FollowAsync()
    {
        ApplyEvents();
        var connection = await device.ConnectionAsync();
        if (connection == _connection)
            return;

        _connection = connection;
        await JoinAsync();
    }

    /// <summary>Waits for the events, and compares what they lead to with the model.</summary>
    public async Task CheckAsync()
    {
        try
        {
            await Eventually.TrueAsync(HasEveryEvent, "An event is missing.");
        }
        catch (ShouldAssertException missing)
        {
            throw new ShouldAssertException(
                $"{user.Name} got no event of {string.Join(", ", MissingChanges())}, or of another change: {Described()} instead of {Expected()}", missing);
        }

        var expected = Seen().Select(one => one.DeletedAt is null ? Description.OfState(one) : Description.OfTombstone(one));
        var shown = _state.Where(one => one.Key > _clearedThrough && !_hidden.Contains(one.Key) && !MayHaveExpired(conversation.Messages[(int)one.Key - 1]))
            .OrderBy(one => one.Key)
            .Select(one => one.Value.Text);
        Description.Lines(shown).ShouldBe(Description.Lines(expected), $"events, seen by {user.Name}");
        if (_complete < conversation.Revision)
            await JoinAsync();
    }

    public ValueTask DisposeAsync() => device.DisposeAsync();

    private bool HasEveryEvent()
    {
        ApplyEvents();

        return !MissingChanges().Any() && Described() == Expected();
    }

    /// <summary>Returns the changes whose events have not arrived. A change that the user does not see has no event.</summary>
    private IEnumerable<string> MissingChanges() => Seen()
        .Where(one => one.Revision > _complete && !_revisions.Contains(one.Revision))
        .Select(one => $"#{one.Sequence} revision {one.Revision}");

    /// <summary>Returns the messages and tombstones that the user sees and that must have had an event.</summary>
    private IEnumerable<PlainMessage> Seen() =>
        conversation.Messages.Where(one => !MayHaveExpired(one) && (Viewer.Sees(one, run.Now) || Viewer.SeesDeletionOf(one, run.Now)));

    /// <summary>Whether a message may have been expired when its event was due. The clock can be set back since.</summary>
    private bool MayHaveExpired(PlainMessage message) => message.IsExpired(run.Latest);

    /// <summary>Describes what is not a message: the default, the read pointers and the personal state.</summary>
    private string Described() => Description.Join(
        _default.Hours, _personalRevision, _clearedThrough, string.Join(", ", _hidden.Where(one => one > _clearedThrough).Order()), PointersOf(_pointers));

    private string Expected() => Description.Join(
        conversation.DefaultHours,
        Viewer.PersonalRevision,
        Viewer.ClearedThrough,
        string.Join(", ", Viewer.Hidden.Keys.Where(one => one > Viewer.ClearedThrough).Order()),
        PointersOf(conversation.Participants.ToDictionary(one => one.UserId, one => one.LastRead)));

    private static string PointersOf(IReadOnlyDictionary<Guid, long> pointers) => string.Join(", ", pointers.OrderBy(one => one.Key));

    private async Task JoinAsync()
    {
        var joined = await _connection!.Hub.InvokeAsync<JsonElement>(
            "Join",
            new { conversationId = conversation.Id, sinceRevision = _complete, sincePersonalRevision = _personalRevision },
            TestContext.Current.CancellationToken);
        joined.GetProperty("recovered").GetBoolean().ShouldBeTrue();
        foreach (var message in joined.GetProperty("messages").EnumerateArray())
            Take(message.Sequence(), RevisionOf(message), Description.OfState(message));
        foreach (var tombstone in joined.GetProperty("deleted").EnumerateArray())
            Take(tombstone.Sequence(), RevisionOf(tombstone), Description.OfTombstone(tombstone));
        foreach (var participant in joined.GetProperty("participants").EnumerateArray())
            Move(participant.GetProperty("userId").GetGuid(), participant.GetProperty("lastReadSequence").GetInt64());

        TakePersonal(joined.GetProperty("personal"), joined.GetProperty("hidden"), _personalRevision);
        TakeDefault(joined.GetProperty("defaultExpirationHours"), RevisionOf(joined));
        _complete = Math.Max(_complete, RevisionOf(joined));
    }

    private void ApplyEvents()
    {
        foreach (var received in EventsOf("NewMessage"))
        {
            var message = received.GetProperty("message");
            Take(message.Sequence(), RevisionOf(message), Description.OfState(message));
            Note(RevisionOf(message));
        }

        foreach (var received in EventsOf("MessageChanged"))
        {
            var message = received.GetProperty("message");
            Take(message.Sequence(), RevisionOf(message), Description.OfState(message));
            foreach (var revision in received.GetProperty("revisions").EnumerateArray())
                Note(revision.GetInt64());
        }

        foreach (var tombstone in EventsOf("MessageDeleted").Select(received => received.GetProperty("deleted")))
        {
            Take(tombstone.Sequence(), RevisionOf(tombstone), Description.OfTombstone(tombstone));
            Note(RevisionOf(tombstone));
        }

        foreach (var received in EventsOf("ExpirationChanged"))
        {
            TakeDefault(received.GetProperty("defaultExpirationHours"), RevisionOf(received));
            Note(RevisionOf(received));
        }

        foreach (var received in EventsOf("Read"))
            Move(received.GetProperty("userId").GetGuid(), received.GetProperty("lastReadSequence").GetInt64());

        foreach (var received in EventsOf("PersonalChanged").OrderBy(one => one.GetProperty("sincePersonalRevision").GetInt64()))
            TakePersonal(received.GetProperty("personal"), received.GetProperty("hidden"), received.GetProperty("sincePersonalRevision").GetInt64());
    }

    private IEnumerable<JsonElement> EventsOf(string name) =>
        (_connection?.Unread(name) ?? []).Where(received => received.GetProperty("conversationId").GetGuid() == conversation.Id);

    /// <summary>Takes a message or a tombstone. The state of the higher revision wins, in any order.</summary>
    private void Take(long sequence, long revision, string text)
    {
        if (!_state.TryGetValue(sequence, out var known) || known.Revision < revision)
            _state[sequence] = (revision, text);
    }

    private void Note(long revision)
    {
        _revisions.Add(revision);
        while (_revisions.Contains(_complete + 1))
            _complete++;
    }

    private void Move(Guid userId, long lastReadSequence) => _pointers[userId] = Math.Max(lastReadSequence, _pointers.GetValueOrDefault(userId));

    private void TakePersonal(JsonElement personal, JsonElement hidden, long since)
    {
        _hidden.UnionWith(hidden.EnumerateArray().Select(sequence => sequence.GetInt64()));
        _clearedThrough = Math.Max(_clearedThrough, personal.GetProperty("clearedThrough").GetInt64());
        if (since <= _personalRevision)
            _personalRevision = Math.Max(_personalRevision, RevisionOf(personal));
    }

    private void TakeDefault(JsonElement hours, long revision)
    {
        if (revision >= _default.Revision)
            _default = (hours.ValueKind == JsonValueKind.Null ? null : hours.GetInt32(), revision);
    }

    private static long RevisionOf(JsonElement json) => json.GetProperty("revision").GetInt64();
}
