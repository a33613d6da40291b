using System.Text.Json;
using System.Text.Json.Nodes;
using CleanMessaging.Hostile.Tests.Requests;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Hostile.Tests.Corpus;

/// <summary>Tests queries, ids, numbers, methods and paths that the operations do not accept.</summary>
public sealed class AddressTests(HostileServerFixture fixture) : IClassFixture<HostileServerFixture>
{
    private const string Malformed = "400 validation.failed";
    private const string NoRoute = "404 route.not_found";
    private const string NoMethod = "405 route.method_not_allowed";

    /// <summary>URL-encoded texts that are not valid integers.</summary>
    private static readonly string[] _noWholeNumbers =
    [
        "-1", "99999999999999999999", "abc", "", "1,2", "%00", "1%00", "%2B5", "+5", "5+", "%205", "0x10", "%D9%A5", "5.0", "5e0", "05",
        "00", "%EF%BC%95", "-", "%", "%GG", "NaN", "null",
        "5%0d%0a",
    ];

    /// <summary>Invalid values by query parameter, URL-encoded. A new parameter needs a row.</summary>
    private static readonly Dictionary<string, (string Expected, string[] Values)> _badQueries = new()
    {
        ["limit"] = (Malformed, [.. _noWholeNumbers, "0", "101", "100000000000", "2147483648", "1&limit=2"]),
        ["beforeSequence"] = (Malformed, [.. _noWholeNumbers, "9223372036854775808", "1&beforeSequence=2"]),
        ["afterSequence"] = (Malformed, [.. _noWholeNumbers, "9223372036854775808", "1&afterSequence=2"]),
        ["around"] = (Malformed, [.. _noWholeNumbers, "9223372036854775808", "1&around=2"]),
        ["sequences"] = (Malformed,
        [
            .. _noWholeNumbers.Where(text => text != "1,2"), "0", "1,0", "1,", ",1", "1,,2", "1,1", "1,%202", "1;2", "1%2C1", "9223372036854775808",
            string.Join(',', Enumerable.Range(1, 51)), "1&sequences=2",
        ]),
        ["cursor"] = ("400 page.invalid_cursor",
        [
            "x", "%00", "AAAA", "-", "null", "%F0%9F%98%80", "%27%20OR%201%3D1--", new('=', 100), "AAAAAAAAAAAAAAAAAAAAAAA",
        ]),
        ["search"] = (Malformed, ["%00", "a%00b", new('x', 101)]),
        ["filter"] = (Malformed, ["", "x", "Inbox", "inbox%20", "%00", "1", "inbox&filter=all"]),
        ["variant"] = (Malformed, ["", "x", "Original", "thumbnail%20", "%00", "1", "original&variant=thumbnail"]),
        ["kind"] = (Malformed, ["", "x", "Image", "image%20", "%00", "1", "image&kind=file"]),
        ["conversationId"] = (Malformed, [.. BadIds.All.Select(Uri.EscapeDataString), "%", "%GG"]),
        ["before"] = (Malformed, [.. BadIds.All.Select(Uri.EscapeDataString)]),
        ["after"] = (Malformed, [.. BadIds.All.Select(Uri.EscapeDataString)]),
    };

    [Fact]
    public async Task Query_OutOfItsForm_IsRejected()
    {
        var cases = new List<HostileCase>();
        foreach (var operation in fixture.Description.Operations)
        {
            var sample = await fixture.SampleOfAsync(operation);
            foreach (var name in operation.Parameters.Where(parameter => In(parameter, "query")).Select(NameOf))
            {
                var others = string.Concat(sample.Query.Where(pair => pair.Name != name).Select(pair => $"&{pair.Name}={pair.Value}"));
                var (expected, values) = _badQueries[name];
                cases.AddRange(values.Select(value => new HostileCase(
                    name, sample.ToRequest() with { Target = $"{sample.Path}?{name}={value}{others}" }, expected)));
            }
        }

        cases.Select(one => one.Name).Distinct().Count().ShouldBe(_badQueries.Count);
        await fixture.ShouldRejectAsync(cases);
    }

