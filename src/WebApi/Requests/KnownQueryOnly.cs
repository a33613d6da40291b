using System.Collections.Frozen;
using CleanMessaging.Infrastructure.Serialization;
using CleanMessaging.WebApi.Authentication;
using Microsoft.AspNetCore.Mvc.ApiExplorer;
using Microsoft.AspNetCore.Mvc.ModelBinding;
using Microsoft.AspNetCore.WebUtilities;

namespace CleanMessaging.WebApi.Requests;

/// <summary>
/// Rejects a query string with an unknown or repeated parameter, as the JSON reader does for members of a body. Otherwise a mistyped
/// parameter would be ignored. Covers every operation in the API description, from which it reads the allowed parameters.
/// </summary>
internal sealed class KnownQueryOnly(IApiDescriptionGroupCollectionProvider descriptions)
{
    private static readonly FrozenSet<string> _none = [];

    private readonly Lazy<FrozenDictionary<string, FrozenSet<string>>> _parametersOf = new(() => Read(descriptions));

    /// <exception cref="MalformedRequestException">The query has a parameter that is unknown or repeated.</exception>
    public Task InvokeAsync(HttpContext httpContext, RequestDelegate next)
    {
        if (IsOperation(httpContext) && (httpContext.Request.QueryString.HasValue || QueryToken.Of(httpContext) is not null))
            Check(httpContext);

        return next(httpContext);
    }

    private static bool IsOperation(HttpContext httpContext) =>
        httpContext.Request.Path.StartsWithSegments("/api") && httpContext.GetEndpoint() is RouteEndpoint;

    private void Check(HttpContext httpContext)
    {
        // QueryToken has removed the token from the URL, so that it is not logged.
        if (QueryToken.Of(httpContext) is not null)
            throw Unknown(QueryToken.Name);

        var known = _parametersOf.Value.GetValueOrDefault(NameOf(httpContext.GetEndpoint()!.Metadata) ?? "", _none);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var pair in new QueryStringEnumerable(httpContext.Request.QueryString.Value))
        {
            var name = pair.DecodeName().ToString();
            if (!known.Contains(name))
                throw Unknown(name);
            if (!seen.Add(name))
                throw new MalformedRequestException(name, "The parameter appears twice.");
        }
    }

    private static MalformedRequestException Unknown(string name) => new(name, "There is no such parameter.");

    private static FrozenDictionary<string, FrozenSet<string>> Read(IApiDescriptionGroupCollectionProvider descriptions) =>
        descriptions.ApiDescriptionGroups.Items
            .SelectMany(group => group.Items)
            .Select(operation => (
                Name: NameOf(operation.ActionDescriptor.EndpointMetadata),
                Parameters: operation.ParameterDescriptions
                    .Where(parameter => parameter.Source == BindingSource.Query)
                    .Select(parameter => parameter.Name)
                    .ToFrozenSet(StringComparer.Ordinal)))
            .Where(operation => operation.Name is not null)
            .ToFrozenDictionary(operation => operation.Name!, operation => operation.Parameters);

    private static string? NameOf(IEnumerable<object> metadata) => metadata.OfType<IEndpointNameMetadata>().LastOrDefault()?.EndpointName;
}
