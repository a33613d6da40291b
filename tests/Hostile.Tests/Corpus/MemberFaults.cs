using System.Text.Json.Nodes;
using CleanMessaging.Hostile.Tests.Requests;

namespace CleanMessaging.Hostile.Tests.Corpus;

/// <summary>Bodies with one invalid member.</summary>
internal static class MemberFaults
{
    private const string Id = "019ab0de-1111-7000-8000-00000000000a";

    /// <summary>Returns the name of each member, also inside lists, and the body in which it is invalid.</summary>
    public static IEnumerable<(string Member, string Body)> Of(JsonObject good, IReadOnlyList<Member> members)
    {
        foreach (var fault in OfObject(good, members))
            yield return fault;

        foreach (var list in members.Where(member => member.Items.Count > 0))
        {
            var item = good[list.Name]![0]!.AsObject();
            foreach (var (member, body) in OfObject(item, list.Items))
                yield return (member, With(good, list.Name, $"[{body}]"));
        }
    }

    private static IEnumerable<(string Member, string Body)> OfObject(JsonObject good, IReadOnlyList<Member> members)
    {
        var text = good.ToJsonString();
        yield return ("cost", text.Insert(text.Length - 1, ",\"cost\":0"));
        yield return ("senderId", text.Insert(1, $"\"senderId\":\"{Id}\","));
        yield return ("__proto__", text.Insert(1, "\"__proto__\":{},"));

        foreach (var member in members)
        {
            var written = good[member.Name]?.ToJsonString() ?? "null";
            yield return (member.Name, text.Insert(text.Length - 1, $",\"{member.Name}\":{written}"));
            yield return (member.Name, text.Insert(1, $"\"{member.Name}\":{written},"));

            var renamed = char.ToUpperInvariant(member.Name[0]) + member.Name[1..];
            if (member.Required)
                yield return (member.Name, With(good, member.Name, remove: true));
            else if (good.ContainsKey(member.Name))
                yield return (renamed, text.Replace($"\"{member.Name}\"", $"\"{renamed}\"", StringComparison.Ordinal));

            if (!member.Nullable)
                yield return (member.Name, With(good, member.Name));

            foreach (var wrong in WrongValues(member.Kind))
                yield return (member.Name, With(good, member.Name, wrong));
        }
    }

    /// <summary>Returns values of a wrong type, ids in non-canonical formats, and unpaired surrogates.</summary>
    private static IReadOnlyList<string> WrongValues(MemberKind kind) => kind switch
    {
        MemberKind.Id => ["1", "true", "{}", "[]", .. BadIds.All.Select(id => JsonValue.Create(id).ToJsonString())],
        MemberKind.List => ["\"x\"", "1", "true", "{}", "[null]", "[[]]", "[1]"],
        MemberKind.Text =>
            ["1", "true", "{}", "[]", "[\"x\"]", "\"\\ud800\"", "\"x\\udc00\"", "\"\\udc00\\ud800\"", "\"\\x41\"", "\"\\u00g1\""],
        MemberKind.Choice => ["1", "0", "true", "{}", "[]", "\"\"", "\"investor\"", "\"INVESTOR\"", "\" Investor\"", "\"Investor,Startup\"", "\"0\"", "\"Inv\\u0000\""],
        MemberKind.Nested => ["1", "true", "\"x\"", "[]"],
        MemberKind.Truth => ["1", "0", "\"true\"", "{}", "[]"],
        _ =>
        [
            "\"5\"", "true", "{}", "[]", "1.5", "1.0", "1e0", "1e400", "-1e400", "9223372036854775808", "-9223372036854775809", "0x10",
            "1_000", "+1", ".5", "1.", "NaN",
            "\"NaN\"",
        ],
    };

    private static string With(JsonObject good, string member, string value = "null", bool remove = false)
    {
        const string Mark = "@value";
        var body = good.DeepClone().AsObject();
        if (remove)
            body.Remove(member);
        else
            body[member] = Mark;

        return body.ToJsonString().Replace($"\"{Mark}\"", value, StringComparison.Ordinal);
    }
}
