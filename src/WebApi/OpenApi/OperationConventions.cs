using System.Runtime.CompilerServices;
using System.Text.Json;
using CleanMessaging.Application.Messages;
using CleanMessaging.Application.Pipeline;
using CleanMessaging.Application.Storage;
using CleanMessaging.Domain.Primitives;
using CleanMessaging.Infrastructure.Errors;
using CleanMessaging.Infrastructure.Limits;
using CleanMessaging.Infrastructure.Serialization;
using CleanMessaging.WebApi.Endpoints;
using CleanMessaging.WebApi.Errors;
using FluentValidation;
using FluentValidation.Results;
using MediatR;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc.ApiExplorer;
using Microsoft.AspNetCore.Mvc.ModelBinding;

namespace CleanMessaging.WebApi.OpenApi;

/// <summary>
/// What follows for an operation from its name, input and authorization: its errors, and the rules of its input. An endpoint itself states
/// only further errors, such as the domain errors of its use case. All errors come from the code that the server uses.
/// </summary>
internal sealed class OperationConventions(ApiDescription operation, IServiceProvider services)
{
    /// <summary>The commands and queries by the name of their operation: <c>sendMessage</c> is <c>SendMessageCommand</c>.</summary>
    private static readonly Dictionary<string, Type> _useCases = typeof(SendMessageCommand).Assembly.GetExportedTypes()
        .Where(type => type.IsClass && type.IsAssignableTo(typeof(IBaseRequest)))
        .ToDictionary(
            type => type.Name.Replace("Command", "", StringComparison.Ordinal).Replace("Query", "", StringComparison.Ordinal),
            StringComparer.OrdinalIgnoreCase);

    /// <summary>The member that stands for any query parameter that an operation without input does not have.</summary>
    public const string UnknownParameter = "unknown";

    private readonly Type _useCase =
        _useCases[operation.ActionDescriptor.EndpointMetadata.OfType<IEndpointNameMetadata>().Single().EndpointName];

    public bool NeedsToken => Stated<IAuthorizeData>().Any() && !Stated<IAllowAnonymous>().Any();

    /// <summary>The rules of the use case's validator; empty if it has none.</summary>
    public IEnumerable<IValidationRule> Rules =>
        ((IValidator?)services.GetService(typeof(IValidator<>).MakeGenericType(_useCase)))?.CreateDescriptor().Rules ?? [];

    /// <summary>Returns the metadata of the endpoint that has a type.</summary>
    public IEnumerable<T> Stated<T>() => operation.ActionDescriptor.EndpointMetadata.OfType<T>();

    /// <summary>Returns the errors of the operation.</summary>
    public IEnumerable<ApiProblem> Errors()
    {
        yield return InvalidInput();
        if (NeedsToken)
            yield return RequestErrors.OfStatus(StatusCodes.Status401Unauthorized);
        if (Stated<IAuthorizeData>().Any(authorize => authorize.Policy is not null))
            yield return RequestErrors.OfStatus(StatusCodes.Status403Forbidden);
        if (operation.ParameterDescriptions.Any(parameter => parameter.Source == BindingSource.Body))
        {
            yield return RequestErrors.OfStatus(StatusCodes.Status413PayloadTooLarge);
            yield return RequestErrors.OfStatus(StatusCodes.Status415UnsupportedMediaType);
            yield return RequestErrors.Compressed;
        }

        yield return LimitErrors.TooManyRequests(TimeSpan.FromSeconds(1));
        yield return LimitErrors.TooManyAtOnce();
        if (operation.ParameterDescriptions.Any(parameter => parameter.Name == "cursor"))
            yield return ApiProblem.From(new DomainException(PageErrors.InvalidCursor));
        foreach (var problem in Stated<ErrorMetadata>().SelectMany(stated => stated.Problems))
            yield return problem;

        yield return Unavailable(isOutcomeUnknown: false, isIdempotent: true);
        foreach (var problem in UnknownOutcomes())
            yield return problem;
    }

    /// <summary>
    /// Returns the errors of a request that may or may not have changed something: two if the request is only idempotent with a key, and
    /// the key is optional.
    /// </summary>
    private IEnumerable<ApiProblem> UnknownOutcomes()
    {
        // The instance has no members, so it says whether a request without a key is idempotent. A request with a required key always is.
        if (RuntimeHelpers.GetUninitializedObject(_useCase) is not IWriteRequest request)
            yield break;

        var key = Stated<IdempotencyKey>().SingleOrDefault();
        if (key is not null)
            yield return key.AddTo(Unavailable(isOutcomeUnknown: true, isIdempotent: true));
        if (key is null || !request.IsIdempotent)
            yield return Unavailable(isOutcomeUnknown: true, request.IsIdempotent);
    }

    private static ApiProblem Unavailable(bool isOutcomeUnknown, bool isIdempotent) =>
        ApiProblem.From(new StorageUnavailableException(isOutcomeUnknown, isIdempotent, new TimeoutException()));

    /// <summary>Returns one error that contains all possible validation errors of the input.</summary>
    private ApiProblem InvalidInput()
    {
        var stated =
            from metadata in Stated<MemberMetadata>()
            from error in metadata.Errors
            select new ValidationFailure(metadata.Member, error.Message) { ErrorCode = error.Code };
        var ruled =
            from rule in Rules
            from component in rule.Components
            where component.ErrorCode is not null
            select new ValidationFailure(rule.PropertyName, component.GetUnformattedErrorMessage()) { ErrorCode = component.ErrorCode };
        var failures = stated.Concat(ruled).ToList();
        if (failures.Count > 0)
            return ApiProblem.From(new ValidationException(failures));

        var input = operation.ParameterDescriptions.FirstOrDefault(parameter => parameter.Source != BindingSource.Special);
        var member = input?.Source == BindingSource.Body
            ? JsonNamingPolicy.CamelCase.ConvertName(input.Type.GetProperties()[0].Name)
            : input?.Name;

        return ApiProblem.Malformed(member is null
            ? new MalformedRequestException(UnknownParameter, "There is no such parameter.")
            : new MalformedRequestException(member, "The value is not of the type needed."));
    }
}
