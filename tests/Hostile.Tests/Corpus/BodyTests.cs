using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;
using CleanMessaging.Hostile.Tests.Requests;
using CleanMessaging.Hostile.Tests.Wire;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Hostile.Tests.Corpus;

/// <summary>Sends every malformed body to every operation that has a body.</summary>
public sealed class BodyTests(HostileServerFixture fixture) : IClassFixture<HostileServerFixture>
{
    private const string Malformed = "400 validation.failed";
    private const string TooLarge = "413 request.too_large";
    private const string NotJson = "415 request.unsupported_media_type";
    private const int LargestBody = 64 * 1024;

    [Fact]
    public async Task Body_ThatIsNoJsonObject_IsRejected()
    {
        var cases = new List<HostileCase>();
        foreach (var (request, good) in await GoodRequestsAsync())
        {
            var nested = string.Concat(Enumerable.Repeat("{\"a\":", 100));
            foreach (var (name, body) in new (string Name, string Body)[]
            {
                ("nothing", ""),
                ("a blank", " "),
                ("null", "null"),
                ("an array", "[]"),
                ("an array around it", $"[{good}]"),
                ("a string", "\"text\""),
                ("a number", "1"),
                ("NaN", "NaN"),
                ("Infinity", "-Infinity"),
                ("truncated by one", good[..^1]),
                ("half of it", good[..(good.Length / 2)]),
                ("two documents", $"{good}{good}"), ("two documents on two lines", $"{good}\n{good}"), ("a comma after it", $"{good},"),
                ("a trailing comma", good.Insert(good.Length - 1, ",")), ("no colon", good.Replace("\":", "\" ", StringComparison.Ordinal)),
                ("a comment before", $"/* comment */{good}"), ("a comment inside", good.Insert(1, "// comment\n")), ("single quotes", good.Replace('"', '\'')),
                ("names without quotes", "{conversationId:1}"), ("60,000 brackets", new string('[', 60_000)),
                ("a hundred deep", nested + "1" + new string('}', 100)),
                ("an unknown member nine deep", good.Insert(1, "\"a\":[[[[[[[[[1]]]]]]]]],")),
                ("a NUL behind", good + "\0"),
                ("UTF-16", "\0{\0}"),
                ("a capital True", "{\"a\":True}"),
                ("a number with a leading zero", "{\"a\":01}"),
            })
            {
                cases.Add(new(name, request.WithJson(body), Malformed));
            }

            cases.Add(
                new(
                    "compressed",
                    request.WithJson(Compressed(good)).With("Content-Encoding", "gzip"),
                    "415 request.unsupported_content_encoding"));
        }

        await fixture.ShouldRejectAsync(cases);
    }

    [Fact]
    public async Task Body_WithAMemberAtFault_IsRejectedWithTheMemberNamed()
    {
        var samples = await SamplesAsync();
        var rows = await fixture.Server.CountsAsync();
        var faults = new List<string>();
        foreach (var sample in samples)
        {
            var bad = MemberFaults.Of(sample.Body!, fixture.Description.MembersOf(sample.Operation)).ToList();
            bad.Count.ShouldBeGreaterThan(5);
            foreach (var (member, body) in bad)
            {
                var answer = await fixture.SendAsync(sample.ToRequest().WithJson(body));
                if (answer?.Outcome != Malformed || !Names(answer, member) || answer.Json.GetProperty("retryable").GetBoolean())
                    faults.Add($"{sample.Operation} {body}: {member} should be rejected, but was {answer}");
            }
        }

        faults.ShouldBeEmpty();
        (await fixture.Server.CountsAsync()).ShouldBe(rows);
        await fixture.ShouldBeUnaffectedAsync();
    }

    [Fact]
    public async Task Body_OfAnotherMediaType_IsRejected()
    {
        var cases = new List<HostileCase>();
        foreach (var (request, _) in await GoodRequestsAsync())
        {
            var untyped = request.Without("Content-Type");
            cases.Add(new("no type", untyped, NotJson));
            cases.Add(new("no type, in chunks", untyped.InChunks(), NotJson));
            cases.Add(new("two types", request.With("Content-Type", "application/json"), NotJson));
            foreach (var type in new[]
            {
                "",
                "text/plain",
                "text/json",
                "application/xml",
                "text/xml",
                "application/x-www-form-urlencoded",
                "multipart/form-data; boundary=x",
                "application/vnd.x+json", "application/json-patch+json", "application/octet-stream", "application/json; charset=bogus",
                "application/json; charset=utf-16",
                "application/json; charset=iso-8859-1",
                "application/json; charset=",
                "application/json, text/plain",
                "nonsense", "application/json;;;", "*/*",
            })
            {
                cases.Add(new($"type {type}", untyped.With("Content-Type", type), NotJson));
            }
        }

        await fixture.ShouldRejectAsync(cases);
    }

