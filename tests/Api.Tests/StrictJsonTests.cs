using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Api.Tests;

/// <summary>Every route with a body, given every malformed body: refused, with the member named, and without a trace in the database.</summary>
public sealed class StrictJsonTests(ApiServerFixture fixture) : IClassFixture<ApiServerFixture>, IAsyncLifetime
{
    private const string Id = "019ab0de-1111-7000-8000-000000000001";

    private const string Quoted = $"\"{Id}\"";

    /// <summary>Per route, a body of the right form.</summary>
    private static readonly Dictionary<string, JsonObject> _bodies = new()
    {
        ["/api/auth/register"] = new() { ["email"] = "strict@example.com", ["password"] = "correct horse", ["displayName"] = "Strict", ["role"] = "Investor" },
        ["/api/auth/login"] = new() { ["email"] = "strict@example.com", ["password"] = "correct horse" },
        ["/api/auth/refresh"] = new() { ["refreshToken"] = "token" },
        ["/api/conversations/create"] = new() { ["receiverId"] = Id, ["pointsCost"] = 0 },
        ["/api/messages/send"] = new()
        {
            ["conversationId"] = Id,
            ["content"] = "Hello",
            ["expirationHours"] = 1,
            ["clientMessageId"] = Id,
            ["maxPoints"] = 10,
        },
        ["/api/messages/read"] = new() { ["conversationId"] = Id, ["messageIds"] = new JsonArray(Id) },
        [$"/api/admin/wallets/{Id}/credit"] = new() { ["amount"] = 1, ["reason"] = "Bought" },
        [$"/api/admin/wallet-transactions/{Id}/reverse"] = new() { ["reason"] = "Mistake" },
        [$"/api/admin/users/{Id}/quota"] = new() { ["dailyFreeLimit"] = 1, ["pointsPerMessage"] = 1 },
    };

    /// <summary>Members that may be left out.</summary>
    private static readonly HashSet<string> _optional = ["pointsCost", "expirationHours", "clientMessageId", "maxPoints", "messageIds"];

    /// <summary>Members for which null has a meaning.</summary>
    private static readonly HashSet<string> _nullable = ["dailyFreeLimit", "pointsPerMessage"];

    private readonly ApiServer _server = fixture.Server;
    private TestUser? _caller;

    public static TheoryData<string> Routes => [.. _bodies.Keys];

    public async ValueTask InitializeAsync()
    {
        _caller = await _server.CreateAdminAsync();
        _caller.Client.DefaultRequestHeaders.Add("Idempotency-Key", "strict");
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Theory]
    [MemberData(nameof(Routes))]
    public async Task StrictJson_WithAMemberAtFault_NamesItAndChangesNothing(string route)
    {
        var rows = await _server.CountsAsync();
        var faults = MemberFaults(_bodies[route]).ToList();
        faults.Count.ShouldBeGreaterThan(5);

        foreach (var (member, body) in faults)
        {
            var refusal = await SendAsync(route, body);
            refusal.ExpectRefusal(HttpStatusCode.BadRequest, "validation.failed");
            refusal.Body.GetProperty("errors").Members().ShouldBe([member], body);
            refusal.Body.GetProperty("retryable").GetBoolean().ShouldBeFalse();
        }

        (await _server.CountsAsync()).ShouldBe(rows);
    }

    [Theory]
    [MemberData(nameof(Routes))]
    public async Task StrictJson_WithABodyThatIsNoObject_IsRefused(string route)
    {
        var rows = await _server.CountsAsync();
        var good = _bodies[route].ToJsonString();

        foreach (var body in new[]
        {
            "", " ", "[]", $"[{good}]", "null", "\"text\"", "1", good[..^1], good[..(good.Length / 2)], $"{good}{good}", $"{good},", good.Replace("\":", "\" ", StringComparison.Ordinal),
            good.Insert(good.Length - 1, ","), $"/* comment */{good}", good.Replace('"', '\''), new string('[', 30_000), "{\"a\":{\"b\":{\"c\":{}}}}",
        })
        {
            (await SendAsync(route, body)).ExpectRefusal(HttpStatusCode.BadRequest, "validation.failed").Body.GetProperty("errors").Members().Count.ShouldBe(1, body);
        }

        (await _server.CountsAsync()).ShouldBe(rows);
    }