    [Fact]
    public async Task Query_OfMessages_IsAnsweredAlikeForUnknownAndForeignOnes()
    {
        var sample = await fixture.SampleOfAsync("getMessages");
        var foreign = await fixture.Cast.OtherStartup.SendAsync(fixture.Cast.OtherConversationId, "Of another conversation");

        await fixture.ShouldRejectAsync(
        [
            .. from name in new[] { "before", "after" }
               from id in new[] { foreign.Id(), Guid.CreateVersion7(), new("ffffffff-ffff-7fff-bfff-ffffffffffff") }
               select new HostileCase(name, sample.WithQuery(name, id.ToString()).ToRequest(), "400 message.invalid_cursor"),
            new(
                "both",
                sample.WithQuery("before", foreign.Id().ToString()).WithQuery("after", foreign.Id().ToString()).ToRequest(),
                Malformed),
            new("two places", sample.WithQuery("beforeSequence", "1").WithQuery("afterSequence", "1").ToRequest(), Malformed),
            new("no conversation", sample.ToRequest() with { Target = sample.Path }, Malformed),
            new(
                "another name",
                sample.ToRequest() with { Target = $"{sample.Path}?conversationid%00={fixture.Cast.ConversationId}" },
                Malformed),
        ]);
    }

    /// <summary>Tests that unknown parameters are rejected, especially parameters that would name the caller.</summary>
    [Fact]
    public async Task Query_WithUnknownOrRepeatedParameters_IsRejected()
    {
        var cases = new List<HostileCase>();
        foreach (var operation in fixture.Description.Operations)
        {
            var sample = await fixture.SampleOfAsync(operation);
            var query = string.Concat(sample.Query.Select(pair => $"&{pair.Name}={pair.Value}"));
            string[] unknown = ["userId=1", "role=Admin", "access_token=x", "%00=1", "=", "x", "$where=1", "limit%00=1", "__proto__=1", "%FF=1", "a[]=1", $"{new string('x', 4000)}=1"];
            cases.AddRange(
                unknown.Select(one => new HostileCase(one, sample.ToRequest() with { Target = $"{sample.Path}?{one}{query}" }, Malformed)));
            cases.AddRange(
                unknown.Select(
                    one => new HostileCase(one, sample.ToRequest() with { Target = $"{sample.Path}?{query}&{one}" }, Malformed)));
            foreach (var (name, value) in sample.Query)
                cases.Add(new("twice", sample.ToRequest() with { Target = $"{sample.Path}?{query}&{name}={value}" }, Malformed));
        }

        cases.Count.ShouldBeGreaterThan(500);
        await fixture.ShouldRejectAsync(cases);
    }

    [Fact]
    public async Task Path_WithAnIdInAnotherForm_IsRejected()
    {
        var cases = new List<HostileCase>();
        foreach (
            var operation in fixture.Description.Operations.Where(
                operation => operation.Parameters.Any(parameter => In(parameter, "path"))))
        {
            var sample = await fixture.SampleOfAsync(operation);
            foreach (var name in sample.PathValues.Keys)
            {
                // An empty id is another path, and the HTTP server itself rejects U+0000 in a path.
                cases.AddRange(BadIds.All.Where(id => id.Trim().Length > 0).Select(id =>
                    new HostileCase(
                        id,
                        (sample with { PathValues = sample.PathValues.SetItem(name, id) }).ToRequest(),
                        id.Contains('\0') ? "400" : Malformed)));
                cases.Add(
                    new(
                        "another path inside",
                        (sample with { PathValues = sample.PathValues.SetItem(name, "../admin") }).ToRequest(),
                        Malformed));
            }
        }

        await fixture.ShouldRejectAsync(cases);
    }

    [Fact]
    public async Task Number_OutOfItsRange_IsRejected()
    {
        var numbers = new Dictionary<string, string[]>
        {
            ["expirationHours"] = ["0", "-1", "0.5", "8761", "2147483647", "2147483648", "-2147483648", "-0"],
            ["maxPoints"] = ["-1", "-9223372036854775808"],
            ["replyToSequence"] = ["0", "-1", "0.5", "9223372036854775808", "-9223372036854775808"],
            ["pointsCost"] = ["-1", "-9223372036854775808"],
            ["amount"] = ["0", "-1", "1000000000001", "9223372036854775807", "-9223372036854775808"],
            ["dailyFreeLimit"] = ["-1", "1000001", "2147483648", "-2147483648"],
            ["pointsPerMessage"] = ["-1", "1000001", "9223372036854775807"],
            ["sinceRevision"] = ["-1", "-9223372036854775808"],
            ["sincePersonalRevision"] = ["-1", "-9223372036854775808"],
            ["throughSequence"] = ["-1", "-9223372036854775808"],
            ["bytes"] = ["0", "-1", "-9223372036854775808"],
            ["bytesLimit"] = ["-1", "1099511627777", "-9223372036854775808"],
            ["limit"] = ["0", "-1", "51", "2147483648", "-2147483648"],
            ["version"] = ["-1", "2147483648", "-2147483648"],
            ["atMost"] = ["0", "-1", "5001", "2147483648", "-2147483648"],
        };
        var cases = new List<HostileCase>();
        foreach (var operation in fixture.Description.WithBody)
        {
            var sample = await fixture.SampleOfAsync(operation);
            foreach (var member in fixture.Description.MembersOf(operation))
            {
                foreach (var number in NumbersIn(member))
                {
                    cases.AddRange(numbers[number].Select(value => new HostileCase(
                        $"{number} {value}",
                        sample.ToRequest().WithJson(WithNumber(sample.Body!, member.Name, number, value)),
                        Malformed)));
                }
            }
        }

        cases.Select(one => one.Name.Split(' ')[0]).Distinct().Count().ShouldBe(numbers.Count);
        await fixture.ShouldRejectAsync(cases);
    }

