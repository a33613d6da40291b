using System.Reflection;
using System.Text;
using System.Text.Json;
using CleanMessaging.Application.Messages;
using CleanMessaging.Application.Storage;
using CleanMessaging.Domain.Primitives;
using CleanMessaging.Infrastructure.Errors;
using CleanMessaging.Infrastructure.Limits;
using CleanMessaging.Infrastructure.Serialization;
using CleanMessaging.WebApi.Endpoints;
using CleanMessaging.WebApi.Errors;
using CleanMessaging.WebApi.Limits;
using CleanMessaging.WebApi.Responses;
using FluentValidation;
using FluentValidation.Results;
using MediatR;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc.ApiExplorer;
using Microsoft.AspNetCore.Mvc.ModelBinding;

namespace CleanMessaging.WebApi.OpenApi;

/// <summary>
/// Derives what all operations of a kind share: errors, headers, input rules and security follow from the name, the input, the
/// authorization and the limits of an endpoint. An endpoint itself states only the domain errors of its use case. All errors come from the
/// same code that the server uses, so that the description always matches the real responses.
/// </summary>
internal sealed class OperationConventions(IServiceProvider services)
{
    private static readonly TimeSpan _anyTime = TimeSpan.FromSeconds(60);

    /// <summary>The commands and queries by the name of their operation: <c>sendMessage</c> is <c>SendMessageCommand</c>.</summary>
    private static readonly ILookup<string, Type> _useCases = typeof(SendMessageCommand).Assembly.GetExportedTypes()
        .Where(type => type.IsAssignableTo(typeof(IBaseRequest)))
        .ToLookup(
            type =>
                JsonNamingPolicy.CamelCase.ConvertName(
                    type.Name[..^(type.Name.EndsWith("Query", StringComparison.Ordinal) ? "Query" : "Command").Length]));

    /// <summary>Returns the errors of an operation, ordered by status.</summary>
    public IReadOnlyList<ApiProblem> ErrorsOf(ApiDescription operation)
    {
        var ofCursor = operation.ParameterDescriptions.Any(parameter => parameter.Name == "cursor")
            ? [ApiProblem.From(new DomainException(PageErrors.InvalidCursor))]
            : Array.Empty<ApiProblem>();

        return
        [
            .. OfInput(operation)
                .Concat(OfLimits(operation))
                .Concat(ofCursor)
                .Concat(operation.All<ErrorMetadata>().SelectMany(stated => stated.Problems))
                .Concat(OfStorage(operation))
                .OrderBy(problem => problem.Status),
        ];
    }

    /// <summary>Returns the headers of a successful response.</summary>
    public static IEnumerable<HeaderDescription> HeadersOf(ApiDescription operation, int status)
    {
        if (operation.IsCountedAs(RequestKind.Send))
        {
            yield return HeaderDescription.Quota;
            yield return HeaderDescription.QuotaPolicy;
        }

        if (status == StatusCodes.Status200OK && operation.IsRepeatableByKey())
            yield return HeaderDescription.Replayed;
        foreach (var added in operation.All<HeaderMetadata>().Where(added => added.Status == status))
            yield return added.Header;
    }

    /// <summary>Returns the rules of the validator of the operation's use case; empty if it has none.</summary>
    public IReadOnlyList<IValidationRule> RulesOf(ApiDescription operation) =>
    [
        .. _useCases[operation.All<IEndpointNameMetadata>().Single().EndpointName]
            .Select(request => (IValidator?)services.GetService(typeof(IValidator<>).MakeGenericType(request)))
            .SelectMany(validator => validator?.CreateDescriptor().Rules ?? []),
    ];

    /// <summary>Describes the errors of one status in Markdown.</summary>
    public static string Describe(IEnumerable<ApiProblem> failures)
    {
        var text = new StringBuilder();
        foreach (var failure in failures)
        {
            text.Append("- `").Append(failure.Code).Append("`: ").Append(failure.Title).Append('\n');
            foreach (var (member, faults) in failure.Errors)
                text.Append("    - ").Append(member).Append(": ").AppendJoin(", ", faults.Select(fault => $"`{fault.Code}`")).Append('\n');
        }

        return text.ToString().TrimEnd();
    }

