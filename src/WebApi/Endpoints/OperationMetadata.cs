using CleanMessaging.Domain.Primitives;

namespace CleanMessaging.WebApi.Endpoints;

/// <summary>Adds what the API description cannot derive by convention: examples, headers, and errors of members.</summary>
internal static class OperationMetadata
{
    /// <summary>Adds an example of the request body, as a client writes it.</summary>
    public static RouteHandlerBuilder WithRequestExample(this RouteHandlerBuilder route, object body, string name = "example") =>
        route.WithMetadata(new RequestExample(name, body));

    /// <summary>Adds an example of a successful response with a status.</summary>
    public static RouteHandlerBuilder WithResponseExample(
        this RouteHandlerBuilder route, int status, object body, string name = "example") =>
        route.WithMetadata(new ResponseExample(status, name, body));

    /// <summary>Describes a header that a request must have.</summary>
    public static RouteHandlerBuilder WithRequestHeader(this RouteHandlerBuilder route, HeaderDescription header) =>
        route.WithMetadata(new RequestHeaderMetadata(header));

    /// <summary>Adds a header to the response with a status.</summary>
    public static RouteHandlerBuilder WithResponseHeader(this RouteHandlerBuilder route, HeaderDescription header, int status) =>
        route.WithMetadata(new HeaderMetadata(header, status));

    /// <summary>
    /// Adds errors of a member that its validator finds with custom code, and that therefore do not follow from its rules.
    /// </summary>
    public static RouteHandlerBuilder WithMemberErrors(this RouteHandlerBuilder route, string member, params DomainError[] faults) =>
        route.WithMetadata(new MemberMetadata(member, faults));
}

internal sealed record RequestExample(string Name, object Body);

internal sealed record ResponseExample(int Status, string Name, object Body);

internal sealed record RequestHeaderMetadata(HeaderDescription Header);

internal sealed record HeaderMetadata(HeaderDescription Header, int Status);

internal sealed record MemberMetadata(string Member, IReadOnlyList<DomainError> Faults);
