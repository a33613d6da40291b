using System.Text.Json.Nodes;
using CleanMessaging.Hostile.Tests.Requests;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Hostile.Tests.Authorization;

/// <summary>A place in an operation's request that contains an id.</summary>
internal sealed record IdPlace(DescribedOperation Operation, string Name, Func<Sample, string, Sample> Put)
{
    /// <summary>Returns all places, from the OpenAPI document.</summary>
    public static IReadOnlyList<IdPlace> AllOf(ApiDescription description) =>
    [
        .. from operation in description.Operations
           from parameter in operation.Parameters
           let schema = parameter.GetProperty("schema")
           where schema.TryGetProperty("format", out var format) && format.GetString() == "uuid"
           let name = parameter.GetProperty("name").GetString()!
           let inPath = parameter.GetProperty("in").GetString() == "path"
           select new IdPlace(operation, name, inPath
               ? (sample, id) => sample with { PathValues = sample.PathValues.SetItem(name, id) }
               : (sample, id) => sample.WithQuery(name, id)),
        .. from operation in description.WithBody
           from member in description.MembersOf(operation)
           where member.Kind == MemberKind.Id
           select new IdPlace(operation, member.Name, (sample, id) => sample.With(body => body[member.Name] = id)),
        .. from operation in description.WithBody
           from member in description.MembersOf(operation)
           where member.Kind == MemberKind.List && member.Items.Count == 0
           select new IdPlace(operation, member.Name, (sample, id) => sample.With(body => body[member.Name] = new JsonArray(id))),
        .. from operation in description.WithBody
           from member in description.MembersOf(operation)
           from item in member.Items
           where item.Kind == MemberKind.Id
           select new IdPlace(operation, item.Name, (sample, id) => sample.With(body => body[member.Name]![0]![item.Name] = id)),
    ];

    public override string ToString() => $"{Operation} {Name}";
}