    private IEnumerable<ApiProblem> OfInput(ApiDescription operation)
    {
        yield return InvalidForm(operation);
        if (operation.NeedsToken())
            yield return RequestErrors.OfStatus(StatusCodes.Status401Unauthorized);
        if (operation.NeedsRole())
            yield return RequestErrors.OfStatus(StatusCodes.Status403Forbidden);
        if (operation.ParameterDescriptions.All(parameter => parameter.Source != BindingSource.Body))
            yield break;

        yield return RequestErrors.OfStatus(StatusCodes.Status413PayloadTooLarge);
        yield return RequestErrors.OfStatus(StatusCodes.Status415UnsupportedMediaType);
        yield return RequestErrors.Compressed;
    }

    private static IEnumerable<ApiProblem> OfLimits(ApiDescription operation)
    {
        yield return LimitErrors.TooManyRequests(TimeSpan.FromSeconds(1));
        yield return LimitErrors.TooManyAtOnce();
        if (operation.VerifiesPassword())
            yield return LimitErrors.TooManyWrongPasswords(_anyTime);
        if (operation.IsCountedAs(RequestKind.UserSearch))
            yield return LimitErrors.SearchTooSlow();
        if (operation.All<BufferedResponses.LargeResponse>().Any()
            || operation.All<ConcurrencyLimit.HashesPasswords>().Any()
            || operation.VerifiesPassword())
        {
            yield return LimitErrors.Busy();
        }
    }

    private static IEnumerable<ApiProblem> OfStorage(ApiDescription operation)
    {
        var cause = new TimeoutException();
        yield return ApiProblem.From(new StorageUnavailableException(outcomeUnknown: false, repeatable: true, cause));
        if (operation.HttpMethod != HttpMethods.Get)
            yield return ApiProblem.From(new StorageUnavailableException(outcomeUnknown: true, repeatable: true, cause));
    }

    /// <summary>Returns one error that contains all possible validation errors of the input.</summary>
    private ApiProblem InvalidForm(ApiDescription operation)
    {
        var ruled =
            from rule in RulesOf(operation)
            from component in rule.Components
            where component.ErrorCode is not null
            select new ValidationFailure(rule.PropertyName, component.GetUnformattedErrorMessage()) { ErrorCode = component.ErrorCode };
        var stated =
            from check in operation.All<MemberMetadata>()
            from fault in check.Faults
            select new ValidationFailure(check.Member, fault.Message) { ErrorCode = fault.Code };
        var faults = stated.Concat(ruled).ToList();
        if (faults.Count > 0)
            return ApiProblem.From(new ValidationException(faults));

        var input = operation.ParameterDescriptions.FirstOrDefault(parameter => parameter.Source != BindingSource.Special);
        var member = input?.Source == BindingSource.Body
            ? JsonNamingPolicy.CamelCase.ConvertName(input.Type.GetProperties()[0].Name)
            : input?.Name;

        return ApiProblem.Malformed(member is null
            ? new MalformedRequestException("unknown", "There is no such parameter.")
            : new MalformedRequestException(member, "The value is not of the type needed."));
    }
}

internal static class OperationDetails
{
    public static IEnumerable<T> All<T>(this ApiDescription operation) => operation.ActionDescriptor.EndpointMetadata.OfType<T>();

    public static bool NeedsToken(this ApiDescription operation) =>
        operation.All<IAuthorizeData>().Any() && !operation.All<IAllowAnonymous>().Any();

    public static bool NeedsRole(this ApiDescription operation) =>
        operation.All<IAuthorizeData>().Any(authorize => authorize.Policy is not null);

    public static bool IsCountedAs(this ApiDescription operation, RequestKind kind) =>
        operation.All<ConcurrencyLimit.ConcurrencyKind>().Any(counted => counted.Kind == kind);

    /// <summary>Whether wrong passwords count: the endpoint uses <see cref="PasswordThrottle"/>.</summary>
    public static bool VerifiesPassword(this ApiDescription operation) =>
        operation
            .All<MethodInfo>()
            .SelectMany(handler => handler.GetParameters())
            .Any(parameter => parameter.ParameterType == typeof(PasswordThrottle));

    /// <summary>Whether the client can send a key that makes a repetition return the first response.</summary>
    public static bool IsRepeatableByKey(this ApiDescription operation) =>
        operation.ParameterDescriptions.Any(parameter =>
            parameter.Name == ReplayHeader.IdempotencyKey
                || parameter.Type?.GetProperty(nameof(SendMessageRequest.ClientMessageId)) is not null);
}
