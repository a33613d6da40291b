using System.Net;
using System.Text.Json;
using CleanMessaging.Application.Messages;
using CleanMessaging.Domain.Text;
using CleanMessaging.Domain.Users;
using CleanMessaging.Hostile.Tests.Requests;
using CleanMessaging.Infrastructure.Serialization;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Hostile.Tests.Corpus;

/// <summary>Tests texts that the server rejects, and unusual texts that it must store unchanged.</summary>
public sealed class TextTests(HostileServerFixture fixture) : IClassFixture<HostileServerFixture>
{
    private const string Malformed = "400 validation.failed";

    /// <summary>Texts that each member rejects, in addition to those that all members reject. A new text member needs a row.</summary>
    private static readonly Dictionary<string, string[]> _rejected = new()
    {
        ["content"] = [.. NastyTexts.Blank, "a\0b", "\0", new('x', 5001), string.Concat(Enumerable.Repeat("😀", 5001))],
        ["displayName"] =
        [
            .. NastyTexts.Blank, "a\0b", "a\u0001b", "a\r\nb", "a\u001b[2J", "a\u0080b", "a\u2028b", "a\u2029b", "\u202Ea", "a\u2066b",
            "a\u200Eb", "a\u200Bb", "a\uFEFF", "a\u00ADb", "a\u3164b",
            "a\u2800b",
            "a\u200Db",
            "a\uFE0Fb",
            "a\U000E0061",
            "x\u0335\u0335\u0335\u0335\u0335",
            new('x', 101),
            string.Concat(Enumerable.Repeat("😀", 101)),
            new('\u0301', 5_000),
        ],
        ["email"] =
        [
            "",
            "a",
            "@",
            "a@",
            "@b",
            "a@b@c",
            "a b@c",
            "a@b\0",
            "a@b\r\nBcc: c@d",
            "a\n@b",
            "a@b\u00A0c",
            "😀@example.com",
            $"{new string('a', 250)}@b.cd",
            "a@\u2028b",
        ],
        ["password"] = ["", new('x', 129)],
        ["currentPassword"] = ["", new('x', 129)],
        ["newPassword"] = ["", "short", new('x', 129)],
        ["emoji"] =
        [
            .. NastyTexts.Blank, "", "a", "ok", "👍👍", "👍a", "a\u200D", "👍\u200D", "\u200D", "👍\0", "\0", "❤\uFE0E", new('x', 1_000),
            string.Concat(Enumerable.Repeat("😀", 1_000)),
        ],
        ["reason"] = [.. NastyTexts.Blank, "a\0b", new('x', 501), string.Concat(Enumerable.Repeat("😀", 501))],

        ["query"] =
        [
            .. NastyTexts.Blank, "", "a", "a b", "\"\"", "ab\0", "a b c d e f g h ij", new('x', 201), string.Concat(Enumerable.Repeat("😀", 201)),
        ],

        // An invalid cursor has an error of its own.
        ["cursor"] = [],
        ["after"] = ["", "soon", "2099-01-01T00:00:00"],
        ["before"] = ["", "soon", "2099-01-01T00:00:00"],
        ["until"] = ["", "soon", "2099-13-01T00:00:00Z", "2099-01-01", "2099-01-01T00:00:00", "99999-01-01T00:00:00Z", "1"],
        ["expiredBefore"] = ["", "soon", "2020-13-01T00:00:00Z", "2020-01-01", "2020-01-01T00:00:00", "99999-01-01T00:00:00Z", "1"],
        ["name"] = ["", " ", ".", "..", "a/b", "a\\b", "a\r\nb", "a\0", "a\u2028b", "gpj.\u202eexe", "\u2066a", "\u200B", new('x', 201)],
        ["kind"] = ["", "File", "IMAGE", "video", "image ", "image\0"],
        ["description"] = ["", " ", "\u200B", "a\0", new('x', 501)],

        // Every invalid token gets the same response.
        ["refreshToken"] = [],
    };

    /// <summary>Texts that only one operation rejects, because existing accounts with such an address can still log in.</summary>
    private static readonly Dictionary<(string Operation, string Member), string[]> _rejectedBy = new()
    {
        [("registerAccount", "email")] =
            ["a\u200B@b", "\uFEFFa@b", "\u202Ea@b", "a\u00AD@b", "a@b\u2060", "a@b\u2800", "a@\u3164", "a\uFE0F@b", "a\u034F@b"],
    };