    [Fact]
    public async Task Body_Over64Kilobytes_IsRejected()
    {
        var cases = new List<HostileCase>();
        foreach (var (request, good) in await GoodRequestsAsync())
        {
            var manyMembers = $"{{{string.Join(',', Enumerable.Range(0, 200_000).Select(number => $"\"{number}\":0"))}}}";
            var begun = request.WithJson(good.PadRight(LargestBody));
            cases.Add(new("64 KB and a byte", request.WithJson(good.PadRight(LargestBody + 1)), TooLarge));
            cases.Add(new("64 KB and a byte, in chunks", request.WithJson(good.PadRight(LargestBody + 1)).InChunks(), TooLarge));
            cases.Add(new("100,000 brackets", request.WithJson(new string('[', 100_000)), TooLarge));
            cases.Add(new("200,000 members", request.WithJson(manyMembers), TooLarge));

            // The length is declared, so the server responds without waiting for a body that it does not read.
            cases.Add(new("5 MB", begun.With("Content-Length", "5242880"), TooLarge));
            cases.Add(new("31 MB", begun.With("Content-Length", "32505856"), TooLarge));
            cases.Add(new("as much as a number holds", begun.With("Content-Length", "9223372036854775807"), TooLarge));
        }

        await fixture.ShouldRejectAsync(cases);
    }

    [Fact]
    public async Task Body_InvalidAsUtf8_IsRejected()
    {
        var cases = new List<HostileCase>();
        foreach (var operation in fixture.Description.WithBody)
        {
            var sample = await fixture.SampleOfAsync(operation);
            foreach (var (name, bytes) in new (string Name, byte[] Bytes)[]
            {
                ("a byte that begins nothing", [0x81]),
                ("0xFF", [0xff]),
                ("a cut sequence", [0xe2, 0x82]),
                ("half a pair in CESU", [0xed, 0xa0, 0x80]),
                ("a pair in CESU", [0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80]),
                ("an overlong slash", [0xc0, 0xaf]),
                ("an overlong NUL", [0xc0, 0x80]),
                ("beyond Unicode", [0xf4, 0x90, 0x80, 0x80]),
                ("a raw NUL", [0]),
                ("a raw line feed", [0x0a]),
                ("a raw unit separator", [0x1f]),
            })
            {
                foreach (var member in sample.Body!.Where(member => member.Value is JsonValue value && value.TryGetValue<string>(out _)))
                {
                    cases.Add(
                        new($"{name} in {member.Key}", sample.ToRequest().WithJson(WithBytes(sample.Body!, member.Key, bytes)), Malformed));
                }
            }
        }

        await fixture.ShouldRejectAsync(cases);
    }

    [Fact]
    public async Task Body_OfTheRightForm_IsNotRejectedForItsForm()
    {
        foreach (var operation in fixture.Description.WithBody)
        {
            // Separate users, because some operations end the session of their caller.
            var cast = await Cast.FormAsync(fixture.Server);
            var good = (await cast.SampleOfAsync(fixture.Description, operation)).ToRequest();
            var answer = await fixture.SendAsync(good.WithJson(Encoding.UTF8.GetString(good.Body!.Value.Span).PadRight(LargestBody))
                .Without("Content-Type").With("Content-Type", "application/json; charset=\"UTF-8\""));

            answer.ShouldNotBeNull().IsSuccess.ShouldBeTrue($"{operation}: {answer}");
        }
    }

    /// <summary>Returns whether an error names only this member, optionally with an index in a list, or only an item of the list.</summary>
    private static bool Names(WireAnswer answer, string member) =>
        answer.Json.GetProperty("errors").Members() is [var named]
        && (
            named == member
                || named.EndsWith($"].{member}", StringComparison.Ordinal)
                || named.StartsWith($"{member}[", StringComparison.Ordinal));

    private async Task<IReadOnlyList<(WireRequest Request, string Body)>> GoodRequestsAsync() =>
        [.. (await SamplesAsync()).Select(sample => (sample.ToRequest(), sample.Body!.ToJsonString()))];

    private async Task<IReadOnlyList<Sample>> SamplesAsync()
    {
        var samples = new List<Sample>();
        foreach (var operation in fixture.Description.WithBody)
            samples.Add(await fixture.SampleOfAsync(operation));
        samples.Count.ShouldBeGreaterThan(8);

        return samples;
    }

    /// <summary>Returns the body with raw bytes appended to one text.</summary>
    private static byte[] WithBytes(JsonObject good, string member, byte[] bytes)
    {
        const string Mark = "@mark@";
        var body = good.DeepClone().AsObject();
        body[member] = $"{body[member]}{Mark}";
        var json = body.ToJsonString();
        var at = json.IndexOf(Mark, StringComparison.Ordinal);

        return [.. Encoding.UTF8.GetBytes(json[..at]), .. bytes, .. Encoding.UTF8.GetBytes(json[(at + Mark.Length)..])];
    }

    private static byte[] Compressed(string text)
    {
        using var compressed = new MemoryStream();
        using (var stream = new GZipStream(compressed, CompressionMode.Compress))
            stream.Write(Encoding.UTF8.GetBytes(text));

        return compressed.ToArray();
    }
}
