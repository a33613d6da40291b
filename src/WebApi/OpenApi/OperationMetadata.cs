using CleanMessaging.Domain.Primitives;
using CleanMessaging.Infrastructure.Errors;

namespace CleanMessaging.WebApi.OpenApi;

/// <summary>What an endpoint says of itself beyond its signature. What can be seen from the signature is not said twice.</summary>
internal static class OperationMetadata
{
    /// <summary>An example of the body, as a client writes it.</summary>
    public static RouteHandlerBuilder WithRequestExample(this RouteHandlerBuilder route, object body, string name = "example") =>
        route.WithMetadata(new RequestExample(name, body));

    /// <summary>An example of the answer that comes with a status when all goes well.</summary>
    public static RouteHandlerBuilder WithResponseExample(this RouteHandlerBuilder route, int status, object body, string name = "example") =>
        route.WithMetadata(new ResponseExample(status, name, body));

    /// <summary>A header of the answer that comes with a status.</summary>
    public static RouteHandlerBuilder Adds(this RouteHandlerBuilder route, ResponseHeader header, params int[] statuses) =>
        route.WithMetadata(new HeaderMetadata(header, statuses));

    /// <summary>The request whose validator checks the input: its rules become the ranges and the faults of the description.</summary>
    public static RouteHandlerBuilder WithValidation<TRequest>(this RouteHandlerBuilder route) => route.WithMetadata(new CheckMetadata(typeof(TRequest)));

    /// <summary>Faults of a member that its validator finds by code of its own, so that they cannot be read off its rules.</summary>
    public static RouteHandlerBuilder ChecksMember(this RouteHandlerBuilder route, string member, params DomainError[] faults) =>
        route.WithMetadata(new MemberMetadata(member, faults));

    /// <summary>The rules of the domain that the operation can break. The status of each follows from its kind.</summary>
    public static RouteHandlerBuilder Rejects(this RouteHandlerBuilder route, params DomainError[] errors) =>
        route.WithMetadata(new ErrorMetadata(errors));

    /// <summary>What the host rejects this operation with, beyond what it rejects every operation with.</summary>
    public static RouteHandlerBuilder RejectedBy(this RouteHandlerBuilder route, params ApiProblem[] failures) =>
        route.WithMetadata(new HostErrorMetadata(failures));
}

internal sealed record RequestExample(string Name, object Body);

internal sealed record ResponseExample(int Status, string Name, object Body);

internal sealed record HeaderMetadata(ResponseHeader Header, IReadOnlyList<int> Statuses);

internal sealed record CheckMetadata(Type Request);

internal sealed record MemberMetadata(string Member, IReadOnlyList<DomainError> Faults);

internal sealed record HostErrorMetadata(IReadOnlyList<ApiProblem> Failures);

internal sealed record ErrorMetadata(IReadOnlyList<DomainError> Errors);
