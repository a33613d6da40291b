using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using CleanMessaging.Infrastructure.Errors;
using CleanMessaging.Infrastructure.Serialization;
using CleanMessaging.WebApi.Endpoints;
using CleanMessaging.WebApi.Requests;
using CleanMessaging.WebApi.Responses;
using FluentValidation;
using FluentValidation.Validators;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace CleanMessaging.WebApi.OpenApi;

/// <summary>
/// Completes an operation: the ranges of its input, security, examples, headers, and all errors with their codes.
/// </summary>
internal sealed class OperationTransformer : IOpenApiOperationTransformer
{
    private const string Json = "application/json";
    private const string ProblemJson = "application/problem+json";
    private const string TraceId = "4bf92f3577b34da6a3ce929d0e0e4736";

    public async Task TransformAsync(
        OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        var conventions = new OperationConventions(context.Description, context.ApplicationServices);
        AddRanges(operation, conventions);
        if (conventions.NeedsToken)
            operation.Security = [new OpenApiSecurityRequirement { [new(DocumentTransformer.BearerScheme, context.Document)] = [] }];
        if (conventions.Stated<ByteBody>().Any())
            operation.RequestBody = BytesOfAPart();
        if (operation.RequestBody?.Content?.TryGetValue(Json, out var body) == true)
            AddExamples(body, conventions, status: null);
        foreach (var header in conventions.Stated<HeaderDescription>())
        {
            var parameter = operation.Parameters!.OfType<OpenApiParameter>().Single(parameter => parameter.Name == header.Name);
            (parameter.Required, parameter.Description, parameter.Example) = (true, header.Description, header.Example);
        }

        await DescribeResponsesAsync(operation, context, conventions, cancellationToken);
        foreach (var problems in conventions.Errors().OrderBy(problem => problem.Status).GroupBy(problem => problem.Status))
            operation.Responses![Text(problems.Key)] = Describe([.. problems], context);
    }

    /// <summary>Describes the body here, because routing would reject other media types of endpoints that state theirs.</summary>
    private static OpenApiRequestBody BytesOfAPart() => new()
    {
        Description = "The bytes of the part.",
        Required = true,
        Content = new Dictionary<string, OpenApiMediaType>
        {
            [ByteBody.MediaType] = new() { Schema = new OpenApiSchema { Type = JsonSchemaType.String, Format = "binary" } },
        },
    };

