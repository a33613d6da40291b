using CleanMessaging.Domain.Primitives;
using CleanMessaging.Infrastructure.Errors;

namespace CleanMessaging.WebApi.Errors;

/// <summary>The errors of an endpoint, in addition to those of every endpoint. The OpenAPI document lists them.</summary>
internal sealed record ErrorMetadata(IReadOnlyList<ApiProblem> Problems);

internal static class ErrorMetadataExtensions
{
    /// <summary>Adds the domain errors that the use case can return. The kind of an error determines its status.</summary>
    public static TBuilder ProducesErrors<TBuilder>(this TBuilder endpoint, params DomainError[] errors)
        where TBuilder : IEndpointConventionBuilder =>
        endpoint.ProducesErrors([.. errors.Select(error => ApiProblem.From(new DomainException(error)))]);

    /// <summary>Adds errors that the host returns for this endpoint.</summary>
    public static TBuilder ProducesErrors<TBuilder>(this TBuilder endpoint, params ApiProblem[] problems)
        where TBuilder : IEndpointConventionBuilder =>
        endpoint.WithMetadata(new ErrorMetadata(problems));

    /// <summary>States which member of the body, or which header, contains the key that makes a request idempotent.</summary>
    public static TBuilder WithIdempotencyKey<TBuilder>(this TBuilder endpoint, string name)
        where TBuilder : IEndpointConventionBuilder =>
        endpoint.WithMetadata(new IdempotencyKey(name));
}