    [Theory]
    [MemberData(nameof(Routes))]
    public async Task StrictJson_OfAnotherMediaType_IsRefused(string route)
    {
        var rows = await _server.CountsAsync();
        var good = _bodies[route].ToJsonString();

        foreach (var contentType in new[]
        {
            "text/plain", "application/xml", "application/x-www-form-urlencoded", "application/vnd.x+json", "application/json; charset=bogus",
            "application/json; charset=utf-16", "nonsense", null,
        })
        {
            (await SendAsync(route, good, contentType)).ExpectRefusal(HttpStatusCode.UnsupportedMediaType, "request.unsupported_media_type");
        }

        (await _server.CountsAsync()).ShouldBe(rows);
    }

    [Theory]
    [MemberData(nameof(Routes))]
    public async Task StrictJson_LargerThan64KB_IsRefused(string route)
    {
        var rows = await _server.CountsAsync();
        var good = _bodies[route].ToJsonString();

        (await SendAsync(route, good.PadRight((64 * 1024) + 1))).ExpectRefusal(HttpStatusCode.RequestEntityTooLarge, "request.too_large");
        (await SendAsync(route, good.PadRight((64 * 1024) + 1), chunked: true)).ExpectRefusal(HttpStatusCode.RequestEntityTooLarge, "request.too_large");

        (await _server.CountsAsync()).ShouldBe(rows);
    }

    [Theory]
    [MemberData(nameof(Routes))]
    public async Task StrictJson_OfTheRightForm_IsNotRefusedForItsForm(string route)
    {
        var answer = await SendAsync(route, _bodies[route].ToJsonString().PadRight(64 * 1024), "application/json; charset=\"UTF-8\"");

        ((int)answer.Status).ShouldBeOneOf(200, 201, 401, 403, 404);
    }

    /// <summary>Bodies with one member at fault, and that member.</summary>
    private static IEnumerable<(string Member, string Body)> MemberFaults(JsonObject good)
    {
        var text = good.ToJsonString();
        yield return ("cost", text.Insert(text.Length - 1, ",\"cost\":0"));
        yield return ("senderId", text.Insert(1, $"\"senderId\":\"{Id}\","));
        yield return ("__proto__", text.Insert(1, "\"__proto__\":{},"));

        foreach (var (member, value) in good)
        {
            var written = value!.ToJsonString();
            yield return (member, text.Insert(text.Length - 1, $",\"{member}\":{written}"));

            var renamed = char.ToUpperInvariant(member[0]) + member[1..];
            if (_optional.Contains(member))
                yield return (renamed, text.Replace($"\"{member}\"", $"\"{renamed}\"", StringComparison.Ordinal));
            else
                yield return (member, With(good, member, remove: true));

            if (!_nullable.Contains(member))
                yield return (member, With(good, member, null));

            foreach (var wrong in WrongValuesOf(written))
                yield return (member, With(good, member, JsonNode.Parse(wrong)));
        }
    }

    /// <summary>Values of another type, and ids in another than the canonical form.</summary>
    private static IReadOnlyList<string> WrongValuesOf(string written) => written switch
    {
        Quoted =>
        [
            "1", "true", "{}", "[]", "\"\"", "\"x\"", $"\"{Id.ToUpperInvariant()}\"", $"\"{{{Id}}}\"", $"\"{Id.Replace("-", "", StringComparison.Ordinal)}\"",
            $"\" {Id}\"", $"\"{Id}0\"", "\"00000000-0000-0000-0000-000000000000\"",
        ],
        ['[', ..] => ["\"x\"", "1", "true", "{}"],
        ['"', ..] => ["1", "true", "{}", "[]", "[\"x\"]"],
        _ => ["\"5\"", "true", "{}", "[]", "1.5", "1.0", "1e400", "9223372036854775808"],
    };

    private static string With(JsonObject good, string member, JsonNode? value = null, bool remove = false)
    {
        var body = good.DeepClone().AsObject();
        if (remove)
            body.Remove(member);
        else
            body[member] = value;

        return body.ToJsonString();
    }

    private async Task<Answer> SendAsync(string route, string body, string? contentType = "application/json", bool chunked = false)
    {
        using var request = new HttpRequestMessage(route.EndsWith("/quota", StringComparison.Ordinal) ? HttpMethod.Put : HttpMethod.Post, route);
        request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        request.Headers.TransferEncodingChunked = chunked;
        if (contentType is not null)
            request.Content.Headers.TryAddWithoutValidation("Content-Type", contentType).ShouldBeTrue();

        return await Answer.OfAsync(await _caller!.Client.SendAsync(request, TestContext.Current.CancellationToken));
    }
}