    /// <summary>Adds the validator's ranges to the parameters and body members that they apply to.</summary>
    private static void AddRanges(OpenApiOperation operation, OperationConventions conventions)
    {
        foreach (var rule in conventions.Rules)
        {
            if (SchemaOf(operation, JsonNamingPolicy.CamelCase.ConvertName(rule.PropertyName)) is not { } schema)
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

    private static OpenApiSchema? SchemaOf(OpenApiOperation operation, string name)
    {
        if (operation.Parameters?.FirstOrDefault(parameter => parameter.Name == name) is { } parameter)
            return parameter.Schema as OpenApiSchema;

        IOpenApiSchema? member = null;
        if (operation.RequestBody?.Content?.TryGetValue(Json, out var body) == true)
            body.Schema?.Properties?.TryGetValue(name, out member);

        return member as OpenApiSchema;
    }

    private static async Task DescribeResponsesAsync(
        OpenApiOperation operation,
        OpenApiOperationTransformerContext context,
        OperationConventions conventions,
        CancellationToken cancellationToken)
    {
        foreach (var results in conventions.Stated<IProducesResponseTypeMetadata>().GroupBy(result => result.StatusCode))
        {
            var response = (OpenApiResponse)operation.Responses![Text(results.Key)];
            if (response.Content?.TryGetValue(Json, out var body) == true)
            {
                var types = results.Select(result => result.Type!).Distinct().ToList();
                if (types.Count > 1)
                    body.Schema = await OneOfAsync(types, context, cancellationToken);

                AddExamples(body, conventions, results.Key);
            }

            foreach (var stated in conventions.Stated<ResponseHeaders>().Where(stated => stated.Status == results.Key))
                AddHeaders(response, stated.Headers);
        }
    }

    /// <summary>Returns the schema of a response with several types. The framework describes only one of them.</summary>
    private static async Task<OpenApiSchema> OneOfAsync(
        IEnumerable<Type> types, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        var schemas = new List<IOpenApiSchema>();
        foreach (var type in types)
        {
            var name = OpenApiOptions.CreateDefaultSchemaReferenceId(StrictJson.Options.GetTypeInfo(type))!;
            context.Document!.AddComponent(name, await context.GetOrCreateSchemaAsync(type, parameterDescription: null, cancellationToken));
            schemas.Add(new OpenApiSchemaReference(name, context.Document));
        }

        return new OpenApiSchema { OneOf = schemas };
    }

    private static void AddExamples(OpenApiMediaType body, OperationConventions conventions, int? status)
    {
        var examples = conventions.Stated<ExampleMetadata>().Where(example => example.Status == status).ToList();
        if (examples.Count == 1)
            body.Example = ToJson(examples[0].Body);
        else
            body.Examples = examples.ToDictionary(example => example.Name, IOpenApiExample (one) => ExampleOf(one.Name, one.Body));
    }

    /// <summary>Describes a status by its errors: lists them with their codes in Markdown, and has an example of each code.</summary>
    private static OpenApiResponse Describe(IReadOnlyList<ApiProblem> problems, OpenApiOperationTransformerContext context)
    {
        var text = new StringBuilder();
        foreach (var problem in problems)
        {
            text.Append("- `").Append(problem.Code).Append("`: ").Append(problem.Title).Append('\n');
            foreach (var (member, errors) in problem.Errors)
            {
                text.Append("    - ").Append(NameOf(member)).Append(": ")
                    .AppendJoin(", ", errors.Select(error => $"`{error.Code}`")).Append('\n');
            }
        }

        var response = new OpenApiResponse
        {
            Description = text.ToString().TrimEnd(),
            Content = new Dictionary<string, OpenApiMediaType>
            {
                [ProblemJson] = new()
                {
                    Schema = new OpenApiSchemaReference(DocumentTransformer.ProblemSchema, context.Document),
                    Examples = problems.DistinctBy(problem => problem.Code).ToDictionary(
                        problem => problem.Code, IOpenApiExample (problem) => ExampleOf(problem.Code, DocumentOf(problem))),
                },
            },
        };
        if (problems.Any(problem => problem.RetryAfterSeconds is not null))
            AddHeaders(response, [HeaderDescription.RetryAfter]);
        if (problems.Any(QuotaHeaders.IsExhausted))
            AddHeaders(response, [HeaderDescription.QuotaExhausted]);

        return response;
    }

    private static string NameOf(string member) =>
        member == OperationConventions.UnknownParameter ? "any unknown query parameter" : member;

    /// <summary>Returns the document of a problem with one error per member, as a real one has. The description lists all errors.</summary>
    private static ProblemDocument DocumentOf(ApiProblem problem) => new(
        problem with
        {
            Errors = problem.Errors.ToDictionary(member => member.Key, IReadOnlyList<FieldError> (member) => [member.Value[0]]),
        },
        TraceId);

    private static OpenApiExample ExampleOf(string name, object body) => new OpenApiExample { Summary = name, Value = ToJson(body) };

    private static void AddHeaders(OpenApiResponse response, IEnumerable<HeaderDescription> headers)
    {
        response.Headers ??= new Dictionary<string, IOpenApiHeader>();
        foreach (var header in headers)
        {
            response.Headers[header.Name] = new OpenApiHeader
            {
                Description = header.Description,
                Schema = new OpenApiSchema { Type = JsonSchemaType.String },
                Example = header.Example,
            };
        }
    }

    private static JsonNode? ToJson(object value) => JsonSerializer.SerializeToNode(value, StrictJson.Options);

    private static string Text(object number) => Convert.ToString(number, CultureInfo.InvariantCulture)!;
}
