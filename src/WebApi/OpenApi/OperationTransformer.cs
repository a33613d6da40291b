using System.ComponentModel;
using System.Globalization;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using CleanMessaging.Infrastructure.Errors;
using CleanMessaging.Infrastructure.Serialization;
using CleanMessaging.WebApi.Endpoints;
using CleanMessaging.WebApi.Errors;
using FluentValidation;
using FluentValidation.Validators;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Mvc.Infrastructure;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace CleanMessaging.WebApi.OpenApi;

/// <summary>
/// Completes the description of an operation: parameter types, security, examples, headers, and all errors with their codes.
/// </summary>
internal sealed class OperationTransformer(IServiceProvider services) : IOpenApiOperationTransformer
{
    private const string Json = "application/json";
    private const string ProblemJson = "application/problem+json";
    private const string TraceId = "4bf92f3577b34da6a3ce929d0e0e4736";

    private readonly OperationConventions _conventions = new(services);

    public async Task TransformAsync(
        OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        DescribeParameters(operation, context);
        DescribeRanges(operation, context);
        RequireToken(operation, context);
        ShowRequests(operation, context);
        await ShowAnswersAsync(operation, context, cancellationToken);
        ShowErrors(operation, context);
    }

    private static void DescribeParameters(OpenApiOperation operation, OpenApiOperationTransformerContext context)
    {
        foreach (var parameter in operation.Parameters?.OfType<OpenApiParameter>() ?? [])
        {
            var descriptor = context.Description.ParameterDescriptions.Single(candidate => candidate.Name == parameter.Name)
                .ParameterDescriptor as IParameterInfoParameterDescriptor;
            var type = descriptor?.ParameterInfo.ParameterType;
            var value = type is null ? null : Nullable.GetUnderlyingType(type) ?? type;
            if (value == typeof(CanonicalId))
                parameter.Schema = new OpenApiSchema { Type = JsonSchemaType.String, Format = "uuid" };
            if (value == typeof(StrictInteger<int>) || value == typeof(StrictInteger<long>))
            {
                parameter.Schema = new OpenApiSchema
                {
                    Type = JsonSchemaType.Integer,
                    Format = value == typeof(StrictInteger<int>) ? "int32" : "int64",
                    Minimum = "0",
                    Default = descriptor!.ParameterInfo.GetCustomAttribute<DefaultValueAttribute>()?.Value is int number ? number : null,
                };
            }

            var header = context.Description.All<RequestHeaderMetadata>().FirstOrDefault(stated => stated.Header.Name == parameter.Name);
            if (header is not null)
            {
                parameter.Required = true;
                (parameter.Description, parameter.Example) = (header.Header.Description, header.Header.Example);
            }
        }
    }

    /// <summary>Adds the validator's ranges to the parameters and body members that they apply to.</summary>
    private void DescribeRanges(OpenApiOperation operation, OpenApiOperationTransformerContext context)
    {
        foreach (var rule in _conventions.RulesOf(context.Description))
        {
            var name = JsonNamingPolicy.CamelCase.ConvertName(rule.PropertyName);
            if (SchemaOf(operation, name) is not { } schema)
                continue;

            foreach (var component in rule.Components)
            {
                if (component.Validator is IBetweenValidator between)
                    (schema.Minimum, schema.Maximum) = (Text(between.From), Text(between.To));
                if (component.Validator is IComparisonValidator { Comparison: Comparison.GreaterThanOrEqual } least)
                    schema.Minimum = Text(least.ValueToCompare);
            }
        }
    }

    private static void RequireToken(OpenApiOperation operation, OpenApiOperationTransformerContext context)
    {
        if (context.Description.NeedsToken())
            operation.Security = [new OpenApiSecurityRequirement { [new(DocumentTransformer.BearerScheme, context.Document)] = [] }];
    }

    private static void ShowRequests(OpenApiOperation operation, OpenApiOperationTransformerContext context)
    {
        if (operation.RequestBody?.Content?[Json] is { } body)
        {
            Show(body, [
                .. context.Description.All<RequestExample>()
                    .Select(example => (example.Name, ToNode(example.Body, RequestJson.Options))),
            ]);
        }
    }

