using System.Text;
using System.Text.Json;
using CleanMessaging.Application.Storage;
using CleanMessaging.Domain.Primitives;
using CleanMessaging.Infrastructure.Errors;
using CleanMessaging.Infrastructure.Limits;
using CleanMessaging.Infrastructure.Serialization;
using CleanMessaging.WebApi.Errors;
using CleanMessaging.WebApi.Limits;
using FluentValidation;
using FluentValidation.Results;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc.ApiExplorer;
using Microsoft.AspNetCore.Mvc.ModelBinding;

namespace CleanMessaging.WebApi.OpenApi;

/// <summary>
/// Collects all errors of an operation: those in the endpoint's metadata, and those that follow from its body, token, validator and limits. The errors come
/// from the same code that the server uses, so that the description always matches the real responses.
/// </summary>
internal sealed class ErrorResponses(IServiceProvider services)
{
    /// <summary>Returns the errors of an operation, grouped by status.</summary>
    public IReadOnlyList<ApiProblem> Of(ApiDescription operation)
    {
        var domain = operation.All<ErrorMetadata>()
            .SelectMany(rejection => rejection.Errors)
            .Select(error => ApiProblem.From(new DomainException(error)));

        return [.. General(operation).Concat(domain).OrderBy(failure => failure.Status)];
    }

    /// <summary>Returns the rules of the operation's validator, by member.</summary>
    public IReadOnlyList<IValidationRule> RulesOf(ApiDescription operation) =>
        [.. operation.All<CheckMetadata>().Select(check => ValidatorOf(check.Request)).SelectMany(validator => validator.CreateDescriptor().Rules)];

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

    private IEnumerable<ApiProblem> General(ApiDescription operation)
    {
        var body = operation.ParameterDescriptions.Any(parameter => parameter.Source == BindingSource.Body);
        yield return InvalidForm(operation);
        if (operation.NeedsToken())
            yield return Problems.OfStatus(StatusCodes.Status401Unauthorized);
        if (operation.NeedsRole())
            yield return Problems.OfStatus(StatusCodes.Status403Forbidden);
        if (body)
        {
            yield return Problems.OfStatus(StatusCodes.Status413PayloadTooLarge);
            yield return Problems.OfStatus(StatusCodes.Status415UnsupportedMediaType);
            yield return JsonBodiesOnly.Compressed;
        }

        yield return LimitErrors.TooManyRequests(TimeSpan.FromSeconds(1));
        if (!operation.All<ConcurrencyLimit.HashesPasswords>().Any())
            yield return LimitErrors.TooManyAtOnce();
        if (operation.All<BufferedResponses.LargeAnswer>().Any())
            yield return LimitErrors.Busy();
        foreach (var failure in operation.All<HostErrorMetadata>().SelectMany(rejection => rejection.Failures))
            yield return failure;

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

    private IValidator ValidatorOf(Type request) => (IValidator)services.GetRequiredService(typeof(IValidator<>).MakeGenericType(request));
}

internal static class OperationDetails
{
    public static IEnumerable<T> All<T>(this ApiDescription operation) => operation.ActionDescriptor.EndpointMetadata.OfType<T>();

    public static bool NeedsToken(this ApiDescription operation) =>
        operation.All<IAuthorizeData>().Any() && !operation.All<IAllowAnonymous>().Any();

    public static bool NeedsRole(this ApiDescription operation) => operation.All<IAuthorizeData>().Any(authorize => authorize.Policy is not null);
}
