using System.Text;
using System.Text.Json.Nodes;
using CleanMessaging.Hostile.Tests.Corpus;
using CleanMessaging.Hostile.Tests.Requests;
using CleanMessaging.Hostile.Tests.Wire;

namespace CleanMessaging.Hostile.Tests.Mutations;

/// <summary>Mutates the structure and the bytes of valid requests. The same random numbers produce the same mutations.</summary>
internal sealed class Mutator(Random random)
{
    private static readonly string[] _texts =
    [
        .. NastyTexts.Visible.Where(text => text.Length < 200), .. NastyTexts.Blank, .. BadIds.All, "\0", "a\0b", new('x', 5001), new('9', 400), "Admin", "Investor", "0", "-1", "1e999", "\\", "null",
    ];

    private static readonly string[] _numbers =
    [
        "0", "-0", "1", "-1", "1.0", "1.5", "1e0", "1e400", "-1e400", "100", "101", "8760", "8761", "1000000", "1000001", "1000000000000",
        "1000000000001", "2147483647", "2147483648", "-2147483649",
        "9223372036854775807", "9223372036854775808", "-9223372036854775808", "-9223372036854775809", "18446744073709551616", "01", "0x1",
        "NaN", "1_0", "+1", ".1", "1.", "1e", "--1",
    ];

    private static readonly string[] _values =
        ["null", "true", "false", "{}", "[]", "[null]", "[[]]", "{\"\":\"\"}", "\"\\ud800\"", "\"\\udc00\\ud800\"", "\"\\u0000\"", "\"", "", "[", "{", "\"\\x\"", "undefined", "/**/1", "1 2"];

    private static readonly string[] _names =
        ["", "x", "senderId", "userId", "role", "cost", "price", "isAdmin", "__proto__", "$type", "$id", "$ref",
        "ConversationId", "conversationid", "content\0", "💥", "a.b", "a[0]", "\u202E", "'", "\"", "{0}", "{conversationId}"];

    private static readonly string[] _headers =
    [
        "Accept", "Accept-Encoding", "Content-Encoding", "Content-Language", "Cookie", "Date", "Expect", "Forwarded", "From", "If-Match",
        "If-None-Match", "Idempotency-Key", "Origin", "Pragma", "Prefer", "Range",
        "Referer", "TE", "Trailer", "traceparent", "tracestate", "Upgrade", "User-Agent", "Via", "X-Forwarded-For", "X-Forwarded-Proto",
        "X-Request-Id", "X-HTTP-Method-Override", "Authorization", "Content-Type", "Host",
    ];