    private static async Task ShowAnswersAsync(
        OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        foreach (var answers in context.Description.All<IProducesResponseTypeMetadata>().GroupBy(answer => answer.StatusCode))
        {
            if (operation.Responses?[Key(answers.Key)] is not OpenApiResponse { Content: { } content } response)
                continue;

            var body = content[Json];
            var types = answers.Select(answer => answer.Type!).Distinct().ToList();
            if (types.Count > 1)
                body.Schema = new OpenApiSchema { OneOf = await SchemasOfAsync(types, context, cancellationToken) };

            Show(body, [
                .. context.Description.All<ResponseExample>()
                    .Where(example => example.Status == answers.Key)
                    .Select(example => (example.Name, ToNode(example.Body, StrictJson.Options))),
            ]);
            foreach (var header in OperationConventions.HeadersOf(context.Description, answers.Key))
                AddHeader(response, header);
        }
    }

    private void ShowErrors(OpenApiOperation operation, OpenApiOperationTransformerContext context)
    {
        foreach (var failures in _conventions.ErrorsOf(context.Description).GroupBy(failure => failure.Status))
        {
            var response = new OpenApiResponse
            {
                Description = OperationConventions.Describe(failures),
                Content = new Dictionary<string, OpenApiMediaType>
                {
                    [ProblemJson] = new()
                    {
                        Schema = new OpenApiSchemaReference(DocumentTransformer.ProblemSchema, context.Document),
                        Examples = failures.ToDictionary(failure => failure.Code, IOpenApiExample (failure) => ExampleOf(failure)),
                    },
                },
            };
            if (failures.Any(failure => failure.RetryAfterSeconds is not null))
                AddHeader(response, HeaderDescription.RetryAfter);
            if (failures.Any(failure => failure.Details.ContainsKey(QuotaHeaders.ResetsAt)))
                AddHeader(response, HeaderDescription.QuotaExhausted);

            (operation.Responses ??= [])[Key(failures.Key)] = response;
        }
    }

    private static OpenApiExample ExampleOf(ApiProblem failure)
    {
        // A real response has one error per member; the description lists all possible errors.
        var real = failure with
        {
            Errors = failure.Errors.ToDictionary(member => member.Key, IReadOnlyList<FieldError> (member) => [member.Value[0]]),
        };

        return new OpenApiExample { Summary = failure.Code, Value = ToNode(ProblemDocument.Of(real, TraceId), StrictJson.Options) };
    }

    private static void Show(OpenApiMediaType body, IReadOnlyList<(string Name, JsonNode? Value)> examples)
    {
        if (examples.Count == 1)
            body.Example = examples[0].Value;
        if (examples.Count > 1)
            body.Examples = examples.ToDictionary(example => example.Name, Named);

        static IOpenApiExample Named((string Name, JsonNode? Value) example) =>
            new OpenApiExample { Summary = example.Name, Value = example.Value };
    }

    private static void AddHeader(OpenApiResponse response, HeaderDescription header) =>
        (response.Headers ??= new Dictionary<string, IOpenApiHeader>())[header.Name] = header.Describe();

    private static OpenApiSchema? SchemaOf(OpenApiOperation operation, string name)
    {
        if (operation.Parameters?.FirstOrDefault(parameter => parameter.Name == name) is { Schema: OpenApiSchema parameter })
            return parameter;

        return operation.RequestBody?.Content?[Json].Schema is { Properties: { } members } && members.TryGetValue(name, out var member)
            ? member as OpenApiSchema
            : null;
    }

    private static async Task<IList<IOpenApiSchema>> SchemasOfAsync(
        IEnumerable<Type> types,
        OpenApiOperationTransformerContext context,
        CancellationToken cancellationToken)
    {
        var schemas = new List<IOpenApiSchema>();
        foreach (var type in types)
        {
            var name = OpenApiOptions.CreateDefaultSchemaReferenceId(StrictJson.Options.GetTypeInfo(type))!;
            context.Document!.AddComponent(name, await context.GetOrCreateSchemaAsync(type, parameterDescription: null, cancellationToken));
            schemas.Add(new OpenApiSchemaReference(name, context.Document));
        }

        return schemas;
    }

    private static JsonNode? ToNode(object body, JsonSerializerOptions options) =>
        JsonSerializer.SerializeToNode(body, body.GetType(), options);

    private static string? Text(object? number) => Convert.ToString(number, CultureInfo.InvariantCulture);

    private static string Key(int status) => status.ToString(CultureInfo.InvariantCulture);
}