    [Fact]
    public async Task Text_ThatBreaksItsRules_IsRejected()
    {
        var cases = new List<HostileCase>();
        var members = new HashSet<string>();
        foreach (var operation in fixture.Description.WithBody)
        {
            var sample = await fixture.SampleOfAsync(operation);
            foreach (var member in fixture.Description.MembersOf(operation).Where(member => member.Kind == MemberKind.Text))
            {
                members.Add(member.Name);
                cases.AddRange(
                    from text in _rejected[member.Name].Concat(_rejectedBy.GetValueOrDefault((operation.Id, member.Name), []))
                    select new HostileCase(
                        $"{member.Name} {JsonSerializer.Serialize(text)}",
                        sample.With(body => body[member.Name] = text).ToRequest(),
                        operation.Id == "editMessage" && text.Length == 0 ? "400 message.empty" : Malformed));
            }
        }

        members.ShouldContain("content");
        await fixture.ShouldRejectAsync(cases);
    }

    [Fact]
    public async Task RefreshToken_ThatIsNone_GetsTheOneAnswer()
    {
        var sample = await fixture.SampleOfAsync("refreshSession");

        await fixture.ShouldRejectAsync(
        [
            .. from text in NastyTexts.Visible.Concat(NastyTexts.Blank).Concat(["\0", new('A', 64), new('A', 60_000)])
               select new HostileCase(text, sample.With(body => body["refreshToken"] = text).ToRequest(), "401 auth.invalid_refresh_token"),
        ]);
    }

    [Fact]
    public async Task Content_UpTo5000CodePoints_IsAcceptedHoweverItIsWritten()
    {
        var sample = await fixture.SampleOfAsync("sendMessage");
        foreach (var (text, json) in new[]
        {
            (Repeat("x", 5000), Repeat("x", 5000)),
            (Repeat("😀", 5000), Repeat("😀", 5000)),
            (Repeat("😀", 5000), Repeat("\\ud83d\\ude00", 5000)),
            ("x" + Repeat("\u0001", 4999), "x" + Repeat("\\u0001", 4999)),
        })
        {
            var request = sample.With(body =>
            {
                body["content"] = "@text";
                body["clientMessageId"] = Guid.CreateVersion7();
            }).ToRequest();

            var answer = await fixture.SendAsync(
                request.WithJson(
                    System.Text.Encoding.UTF8.GetString(request.Body!.Value.Span).Replace("@text", json, StringComparison.Ordinal)));

            answer.ShouldNotBeNull().Outcome.ShouldBe("201");
            answer.Json.GetProperty("data").Content().ShouldBe(text);
        }

        static string Repeat(string text, int count) => string.Concat(Enumerable.Repeat(text, count));
    }

    [Fact]
    public async Task Content_OfNastyText_IsTheSameEverywhereAndInNoLog()
    {
        var talks = await Task.WhenAll(NastyTexts.Visible.Chunk(10).Select(StartTalkAsync));

        // Sends the same number of plain texts first, to measure how much they log.
        var linesOfPlain = await LinesOfAsync(() => Task.WhenAll(talks.Select(talk => talk.SendAllAsync(talk.Plain))));
        var linesOfNasty = await LinesOfAsync(() => Task.WhenAll(talks.Select(talk => talk.SendAllAsync(talk.Nasty))));

        // The number of list updates, which log lines as well, depends on the time between the sends.
        CountOfSends(linesOfNasty).ShouldBe(CountOfSends(linesOfPlain));
        CountOfSends(linesOfNasty).ShouldBeGreaterThan(NastyTexts.Visible.Count / 2);
        var distinctive = NastyTexts.Visible.Where(text => text.Length > 5).ToList();
        linesOfNasty.ShouldAllBe(line => !distinctive.Any(text => line.Contains(text)));

        foreach (var talk in talks)
        {
            string[] all = [.. talk.Plain, .. talk.Nasty];
            (await TextsOfPagesAsync(talk.Receiver, talk.ConversationId)).ShouldBe(all);
            var sync = await talk.Receiver.PostAsync(
                "/api/sync", new { conversations = new[] { new { conversationId = talk.ConversationId, sinceRevision = 0 } } });
            sync
                .Expect(HttpStatusCode.OK).Data.GetProperty("conversations")[0]
                .GetProperty("messages")
                .EnumerateArray()
                .Select(message => message.Content())
                .ShouldBe(all);
            await talk.Live.DisposeAsync();
        }

        await fixture.ShouldBeUnaffectedAsync();

        static int CountOfSends(IReadOnlyCollection<string> lines) =>
            lines.Count(line => line.Contains(nameof(SendMessageCommand), StringComparison.Ordinal));
    }

