using System.Diagnostics;
using System.Net;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using CleanMessaging.Hostile.Tests.Requests;
using CleanMessaging.Hostile.Tests.Wire;
using CleanMessaging.Tests.Support;
using Npgsql;

namespace CleanMessaging.Hostile.Tests.Corpus;

/// <summary>Tests frames that no client library sends. No frame affects other users, and no response reveals internals.</summary>
public sealed class HubFrameTests(HostileServerFixture fixture) : IClassFixture<HostileServerFixture>
{
    private const char End = '\u001e';

    private readonly Cast _cast = fixture.Cast;

    /// <summary>Invalid frames after which the connection stays open.</summary>
    [Fact]
    public async Task Frame_ThatIsRejectedOrIgnored_KeepsTheConnectionOpen()
    {
        var good = $$"""{"conversationId":"{{_cast.ConversationId}}"}""";
        string[] rejectedCalls =
        [
            HubCalls.Frame("Nothing", good),
            HubCalls.Frame("", good),
            HubCalls.Frame(new string('x', 10_000), good),
            HubCalls.Frame("Join\\u0000", good),
            HubCalls.Frame("SendMessage", good),
            HubCalls.Frame("NewMessage", good),
            HubCalls.Frame("OnConnectedAsync", ""),
            HubCalls.Frame("OnDisconnectedAsync", "null"),
            HubCalls.Frame("Dispose", ""),
            HubCalls.Frame("ToString", ""),
            HubCalls.Frame("GetHashCode", ""),
            HubCalls.Frame("GetType", ""),
            HubCalls.Frame("get_Context", ""),
            HubCalls.Frame("get_UserId", ""),
            HubCalls.Frame(".ctor", ""),
            HubCalls.Frame("Groups", ""),
            HubCalls.Frame("MessagingHub.Join", good),
            HubCalls.Frame("Join", ""),
            HubCalls.Frame("Join", $"{good},{good}"),
            HubCalls.Frame("Join", $"{good},null"),
            HubCalls.Frame("Join", "null"),
            HubCalls.Frame("Join", "[]"),
            HubCalls.Frame("Join", "1"),
            HubCalls.Frame("Join", "\"x\""),
            HubCalls.Frame("Join", "{}"),
            HubCalls.Frame("Join", "true"),
            HubCalls.Frame("Join", $"[{good}]"),
            HubCalls.Frame("Join", $"\"{_cast.ConversationId}\""),
            HubCalls.Frame("Join", good.Insert(1, "\"x\":1,")),
            HubCalls.Frame("Join", good.Insert(1, $"{good[1..^1]},")),
            HubCalls.Frame("Join", good.Insert(1, "\"sinceRevision\":-1,")),
            HubCalls.Frame("Join", good.Insert(1, "\"sinceRevision\":1.5,")),
            HubCalls.Frame("Join", good.Insert(1, "\"sinceRevision\":1e400,")),
            HubCalls.Frame("Join", good.Insert(1, "\"sinceRevision\":null,")),
            HubCalls.Frame("Join", good.Insert(1, "\"sinceRevision\":9223372036854775808,")),
            HubCalls.Frame("Join", good.Insert(1, "\"\\ud800\":1,")),
            HubCalls.Frame("Join", Deep(50)),
            HubCalls.Frame("Leave", "{}"),
            HubCalls.Frame("Typing", good),
            HubCalls.Frame("Typing", good.Insert(1, "\"isTyping\":1,")),
            HubCalls.Frame("Read", good.Insert(1, "\"messageIds\":[],")),
            HubCalls.Frame("Read", good.Insert(1, "\"messageIds\":[null],")),
            HubCalls.Frame(
                "Read", good.Insert(1, $"\"messageIds\":[{string.Join(',', Enumerable.Repeat($"\"{_cast.MessageId}\"", 501))}],")),
            .. BadIds.All.Select(id => HubCalls.Frame("Leave", JsonSerializer.Serialize(new { conversationId = id }))),
            HubCalls.Frame("Join", good).Replace("\"type\":1", "\"type\":4", StringComparison.Ordinal),
        ];
        string[] ignored =
        [
            """{"type":6}""", """{"type":6,"x":1}""",
            """{"type":3,"invocationId":"1","result":{"conversationId":"x"}}""",
            """{"type":3,"invocationId":"999","error":"x"}""",
            """{"type":2,"invocationId":"unknown","item":1}""",
            """{"type":5,"invocationId":"unknown"}""",
            """{"type":8,"sequenceId":999999}""",
            """{"type":9,"sequenceId":999999}""",
            """{"type":8,"sequenceId":-1}""",
            $$"""{"type":1,"target":"Nothing","arguments":[]}""",
            $$"""{"type":1,"target":"Join","arguments":[]}""",
            $$"""{"type":1,"target":"Join","arguments":[{"conversationId":"x"}]}""",
        ];

        var rows = await fixture.Server.CountsAsync();
        var faults = new List<string>();
        var connection = await RawHubConnection.OpenAsync(fixture.Server, _cast.Investor);
        foreach (var (frame, answered) in rejectedCalls.Select(frame => (frame, true)).Concat(ignored.Select(frame => (frame, false))))
        {
            await connection.SendAsync(frame);
            var (completion, said) = answered
                ? await connection.CompletionAsync("frame")
                : await connection.ProbeAsync(_cast.ConversationId);
            if (completion is not null && completion.Value.TryGetProperty("error", out _) == answered && !IsBad(said))
                continue;

            faults.Add($"{frame[..Math.Min(200, frame.Length)]}: {said}");
            await connection.DisposeAsync();
            connection = await RawHubConnection.OpenAsync(fixture.Server, _cast.Investor);
        }

        await connection.DisposeAsync();
        faults.ShouldBeEmpty();
        (await fixture.Server.CountsAsync()).ShouldBe(rows);
        await fixture.ShouldBeUnaffectedAsync();
    }

    /// <summary>Tests frames that close their connection; other connections stay open.</summary>
    [Fact]
    public async Task Frame_ThatBreaksTheProtocol_EndsTheConnection()
    {
        var good = HubCalls.Frame("Join", $$"""{"conversationId":"{{_cast.ConversationId}}"}""");
        (string Name, byte[] Bytes)[] breaking =
        [
            .. from text in new[]
               {
                   "x",
                   "null",
                   "[]",
                   "1",
                   "\"text\"",
                   "{}",
                   "{",
                   "{\"type\":1",
                   "{\"type\":\"1\"}",
                   "{\"type\":null}",
                   "{\"type\":1.5}",
                   "{\"type\":99999999999}",
                   "{\"type\":99}",
                   "{\"type\":99,\"invocationId\":\"1\",\"target\":\"Join\"}",
                   "{\"target\":\"Join\"}",
                   "{\"type\":1}",
                   "{\"type\":1,\"invocationId\":1,\"target\":\"Join\",\"arguments\":[]}",
                   "{\"type\":1,\"invocationId\":\"1\",\"target\":null,\"arguments\":[]}",
                   "{\"type\":1,\"invocationId\":\"1\",\"target\":1,\"arguments\":[]}",
                   "{\"type\":1,\"invocationId\":\"1\",\"target\":\"Join\",\"arguments\":{}}",
                   "{\"type\":1,\"invocationId\":\"1\",\"target\":\"Join\"}", "{\"type\":2}", "{\"type\":3}", "{\"type\":5}", "{\"type\":8}",
        "// comment", HubCalls.Frame("Jo\\ud83din", "{}"), good.Replace('"', '\''),
                   "{\"type\":1,\"invocationId\":\"1\",\"target\":\"Join\",\"arguments\":[{}],\"headers\":1}",
                   HubCalls.Frame("Join", Deep(100)),
                   $"{{\"type\":6,\"x\":{Deep(100)}}}",
                   "\0",
                   "",
               }
               select (text, Encoding.UTF8.GetBytes(text + End)),
            ("invalid UTF-8 outside of a text", [.. "{\"type\":"u8, 0x81, (byte)'}', (byte)End]),
            ("33 KB", Encoding.UTF8.GetBytes(HubCalls.Frame("Join", $"{{\"conversationId\":\"{new string('a', 33 * 1024)}\"}}") + End)),
            ("33 KB without an end", Encoding.UTF8.GetBytes(new string(' ', 33 * 1024))),
            ("MessagePack", [0x01, 0x91, 0x06, (byte)End]),
            ("a farewell", Encoding.UTF8.GetBytes($"{{\"type\":7,\"error\":\"x\",\"allowReconnect\":true}}{End}")),
        ];

        var rows = await fixture.Server.CountsAsync();
        var faults = new List<string>();
        foreach (var (name, bytes) in breaking)
        {
            await using var connection = await RawHubConnection.OpenAsync(fixture.Server, _cast.Investor);
            await connection.SendBytesAsync(bytes);

            // The next call shows whether the connection is closed; an open connection would answer it.
            var (completion, said) = await connection.ProbeAsync(_cast.ConversationId);
            if (completion is not null || IsBad(said))
                faults.Add($"{name[..Math.Min(200, name.Length)]}: {said}");
        }

        faults.ShouldBeEmpty();
        (await fixture.Server.CountsAsync()).ShouldBe(rows);
        await fixture.ShouldBeUnaffectedAsync();
    }

    /// <summary>Tests unusual but valid frames.</summary>
    [Fact]
    public async Task Frame_CutOrJoinedOtherwise_IsStillOneCall()
    {
        var leave = $$"""{"conversationId":"{{_cast.ConversationId}}"}""";
        await using var connection = await RawHubConnection.OpenAsync(fixture.Server, _cast.Investor);

        await connection.SendBytesAsync(
            Encoding.UTF8.GetBytes(HubCalls.Frame("Leave", leave, "binary") + End), WebSocketMessageType.Binary);
        (await connection.CompletionAsync("binary")).Completion.ShouldNotBeNull().TryGetProperty("error", out _).ShouldBeFalse();

        foreach (var part in Encoding.UTF8.GetBytes(HubCalls.Frame("Leave", leave, "cut") + End).Chunk(7))
            await connection.SendBytesAsync(part);
        (await connection.CompletionAsync("cut")).Completion.ShouldNotBeNull().TryGetProperty("error", out _).ShouldBeFalse();

        // SignalR ignores text after the JSON object in a frame.
        await connection.SendAsync($"{HubCalls.Frame("Leave", leave, "first")},{HubCalls.Frame("Leave", leave, "second")}");
        (await connection.CompletionAsync("first")).Completion.ShouldNotBeNull().TryGetProperty("error", out _).ShouldBeFalse();

        await connection.SendAsync(string.Join(End, Enumerable.Repeat(HubCalls.Frame("Leave", leave, "same"), 20)));
        for (var answered = 0; answered < 20; answered++)
            (await connection.CompletionAsync("same")).Completion.ShouldNotBeNull().TryGetProperty("error", out _).ShouldBeFalse();
    }

    [Fact]
    public async Task Connection_AfterItsFarewell_TakesNothingMore()
    {
        var rows = await fixture.Server.CountsAsync();
        await using var connection = await RawHubConnection.OpenAsync(fixture.Server, _cast.Investor);

        await connection.CloseAsync();

        await Should.ThrowAsync<WebSocketException>(
            () => connection.SendAsync(HubCalls.Frame("Read", $$"""{"conversationId":"{{_cast.ConversationId}}"}""")));
        await connection.WaitForEndAsync();
        (await fixture.Server.CountsAsync()).ShouldBe(rows);
        await fixture.ShouldBeUnaffectedAsync();
    }

    [Fact]
    public async Task Connection_ThatEndsDuringItsCall_IsNoFaultOfOurs()
    {
        const string Waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
        await using var blocker = new NpgsqlConnection(fixture.Server.ConnectionString);
        await blocker.OpenAsync(TestContext.Current.CancellationToken);
        await using var transaction = await blocker.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await using var locking = new NpgsqlCommand(
            $"SELECT 1 FROM conversations WHERE id = '{_cast.ConversationId}' FOR UPDATE", blocker, transaction);
        await locking.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        var connection = await RawHubConnection.OpenAsync(fixture.Server, _cast.Investor);

        await connection.SendAsync(HubCalls.Frame("Read", $$"""{"conversationId":"{{_cast.ConversationId}}"}"""));
        await Eventually.TrueAsync(
            async () => await fixture.Server.QueryAsync<long>(Waiting) > 0, "The call does not wait for the locked row.");
        await connection.DisposeAsync();
        await Eventually.TrueAsync(async () => await fixture.Server.QueryAsync<long>(Waiting) == 0, "The call was not canceled.");

        await transaction.RollbackAsync(TestContext.Current.CancellationToken);
        await fixture.ShouldBeUnaffectedAsync();
    }

    [Fact]
    public async Task Handshake_OutOfItsForm_IsRejectedInOneSentence()
    {
        var faults = new List<string>();
        foreach (var handshake in new[]
        {
            """{"protocol":"messagepack","version":1}""", """{"protocol":"JSON2","version":1}""", """{"protocol":"json","version":99}""",
            """{"protocol":"json"}""",
            """{"version":1}""",
            """{"protocol":1,"version":1}""",
            """{"protocol":null,"version":1}""",
            """{"protocol":"json","version":"1"}""",
            "{}",
            "[]",
            "null",
            "x",
            "",
            "{",
            """{"type":6}""",
            HubCalls.Frame("Join", "{}"),
            new string('x', 5000),
            $"{{\"protocol\":\"json\",\"version\":1,\"x\":{Deep(100)}}}",
        })
        {
            await using var connection = await RawHubConnection.ConnectAsync(fixture.Server, _cast.Investor);
            await connection.SendAsync(handshake);
            var (completion, said) = await connection.ProbeAsync(_cast.ConversationId);
            if (completion is not null || IsBad(said))
                faults.Add($"{handshake}: {said}");
        }

        faults.ShouldBeEmpty();
        await fixture.ShouldBeUnaffectedAsync();
    }

    [Fact]
    public async Task Handshake_ThatNeverComes_IsNotWaitedForLongerThanConfigured()
    {
        await using var silent = await RawHubConnection.ConnectAsync(fixture.Server, _cast.Investor);
        await using var unending = await RawHubConnection.ConnectAsync(fixture.Server, _cast.Investor);
        var started = Stopwatch.GetTimestamp();

        await unending.SendBytesAsync("{\"protocol\":"u8.ToArray());

        await silent.WaitForEndAsync();
        await unending.WaitForEndAsync();
        Stopwatch.GetElapsedTime(started).ShouldBeLessThan(HostileServerFixture.HandshakeTimeout + TimeSpan.FromSeconds(3));
        await fixture.ShouldBeUnaffectedAsync();
    }

    [Fact]
    public async Task Flood_OfCallsAndPings_DoesNotAffectOthers()
    {
        await using var calls = await RawHubConnection.OpenAsync(fixture.Server, _cast.Investor);
        await using var pings = await RawHubConnection.OpenAsync(fixture.Server, _cast.Startup);

        var flood = Task.Run(
            () =>
                FloodAsync(
                    calls,
                    $$"""{"type":1,"target":"Typing","arguments":[{"conversationId":"{{_cast.ConversationId}}","isTyping":true}]}""",
                    10_000),
            TestContext.Current.CancellationToken);
        var pinging = Task.Run(() => FloodAsync(pings, """{"type":6}""", 1_000), TestContext.Current.CancellationToken);

        await fixture.ShouldBeUnaffectedAsync();
        await Task.WhenAll(flood, pinging);
        (await pings.ProbeAsync(_cast.ConversationId)).Completion.ShouldNotBeNull();
        await fixture.ShouldBeUnaffectedAsync();
    }

    [Fact]
    public async Task HubPath_WithoutAWebSocket_SaysNothingOfTheInside()
    {
        foreach (var method in new[] { "GET", "POST", "DELETE", "OPTIONS", "PUT", "TRACE" })
        {
            foreach (var path in new[] { "/hubs/messaging", "/hubs/messaging?id=x", "/hubs/messaging/negotiate", "/hubs/messaging/negotiate?negotiateVersion=99", "/hubs/messaging/x" })
            {
                var request = new WireRequest(method, path).WithToken(_cast.Investor.AccessToken);
                var answer = (await fixture.SendAsync(method == "GET" ? request : request with { Body = "{}"u8.ToArray() }))
                    .ShouldNotBeNull();

                answer.Status.ShouldBeInRange(200, 499, $"{method} {path}");
                InnerText.IsIn(answer.Text).ShouldBeFalse(answer.Text);
            }
        }

        var upgrade = new WireRequest("GET", "/hubs/messaging")
            .With("Connection", "Upgrade")
            .With("Upgrade", "websocket")
            .WithToken(_cast.Investor.AccessToken);
        foreach (var (name, value) in new[] { ("Sec-WebSocket-Version", "12"), ("Sec-WebSocket-Key", "x"), ("Sec-WebSocket-Key", new string('A', 22) + "==") })
        {
            ((HttpStatusCode)(await fixture.SendAsync(upgrade.With(name, value))).ShouldNotBeNull().Status)
                .ShouldBe(HttpStatusCode.BadRequest, name);
        }

        await fixture.ShouldBeUnaffectedAsync();
    }

    private static bool IsBad(string said) => InnerText.IsIn(said) || said.EndsWith(HubCalls.Silence, StringComparison.Ordinal);

    private static async Task FloodAsync(RawHubConnection connection, string frame, int count)
    {
        var some = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(frame + End, 100)));
        for (var sent = 0; sent < count; sent += 100)
            await connection.SendBytesAsync(some);
    }

    private static string Deep(int levels) => string.Concat(Enumerable.Repeat("{\"a\":", levels)) + "1" + new string('}', levels);
}