    private static readonly string[] _methods = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "POSTX"];

    /// <summary>Existing ids that are inserted in wrong places.</summary>
    public required IReadOnlyList<string> Ids { get; init; }

    /// <summary>Applies one to three mutations, or sometimes none, so that valid requests are mixed in.</summary>
    public WireRequest Spoil(Sample sample)
    {
        var body = sample.Body?.DeepClone().AsObject();
        var spoiled = sample with { Body = body };
        var times = random.Next(4);
        for (var time = 0; time < times; time++)
            spoiled = SpoilPart(spoiled);

        var request = spoiled.ToRequest();
        if (request.Body is { } bytes && Chance(6))
            request = request with { Body = SpoilBytes(bytes.ToArray()) };
        if (body is not null && Chance(5))
            request = request.WithJson(SpoilText(body.ToJsonString()));
        if (Chance(8))
            request = SpoilHead(request);

        return request;
    }

    /// <summary>Flips, cuts, inserts and repeats bytes.</summary>
    public byte[] SpoilBytes(byte[] bytes)
    {
        var spoiled = bytes.ToList();
        for (var time = random.Next(1, 5); time > 0 && spoiled.Count > 0; time--)
        {
            var at = random.Next(spoiled.Count);
            switch (random.Next(5))
            {
                case 0: spoiled[at] ^= (byte)(1 << random.Next(8)); break;
                case 1: spoiled[at] = (byte)random.Next(256); break;
                case 2: spoiled.RemoveRange(at, Math.Min(random.Next(1, 20), spoiled.Count - at)); break;
                case 3: spoiled.Insert(at, (byte)random.Next(256)); break;
                default: spoiled.InsertRange(at, spoiled.GetRange(at, Math.Min(random.Next(1, 20), spoiled.Count - at))); break;
            }
        }

        return [.. spoiled];
    }

    /// <summary>Returns JSON with one value, name or structural part replaced, which a serializer would not write.</summary>
    public string SpoilText(string json)
    {
        var places = json
            .Select((character, index) => (character, index))
            .Where(one => one.character is ':' or ',' or '"' or '{' or '}' or '[' or ']')
            .ToList();
        var (_, at) = Pick(places);

        return random.Next(4) switch
        {
            0 => json[..at] + json[(at + 1)..],
            1 => json.Insert(at, Pick(_values)),
            2 => json.Insert(at + 1, Pick(_numbers)),
            _ => json[..at] + Pick(_values) + json[at..],
        };
    }

    /// <summary>Mutates one member of an object, or adds one.</summary>
    public JsonObject Spoil(JsonObject target)
    {
        SpoilObject(target);

        return target;
    }

    private Sample SpoilPart(Sample sample) => random.Next(7) switch
    {
        0 when sample.PathValues.Count > 0 =>
            sample with { PathValues = sample.PathValues.SetItem(Pick([.. sample.PathValues.Keys]), AnyId()) },
        1 => sample with { Query = sample.Query.Add((Pick<string>([.. QueryNames(sample), .. _names]), AnyValue())) },
        2 when sample.Query.Count > 0 => sample with { Query = sample.Query.RemoveAt(random.Next(sample.Query.Count)) },
        3 when QueryNames(sample) is { Count: > 0 } names => sample.WithQuery(Pick(names), AnyValue()),
        4 when Chance(4) => sample with { Headers = sample.Headers.Add((Pick(_headers), HeaderValue())) },
        _ when sample.Body is { } body => WithSpoiledBody(sample, body),
        _ => sample,
    };

    private Sample WithSpoiledBody(Sample sample, JsonObject body)
    {
        SpoilObject(body);

        return sample;
    }

    private void SpoilObject(JsonObject target)
    {
        var names = target.Select(member => member.Key).ToList();
        if (names.Count == 0 || Chance(8))
        {
            target[Pick(_names)] = AnyNode();
            return;
        }

        var name = Pick(names);
        if (target[name] is JsonArray { Count: > 0 } list && Chance(2))
        {
            if (list[0] is JsonObject item && Chance(2))
                SpoilObject(item);
            else
                list.Add(Chance(2) ? list[0]?.DeepClone() : AnyNode());

            return;
        }

        if (Chance(6))
            target.Remove(name);
        else
            target[name] = AnyNode();
    }

    private JsonNode? AnyNode() => random.Next(8) switch
    {
        0 => null,
        1 => random.Next(-2, 200),
        2 => random.NextInt64(),
        3 => Chance(2),
        4 => new JsonObject { [Pick(_names)] = Pick(_texts) },
        5 => new JsonArray(Pick(_texts), AnyId()),
        6 => AnyId(),
        _ => Pick(_texts),
    };

    private WireRequest SpoilHead(WireRequest request) => random.Next(6) switch
    {
        0 => request with { Method = Pick(_methods) },
        1 => request with { Target = Encoding.Latin1.GetString(SpoilBytes(Encoding.Latin1.GetBytes(request.Target))).Replace(' ', '_').Replace('\r', '_').Replace('\n', '_') },
        2 => request with { Target = request.Target.Insert(random.Next(request.Target.Length), Pick(["/", "//", "%00", "%2f", "%ff", ";", "?", "#", "&", "..", "/../", "%", "%u0041"])) },
        3 when request.Headers.Count > 0 => request with { Headers = request.Headers.RemoveAt(random.Next(request.Headers.Count)) },
        4 when request.Headers.Count > 0 => request with { Headers = request.Headers.Add(Pick([.. request.Headers])) },
        _ => request.With(Pick(_headers), HeaderValue()),
    };

    /// <summary>Removes line breaks, which would turn the header into two, or the request into another one.</summary>
    private string HeaderValue() =>
        Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(Pick(_texts))).Replace('\r', ' ').Replace('\n', ' ').Replace('\0', ' ');

    private string AnyValue() => random.Next(3) switch { 0 => Pick(_numbers), 1 => AnyId(), _ => Pick(_texts) };

    private string AnyId() => Chance(3) ? Pick(BadIds.All) : Pick(Ids);

    private static List<string> QueryNames(Sample sample) =>
    [
        .. from parameter in sample.Operation.Parameters
           where parameter.GetProperty("in").GetString() == "query"
           select parameter.GetProperty("name").GetString()!,
    ];

    private bool Chance(int oneIn) => random.Next(oneIn) == 0;

    private T Pick<T>(IReadOnlyList<T> from) => from[random.Next(from.Count)];
}