    [Fact]
    public async Task Number_AtTheEndsOfItsRange_IsAccepted()
    {
        foreach (var (operation, member, values) in new[]
        {
            ("sendMessage", "expirationHours", (long[])[1, 8760]),
            ("setDefaultExpiration", "expirationHours", [1, 8760]),
            ("expireMessageSooner", "expirationHours", [1]),
            ("sendMessage", "maxPoints", [0, long.MaxValue]),
            ("sendMessage", "replyToSequence", [1]),
            ("startConversation", "pointsCost", [0, long.MaxValue]),
            ("searchMessages", "limit", [1, 50]),
            ("creditWallet", "amount", [1, 1_000_000_000_000]),
            ("setUserQuota", "dailyFreeLimit", [0, 1_000_000]),
            ("setUserQuota", "pointsPerMessage", [0, 1_000_000]),
            ("purgeExpiredMessages", "atMost", [1, 5000]),
        })
        {
            foreach (var value in values)
            {
                var sample = await fixture.SampleOfAsync(operation);
                var answer = await fixture.SendAsync(sample.With(body => body[member] = value).ToRequest());

                answer.ShouldNotBeNull().IsSuccess.ShouldBeTrue($"{member} {value}: {answer}");
            }
        }
    }

    [Fact]
    public async Task Method_OfAnotherRoute_IsRejected()
    {
        var cases = new List<HostileCase>();
        foreach (var path in fixture.Description.Operations.GroupBy(operation => operation.Path))
        {
            // Another route matches this path, with the last segment as a malformed id.
            if (path.Key is "/api/conversations/create" or "/api/attachments/links")
                continue;

            var request = (await fixture.SampleOfAsync(path.First())).ToRequest();
            string[] methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "SEARCH", "POSTT"];
            // Every GET route also answers HEAD. The route to delete a message matches its neighbors, with a malformed id.
            var answered = path
                .Select(operation => operation.Method)
                .Concat(path.Key.StartsWith("/api/messages/", StringComparison.Ordinal) && !path.Key.Contains('{') ? ["DELETE"] : [])
                .SelectMany(method => method == "GET" ? ["GET", "HEAD"] : new[] { method })
                .ToList();
            foreach (var method in methods.Except(answered))
            {
                // The response to HEAD has no body and therefore no error code.
                cases.Add(new(method, request with { Method = method }, method == "HEAD" ? "405" : NoMethod));
            }

            foreach (var method in methods.Except(answered).Take(3))
            {
                cases.Add(
                    new(
                        "overridden",
                        request.With("X-HTTP-Method-Override", "GET") with { Method = method },
                        method == "HEAD" ? "405" : NoMethod));
            }
        }

