using CleanMessaging.Domain.Primitives;

namespace CleanMessaging.WebApi.Endpoints;

/// <summary>Adds what the OpenAPI document cannot derive by convention: examples, headers, and errors of members.</summary>
internal static class OperationMetadata
{
    /// <summary>Adds an example of the request body, as a client writes it.</summary>
    public static RouteHandlerBuilder WithRequestExample(this RouteHandlerBuilder route, object body, string name = "example") =>
        route.WithMetadata(new ExampleMetadata(Status: null, name, body));

    /// <summary>Adds an example of a successful response with a status.</summary>
    public static RouteHandlerBuilder WithResponseExample(
        this RouteHandlerBuilder route, int status, object body, string name = "example") =>
        route.WithMetadata(new ExampleMetadata(status, name, body));

    /// <summary>Describes a header that a request must have.</summary>
    public static RouteHandlerBuilder WithRequestHeader(this RouteHandlerBuilder route, HeaderDescription header) =>
        route.WithMetadata(header);

    /// <summary>Adds headers to the response with a status.</summary>
    public static RouteHandlerBuilder WithResponseHeaders(this RouteHandlerBuilder route, int status, params HeaderDescription[] headers) =>
        route.WithMetadata(new ResponseHeaders(status, headers));

    /// <summary>
    /// Adds errors of a member that its validator finds with custom code, and that therefore do not follow from its rules.
    /// </summary>
    public static RouteHandlerBuilder WithMemberErrors(this RouteHandlerBuilder route, string member, params DomainError[] errors) =>
        route.WithMetadata(new MemberMetadata(member, errors));
}

/// <summary>An example of the response with a status; of the request if the status is null.</summary>
internal sealed record ExampleMetadata(int? Status, string Name, object Body);

internal sealed record ResponseHeaders(int Status, IReadOnlyList<HeaderDescription> Headers);

internal sealed record MemberMetadata(string Member, IReadOnlyList<DomainError> Errors);
