using CleanMessaging.Domain.Primitives;
using CleanMessaging.Infrastructure.Failures;

namespace CleanMessaging.WebApi.OpenApi;

/// <summary>What an endpoint says of itself beyond its signature. What can be seen from the signature is not said twice.</summary>
internal static class OperationMetadata
{
    /// <summary>An example of the body, as a client writes it.</summary>
    public static RouteHandlerBuilder Takes(this RouteHandlerBuilder route, object body, string name = "example") =>
        route.WithMetadata(new RequestExample(name, body));

    /// <summary>An example of the answer that comes with a status when all goes well.</summary>
    public static RouteHandlerBuilder Answers(this RouteHandlerBuilder route, int status, object body, string name = "example") =>
        route.WithMetadata(new ResponseExample(status, name, body));

    /// <summary>A header of the answer that comes with a status.</summary>
    public static RouteHandlerBuilder Adds(this RouteHandlerBuilder route, ResponseHeader header, params int[] statuses) =>
        route.WithMetadata(new HeaderMetadata(header, statuses));

    /// <summary>The request whose validator checks the input: its rules become the ranges and the faults of the description.</summary>
    public static RouteHandlerBuilder Checks<TRequest>(this RouteHandlerBuilder route) => route.WithMetadata(new CheckMetadata(typeof(TRequest)));

    /// <summary>Faults of a member that its validator finds by code of its own, so that they cannot be read off its rules.</summary>
    public static RouteHandlerBuilder ChecksMember(this RouteHandlerBuilder route, string member, params DomainError[] faults) =>
        route.WithMetadata(new MemberMetadata(member, faults));

    /// <summary>The rules of the domain that the operation can break. The status of each follows from its kind.</summary>
    public static RouteHandlerBuilder Refuses(this RouteHandlerBuilder route, params DomainError[] errors) =>
        route.WithMetadata(new RefusalMetadata(errors));

    /// <summary>What the host refuses this operation with, beyond what it refuses every operation with.</summary>
    public static RouteHandlerBuilder RefusedBy(this RouteHandlerBuilder route, params Failure[] failures) =>
        route.WithMetadata(new HostRefusalMetadata(failures));
}

internal sealed record RequestExample(string Name, object Body);

internal sealed record ResponseExample(int Status, string Name, object Body);

internal sealed record HeaderMetadata(ResponseHeader Header, IReadOnlyList<int> Statuses);

internal sealed record CheckMetadata(Type Request);

internal sealed record MemberMetadata(string Member, IReadOnlyList<DomainError> Faults);

internal sealed record HostRefusalMetadata(IReadOnlyList<Failure> Failures);

internal sealed record RefusalMetadata(IReadOnlyList<DomainError> Errors);
