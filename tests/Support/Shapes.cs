using System.Text.Json;
using System.Text.Json.Nodes;

namespace CleanMessaging.Tests.Support;

/// <summary>Helpers that read the JSON of a response.</summary>
internal static class Shapes
{
    /// <summary>Returns the names of an object's members, in order.</summary>
    public static IReadOnlyList<string> Members(this JsonElement element) => [.. element.EnumerateObject().Select(member => member.Name)];

    public static Guid Id(this Answer answer) => answer.Data.GetProperty("id").GetGuid();

    public static Guid Id(this JsonElement element) => element.GetProperty("id").GetGuid();

    /// <summary>Returns the charge of a send.</summary>
    public static long Points(this Answer sent) => sent.Body.GetProperty("charge").GetProperty("points").GetInt64();

    public static long Sequence(this JsonElement message) => message.GetProperty("sequence").GetInt64();

    public static string? Content(this JsonElement message) => message.GetProperty("content").GetString();

    /// <summary>Returns the charge of a send in points.</summary>
    public static long Charge(this Answer answer) => answer.Body.GetProperty("charge").GetProperty("points").GetInt64();

    /// <summary>Returns the cursor of the next page; null on the last page.</summary>
    public static string? NextCursor(this Answer answer) => answer.Body.GetProperty("page").GetProperty("nextCursor").GetString();

    public static DateTimeOffset Instant(this JsonElement element, string member) => element.GetProperty(member).GetDateTimeOffset();

    public static string? Header(this Answer answer, string name) =>
        answer.Headers.TryGetValues(name, out var values) ? string.Join(", ", values) : null;

    /// <summary>Returns an error response without the member that differs between requests.</summary>
    public static string WithoutTrace(this Answer answer)
    {
        var problem = JsonNode.Parse(answer.Text)!.AsObject();
        problem.Remove("traceId").ShouldBeTrue(answer.Text);

        return problem.ToJsonString();
    }

    /// <summary>Returns the codes of an error response for a member.</summary>
    public static IReadOnlyList<string?> FaultsOf(this Answer answer, string member)
    {
        answer.Body.TryGetProperty("errors", out var errors).ShouldBeTrue(answer.Text);
        errors.TryGetProperty(member, out var faults).ShouldBeTrue(answer.Text);

        return [.. faults.EnumerateArray().Select(fault => fault.GetProperty("code").GetString())];
    }
}