    [Fact]
    public async Task DisplayNameAndReason_OfNastyText_AreTheSameWhereverTheyAreShown()
    {
        var names = new List<string>();
        foreach (var text in NastyTexts.Visible)
        {
            var registration = (await fixture.SampleOfAsync("registerAccount")).With(body => body["displayName"] = text);
            var registered = (await fixture.SendAsync(registration.ToRequest())).ShouldNotBeNull();
            if (DisplayName.Check(text) is not null)
            {
                registered.Outcome.ShouldBe(Malformed, text);
                continue;
            }

            registered.Outcome.ShouldBe("201", text);
            var name = registered.Json.GetProperty("data").GetProperty("user").GetProperty("displayName").GetString().ShouldNotBeNull();
            name.ShouldBe(UnicodeText.ToNfc(text).Trim());
            names.Add(name);

            var found = await fixture.Cast.Startup.GetAsync($"/api/users?search={Uri.EscapeDataString(text)}");
            if (!UserSearchText.IsAcceptable(text))
            {
                found.FaultsOf("search").ShouldBe(["user.invalid_search"]);
                continue;
            }

            found
                .Expect(HttpStatusCode.OK).Data.EnumerateArray()
                .Select(user => user.GetProperty("displayName").GetString())
                .ShouldContain(name);
        }

        names.Count.ShouldBeGreaterThan(50);
        foreach (var text in NastyTexts.Visible.Where(text => text.EnumerateRunes().Count() <= 500))
        {
            var credit = (await fixture.SampleOfAsync("creditWallet")).With(body => body["reason"] = text);
            var credited = await fixture.SendAsync(credit.ToRequest());
            credited.ShouldNotBeNull().Outcome.ShouldBe("201", text);

            var statement = await fixture.Cast.Startup.GetAsync("/api/wallet/transactions?limit=1");
            statement.Expect(HttpStatusCode.OK).Data[0].GetProperty("reason").GetString().ShouldBe(text);
        }

        await fixture.ShouldBeUnaffectedAsync();
    }

    /// <summary>Sends each text, and waits until the other user receives it live and unchanged.</summary>
    /// <summary>
    /// Starts a conversation for a part of the texts. List updates of one conversation have a shortest distance, so several save time.
    /// </summary>
    private async Task<Talk> StartTalkAsync(string[] nasty)
    {
        var (sender, receiver, conversationId) = await fixture.Server.RegisterPairAsync();
        (await fixture.Cast.Admin.PutAsync($"/api/admin/users/{sender.Id}/quota", new { dailyFreeLimit = 1_000_000, pointsPerMessage = 0 }))
            .Expect(HttpStatusCode.OK);
        var live = await receiver.ConnectAsync();
        await live.JoinAsync(conversationId);

        return new Talk(sender, receiver, live, conversationId, [.. nasty.Select((_, number) => $"Plain {number}")], nasty);
    }

    private async Task<IReadOnlyList<string>> LinesOfAsync(Func<Task> work)
    {
        var before = fixture.Logs.Lines.Count;
        await work();

        return [.. fixture.Logs.Lines.Skip(before).Select(line => line.Text)];
    }

    private static async Task<IReadOnlyList<string?>> TextsOfPagesAsync(TestUser reader, Guid conversationId)
    {
        var texts = new List<string?>();
        var before = "";
        while (true)
        {
            var page = (await reader.GetAsync($"/api/messages?conversationId={conversationId}&limit=100{before}"))
                .Expect(HttpStatusCode.OK);
            texts.InsertRange(0, page.Data.EnumerateArray().Select(message => message.Content()));
            if (!page.Body.GetProperty("page").GetProperty("hasMoreBefore").GetBoolean())
                return texts;

            before = $"&before={page.Data[0].Id()}";
        }
    }

    private sealed record Talk(
        TestUser Sender, TestUser Receiver, TestConnection Live, Guid ConversationId, IReadOnlyList<string> Plain,
        IReadOnlyList<string> Nasty)
    {
        /// <summary>Sends texts one after the other, and expects each in the response, in the live event and in the list update.</summary>
        public async Task SendAllAsync(IEnumerable<string> texts)
        {
            foreach (var text in texts)
            {
                var body = JsonSerializer.Serialize(new { conversationId = ConversationId, content = text }, StrictJson.Options);
                using var content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");
                var sent = (await Sender.PostRawAsync("/api/messages/send", content)).Expect(HttpStatusCode.Created);
                sent.Data.Content().ShouldBe(text);
                (await Live.NextAsync("NewMessage")).GetProperty("message").Content().ShouldBe(text);
                var updated = await Live.NextAsync("ConversationUpdated", update => LastMessageOf(update)?.Id() == sent.Id());
                LastMessageOf(updated)!.Value.Content().ShouldBe(text);
            }
        }

        private static JsonElement? LastMessageOf(JsonElement update) =>
            update.GetProperty("conversation").GetProperty("lastMessage") is { ValueKind: JsonValueKind.Object } message ? message : null;
    }
}