        await fixture.ShouldRejectAsync(cases);
    }

    [Fact]
    public async Task Path_OfNoRoute_IsNotFound()
    {
        var quota = (await fixture.SampleOfAsync("getQuota")).ToRequest();
        var sending = (await fixture.SampleOfAsync("sendMessage")).ToRequest();
        string[] paths =
        [
            "/api", "/api/", "/api/x", "//", "//api/messages/send", "/api//messages/send", "/api/messages//send", "/..;/api/messages/send", "/api/..;/messages/send", "/api/messages/..;/admin",
            "/api/messages;x=1/send", "/api%2fmessages%2fsend", "/api/messages%2fsend",
            "/api/messages%5csend",
            "/api\\messages\\send",
            "/api/messages/send/x",
            "/api/mess%C3%A4ges/send",
            "/v1/api/messages/send",
            "/actuator/env", "/.git/config", "/.env", "/appsettings.json", "/wp-login.php", "/_framework", "/metrics", "/hubs", "/hubs/",
            "/hubs/other", "/api/admin", "/api/admin/", "/health",
            "/api/conversations/x/y",
        ];

        // The route to delete a message matches these paths, with the last segment as a malformed id.
        string[] otherMethods =
        [
            "/api/messages/send;x", "/api/messages/send.json", "/api/messages/send%0a", "/api/messages/send%20", "/api/messages/%2e%2e%2fsend",
            $"/api/messages/{new string('x', 4000)}",
        ];

        await fixture.ShouldRejectAsync(
        [
            .. from path in paths
               from request in new[] { quota, sending }
               select new HostileCase("no route", request with { Target = path }, NoRoute),
            .. from path in otherMethods
               from request in new[] { quota, sending }
               select new HostileCase("no route of this method", request with { Target = path }, NoMethod),
        ]);
    }

    /// <summary>Tests that other spellings of a path reach the same endpoint with the same rules.</summary>
    [Fact]
    public async Task Path_SpelledOtherwise_NeedsATokenAllTheSame()
    {
        var good = (await fixture.SampleOfAsync("getQuota")).ToRequest();
        var sending = (await fixture.SampleOfAsync("sendMessage")).ToRequest();
        foreach (var path in new[]
        {
            "/api/messages/quota/",
            "/API/Messages/QUOTA",
            "/api/messages/%71uota",
            "/%61pi/messages/quota",
            "/./api/messages/quota",
            "/x/../api/messages/quota",
            "/api/./messages/../messages/quota",
            "/x/%2e%2e/api/messages/quota", "/api/messages/quota?", "/api/messages/quota?&", "http://localhost/api/messages/quota",
        })
        {
            (await fixture.SendAsync(good with { Target = path })).ShouldNotBeNull().Status.ShouldBe(200, path);
            (await fixture.SendAsync(good.Without("Authorization") with { Target = path }))
                .ShouldNotBeNull().Outcome.ShouldBe("401 auth.unauthenticated", path);
        }

        await fixture.ShouldRejectAsync(
        [
            .. from path in new[] { "/api/messages/send/", "/API/MESSAGES/SEND", "/%61pi/messages/send", "/x/../api/messages/send" }
               from one in new[]
               {
                   new HostileCase("no token", sending.Without("Authorization"), "401 auth.unauthenticated"),
                   new HostileCase(
                       "another type",
                       sending.Without("Content-Type").With("Content-Type", "text/plain"),
                       "415 request.unsupported_media_type"),
                   new HostileCase("an unknown member", sending.WithJson("{\"x\":1}"), Malformed),
               }
               select one with { Request = one.Request with { Target = path } },
        ]);
    }

    /// <summary>
    /// Tests requests that the HTTP server rejects before the application sees them: the response is only a status, and the connection
    /// closes.
    /// </summary>
    [Fact]
    public async Task RequestLine_ThatIsNone_IsRejectedByTheServerItself()
    {
        var good = (await fixture.SampleOfAsync("getQuota")).ToRequest();

        await fixture.ShouldRejectAsync(
        [
            new("a URL of 8 KB and more", good with { Target = $"{good.Target}?x={new string('x', 8 * 1024)}" }, "414"),
            new("no path", good with { Target = "" }, "400"), new("a relative path", good with { Target = "api/messages/quota" }, "400"),
            new("a NUL", good with { Target = "/api\0/messages" }, "400"), new("a raw byte", good with { Target = "/api/\u00ff" }, "400"),
            new("an incomplete escape", good with { Target = "/api/messages/%80%" }, NoMethod),
            new("CONNECT", good with { Method = "CONNECT" }, NoMethod),
            new("a method with a blank", good with { Method = "GET GET" }, "400"), new("no method", good with { Method = "" }, "400"),
            new("a method of 9,000 letters", good with { Method = new string('A', 9000) }, "414"),
            new("a star", good with { Target = "*" }, "405"),
            new("a control character", good with { Target = "/api/\u0001" }, NoRoute),
            new("a version inside", good with { Target = "/api HTTP/1.1\r\nX: y\r\n\r\nGET /" }, "400"),
            new("an escaped NUL", good with { Target = "/api/messages/quota%00" }, "400"), new("another host", good with { Target = "http://elsewhere.example/api/messages/quota" }, "400"),
        ]);
    }

    private static IEnumerable<string> NumbersIn(Member member) =>
        member.Kind == MemberKind.Number
            ? [member.Name]
            : member.Items.Where(item => item.Kind == MemberKind.Number).Select(item => item.Name);

    /// <summary>Returns the body with a number in exactly this notation, which a serializer might not write.</summary>
    private static string WithNumber(JsonObject good, string member, string number, string value)
    {
        var body = good.DeepClone().AsObject();
        var owner = member == number ? body : body[member]![0]!.AsObject();
        owner[number] = "@number";

        return body.ToJsonString().Replace("\"@number\"", value, StringComparison.Ordinal);
    }

    private static bool In(JsonElement parameter, string place) => parameter.GetProperty("in").GetString() == place;

    private static string NameOf(JsonElement parameter) => parameter.GetProperty("name").GetString()!;
}
