using System.Net;
using System.Text.Json;
using CleanMessaging.Tests.Support;
using Microsoft.AspNetCore.SignalR.Client;

namespace CleanMessaging.Api.Tests.Messages.Model;

/// <summary>
/// Keeps what a device of a user held at each revision and personal revision of a conversation. What it held, with the response to a join or a synchronization from there, must be
/// what it would read now.
/// </summary>
internal sealed class RecoveryChecks(ModelRun run, ModelUser user, PlainConversation conversation)
{
    private readonly List<Held> _held = [new Held(DateTimeOffset.MinValue, 0, 0, [])];

    private PlainParticipant Viewer => conversation.Of(user.Id);

    /// <summary>Keeps what a device has just read, and compares recoveries.</summary>
    /// <param name="page">A page with all messages.</param>
    /// <param name="isThorough">Whether from every earlier revision, or from a few of them.</param>
    public async Task CheckAsync(JsonElement page, JsonElement position, bool isThorough)
    {
        var now = HeldOf(page, position);
        if (isThorough)
        {
            for (var index = 0; index < _held.Count; index++)
                await ShouldRecoverAsync(_held[index], _held[index].PersonalRevision, now, run.Chance(25));

            await ShouldRejectUnknownRevisionsAsync(now);
        }

        // A device that has missed only some of the events has an earlier personal revision, or a later one.
        await ShouldRecoverAsync(run.Pick(_held), run.Pick(_held).PersonalRevision, now, run.Chance(15));
        await ShouldRecoverAsync(_held[^1], _held[^1].PersonalRevision, now, run.Chance(15));
        if (!_held.Exists(one => one.Revision == now.Revision && one.PersonalRevision == now.PersonalRevision))
            _held.Add(now);
    }

    private async Task ShouldRecoverAsync(Held held, long sincePersonal, Held now, bool byJoin)
    {
        var recovered = await RecoverAsync(held.Revision, sincePersonal, byJoin);
        var what = $"since {held.Revision} and {sincePersonal}, seen by {user.Name}: {recovered}";
        recovered.GetProperty("recovered").GetBoolean().ShouldBeTrue(what);
        Description.OfPosition(recovered).ShouldBe(Description.OfPosition(conversation, Viewer, run.Now), what);

        var cleared = recovered.GetProperty("personal").GetProperty("clearedThrough").GetInt64();
        var hidden = recovered.GetProperty("hidden").EnumerateArray().Select(one => one.GetInt64()).ToHashSet();
        hidden.UnionWith(Viewer.Hidden.Where(one => one.Value <= sincePersonal).Select(one => one.Key));
        var expired = recovered.GetProperty("expired").EnumerateArray().Select(one => one.GetInt64()).ToHashSet();
        var state = new Dictionary<long, Entry>(held.State);
        foreach (var (sequence, entry) in StateOf(recovered.GetProperty("messages"), recovered.GetProperty("deleted")))
        {
            (hidden.Contains(sequence) || sequence <= cleared).ShouldBeFalse($"#{sequence} is hidden or cleared, {what}");
            if (!state.TryGetValue(sequence, out var before) || before.Revision < entry.Revision)
                state[sequence] = entry;
        }

        // A client removes by itself what has expired, and does not get again what had expired before the clock went back.
        var kept = state.Where(one => !hidden.Contains(one.Key) && one.Key > cleared && !expired.Contains(one.Key) && !(one.Value.ExpiresAt <= run.Now));
        var wanted = now.State.Where(one => held.State.ContainsKey(one.Key) || one.Value.Revision > held.Revision || !MessageOf(one.Key).IsExpired(held.At));
        Lines(kept).ShouldBe(Lines(wanted), what);
    }

    private async Task<JsonElement> RecoverAsync(long sinceRevision, long sincePersonalRevision, bool byJoin)
    {
        var device = run.Pick(user.Devices);
        if (byJoin)
        {
            var connection = await device.ConnectionAsync();

            return await connection.Hub.InvokeAsync<JsonElement>(
                "Join", new { conversationId = conversation.Id, sinceRevision, sincePersonalRevision }, TestContext.Current.CancellationToken);
        }

        var answer = await (await device.UserAsync()).PostAsync(
            "/api/sync", new { conversations = new[] { new { conversationId = conversation.Id, sinceRevision, sincePersonalRevision } } });

        return answer.Expect(HttpStatusCode.OK).Data.GetProperty("conversations")[0];
    }

    private async Task ShouldRejectUnknownRevisionsAsync(Held now)
    {
        foreach (var (revision, personal) in new[] { (now.Revision + 1, now.PersonalRevision), (now.Revision, now.PersonalRevision + 1) })
        {
            var answer = await RecoverAsync(revision, personal, byJoin: false);
            answer.GetProperty("recovered").GetBoolean().ShouldBeFalse($"since {revision} and {personal}: {answer}");
        }
    }

    private Held HeldOf(JsonElement page, JsonElement position) => new(
        run.Now,
        position.GetProperty("revision").GetInt64(),
        position.GetProperty("personal").GetProperty("revision").GetInt64(),
        StateOf(page.GetProperty("data"), page.GetProperty("deleted")));

    private static Dictionary<long, Entry> StateOf(JsonElement messages, JsonElement deleted)
    {
        var state = messages.EnumerateArray().ToDictionary(message => message.Sequence(), message => EntryOf(message, Description.OfState(message)));
        foreach (var tombstone in deleted.EnumerateArray())
            state.Add(tombstone.Sequence(), EntryOf(tombstone, Description.OfTombstone(tombstone)));

        return state;
    }

    private static Entry EntryOf(JsonElement one, string text) => new(
        one.GetProperty("revision").GetInt64(), text, one.GetProperty("expiresAt").ValueKind == JsonValueKind.Null ? null : one.Instant("expiresAt"));

    private PlainMessage MessageOf(long sequence) => conversation.Messages[(int)sequence - 1];

    private static string Lines(IEnumerable<KeyValuePair<long, Entry>> state) =>
        Description.Lines(state.OrderBy(one => one.Key).Select(one => one.Value.Text));

    /// <summary>A message or a tombstone, as the device has it.</summary>
    private sealed record Entry(long Revision, string Text, DateTimeOffset? ExpiresAt);

    /// <param name="At">When the device read it.</param>
    /// <param name="State">The messages and tombstones, by sequence.</param>
    private sealed record Held(DateTimeOffset At, long Revision, long PersonalRevision, Dictionary<long, Entry> State);
}
