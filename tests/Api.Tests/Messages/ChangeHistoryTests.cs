using System.Net;
using System.Text.Json;
using CleanMessaging.Tests.Support;
using Microsoft.AspNetCore.SignalR.Client;

namespace CleanMessaging.Api.Tests.Messages;

/// <summary>
/// Tests random histories of sends, edits, reactions, deletions and expirations. What a client had at any earlier revision, with the response to a join
/// from that revision, is what it would read now.
/// </summary>
public sealed class ChangeHistoryTests(TestPostgres postgres)
{
    private const int Steps = 60;

    [Fact]
    public Task Join_FromEveryEarlierRevision_LeadsToWhatIsReadNow() => ShouldRecoverFromEveryRevisionAsync(seed: 1);

    [LongTheory]
    [InlineData(2)]
    [InlineData(3)]
    public Task Join_InFurtherHistories_LeadsToWhatIsReadNow(int seed) => ShouldRecoverFromEveryRevisionAsync(seed);

    private async Task ShouldRecoverFromEveryRevisionAsync(int seed)
    {
        var random = new Random(seed);
        await using var server = await ApiServer.StartAsync(
            postgres,
            new Dictionary<string, string?>
            {
                ["Jwt:AccessTokenLifetime"] = "01:00:00",
                ["Messages:EditWindow"] = "1.00:00:00",
                ["Quota:DailyFreeLimit"] = "1000",
            });
        var (investor, startup, conversationId) = await server.RegisterPairAsync();
        var users = new[] { investor, startup };
        var sent = new List<(TestUser Sender, Guid Id, int Version)>();
        var held = new Dictionary<long, Dictionary<long, string>> { [0] = [] };

        for (var step = 0; step < Steps; step++)
        {
            if (step % 20 == 19)
                await PassAnHourAsync();
            await ChangeAsync(step);
            var (revision, state) = await ReadAsync(users[step % 2]);
            held[revision] = state;
            foreach (var since in held.Keys.Where(key => key == 0 || random.Next(8) == 0).ToList())
                await ShouldRecoverAsync(users[random.Next(2)], since, state);
        }

        foreach (var since in held.Keys)
            await ShouldRecoverAsync(investor, since, (await ReadAsync(investor)).State);

        async Task ChangeAsync(int step)
        {
            var choice = sent.Count == 0 ? 0 : random.Next(6);
            if (choice <= 2)
            {
                var sender = users[random.Next(2)];
                var answer = random.Next(2) == 0
                    ? await sender.SendAsync(conversationId, $"Sent in step {step}")
                    : await sender.SendExpiringAsync(conversationId, $"Expiring, sent in step {step}", 1);
                sent.Add((sender, answer.Expect(HttpStatusCode.Created).Data.Id(), 0));
                return;
            }

            // The message may have expired or be deleted already. Then nothing changes.
            var index = random.Next(sent.Count);
            var (owner, id, version) = sent[index];
            if (choice == 3)
                await owner.DeleteMessageAsync(id);
            else if (choice == 4)
                await (random.Next(3) == 0 ? users[random.Next(2)].UnreactAsync(id) : users[random.Next(2)].ReactAsync(id, step % 2 == 0 ? "👍" : "👎"));
            else if ((await owner.EditAsync(id, $"Edited in step {step}", version)).Status == HttpStatusCode.OK)
                sent[index] = (owner, id, version + 1);
        }

        async Task PassAnHourAsync()
        {
            server.Clock.Shift(TimeSpan.FromMinutes(61));
            for (var index = 0; index < users.Length; index++)
            {
                var before = users[index];
                users[index] = await server.LogInAsync(before.Email);
                sent = [.. sent.Select(one => one.Sender == before ? one with { Sender = users[index] } : one)];
            }

            (investor, startup) = (users[0], users[1]);
        }

        // Messages by their texts, tombstones without one.
        async Task<(long Revision, Dictionary<long, string> State)> ReadAsync(TestUser reader)
        {
            var page = await reader.GetAsync($"/api/messages?conversationId={conversationId}&limit=100");
            var conversation = await reader.GetAsync($"/api/conversations/{conversationId}");

            return (conversation.Data.GetProperty("revision").GetInt64(), StateOf(page.Expect(HttpStatusCode.OK).Data, page.Body));
        }

        async Task ShouldRecoverAsync(TestUser reader, long since, Dictionary<long, string> now)
        {
            await using var connection = await reader.ConnectAsync();
            var joined = await connection.Hub.InvokeAsync<JsonElement>("Join", new { conversationId, sinceRevision = since });
            joined.GetProperty("recovered").GetBoolean().ShouldBeTrue();

            // A client removes what expires by itself, so what has expired since is not compared.
            var state = new Dictionary<long, string>(held[since]);
            foreach (var (sequence, text) in StateOf(joined.GetProperty("messages"), joined))
                state[sequence] = text;
            state.Where(one => now.ContainsKey(one.Key)).OrderBy(one => one.Key).ShouldBe(now.OrderBy(one => one.Key), $"since {since}");
            foreach (var (sequence, text) in state.Where(one => !now.ContainsKey(one.Key)))
                (await IsExpiredAsync(sequence)).ShouldBeTrue($"{sequence}: {text}");
        }

        Task<bool> IsExpiredAsync(long sequence) => server.QueryAsync<bool>(
            $"""
            SELECT expires_at <= '{server.Clock.GetUtcNow():yyyy-MM-dd HH:mm:ss.ffffff}+00' FROM messages
            WHERE conversation_id = '{conversationId}' AND sequence = {sequence}
            """);
    }

    private static Dictionary<long, string> StateOf(JsonElement messages, JsonElement answer)
    {
        var state = messages.EnumerateArray().ToDictionary(
            message => message.Sequence(),
            message => $"{message.Content()} ({message.GetProperty("version")}, {message.GetProperty("revision")}) {message.GetProperty("reactions")}");
        foreach (var tombstone in answer.GetProperty("deleted").EnumerateArray())
            state.Add(tombstone.Sequence(), $"deleted ({tombstone.GetProperty("revision")})");

        return state;
    }
}
