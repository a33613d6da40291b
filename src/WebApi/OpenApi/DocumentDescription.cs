using System.Reflection;
using System.Text.Json.Nodes;
using CleanMessaging.Infrastructure.Errors;
using CleanMessaging.Infrastructure.Realtime;
using CleanMessaging.WebApi.Endpoints;
using CleanMessaging.WebApi.Errors;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace CleanMessaging.WebApi.OpenApi;

/// <summary>What holds for the whole API: what it is, its groups, the token, and the one form of a rejection.</summary>
internal sealed class DocumentDescription : IOpenApiDocumentTransformer
{
    public const string Title = "CleanMessaging";
    public const string BearerScheme = "Bearer";
    public const string ProblemSchema = "Problem";

    /// <summary>Errors that belong to no operation.</summary>
    private static readonly ApiProblem[] _anywhere =
    [
        Problems.OfStatus(StatusCodes.Status400BadRequest),
        Problems.OfStatus(StatusCodes.Status404NotFound),
        Problems.OfStatus(StatusCodes.Status405MethodNotAllowed),
        Problems.OfStatus(StatusCodes.Status408RequestTimeout),
        Problems.OfStatus(StatusCodes.Status500InternalServerError),
    ];

    private static readonly string _introduction =
        $$"""
        Private conversations between Investors and Startups, in which **a message is a transaction**: accepted once, priced once,
        ordered once, readable until an exact instant.

        **Try it.** In Development, call [log in](#/Auth/logIn) with the example as it is, copy `accessToken` from the answer, and paste
        it under *Authorize*. The receiver of a [new conversation](#/Conversations/startConversation) is an `id` that
        [find users](#/Users/findUsers) answers with. Ids in the examples are made up; everything else in them works as it stands.

        **Answers.** What went well is `{ "success": true, "data": ... }`, some with `page` or `charge` beside `data`. Members that are
        null are written, not left out. Times are ISO 8601 in UTC, ids UUIDs in lower case with hyphens.

        **Errors** are `application/problem+json` (RFC 9457). Branch on `code`, which never changes; `title` is for people. `retryable`
        says whether the same request may succeed when it is simply repeated. The numbers that a client needs (`price`, `balance`,
        `resetsAt`) are members of their own. `{{ApiProblem.ValidationCode}}` names each member at fault under `errors`. Input is strict: the
        server rejects an unknown, repeated or mistyped member of a body or parameter of a query (names are case-sensitive). An optional member is left out,
        not null. Bodies are not compressed. `HEAD` is answered wherever `GET` is. Codes of no operation in particular:
        {{string.Join(", ", _anywhere.Select(failure => $"`{failure.Code}` ({failure.Status})"))}}.

        **Repeating safely.** A send with a `clientMessageId` and a credit with an `{{AdminEndpoints.IdempotencyKey}}` header happen once, however
        often they are sent: a repetition is answered with 200, the first answer and `{{ReplayHeader.Name}}: true`, and costs nothing. The
        same key with another request is 422.

        **Tokens.** Send `Authorization: Bearer <accessToken>`. An access token ends at `expiresAt`, or within seconds with its
        session; exchange the refresh token for a new pair before. When the answer is lost, repeat the exchange
        with the same token within 30 seconds.

        **Live events** come over SignalR at `{{RealtimeRegistration.HubPath}}`, which OpenAPI cannot describe. A client calls
        {{Names(typeof(MessagingHub))}}; the server sends {{Names(typeof(IMessagingClient))}}. Shapes, order and
        recovery are in `docs/realtime.md`.
        """;

    public Task TransformAsync(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancellationToken)
    {
        document.Info = new OpenApiInfo { Title = Title, Version = Version, Description = _introduction };
        document.Tags = new HashSet<OpenApiTag>
        {
            new() { Name = "Auth", Description = "Accounts and sessions." },
            new() { Name = "Users", Description = "Whom one can talk to." },
            new() { Name = "Conversations", Description = "One per pair of an Investor and a Startup. To strangers it does not exist." },
            new() { Name = "Messages", Description = "Sending, reading, receipts, and the day's free messages." },
            new() { Name = "Wallet", Description = "Points, and the append-only ledger that explains them." },
            new() { Name = "Admin", Description = "Credits, corrections, limits, and who may come in. Needs an Admin's token." },
        };

        var components = document.Components ??= new OpenApiComponents();
        (components.SecuritySchemes ??= new Dictionary<string, IOpenApiSecurityScheme>())[BearerScheme] = new OpenApiSecurityScheme
        {
            Type = SecuritySchemeType.Http,
            Scheme = "bearer",
            BearerFormat = "JWT",
            Description = "The `accessToken` of a session, without the word Bearer. Register, log in and refresh answer with one.",
        };
        (components.Schemas ??= new Dictionary<string, IOpenApiSchema>())[ProblemSchema] = DescribeProblem();

        return Task.CompletedTask;
    }

    private static string Version => typeof(DocumentDescription).Assembly.GetName().Version!.ToString(fieldCount: 3);

    private static string Names(Type type) => string.Join(
        ", ",
        type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
            .Where(method => !method.IsSpecialName && method.GetBaseDefinition() == method)
            .Select(method => $"`{method.Name}`"));

    private static OpenApiSchema DescribeProblem() => new()
    {
        Type = JsonSchemaType.Object,
        Description = "Why a request was rejected (RFC 9457). Some codes add facts of their own, such as price, balance and resetsAt.",
        Required = new HashSet<string> { "type", "title", "status", "success", "code", "traceId", "retryable" },
        AdditionalPropertiesAllowed = true,
        Properties = new Dictionary<string, IOpenApiSchema>
        {
            ["type"] = Member(JsonSchemaType.String, "The code as a URI.", "uri"),
            ["title"] = Member(JsonSchemaType.String, "One sentence for people."),
            ["status"] = Member(JsonSchemaType.Integer, "The HTTP status.", "int32"),
            ["success"] = new OpenApiSchema { Type = JsonSchemaType.Boolean, Enum = [JsonValue.Create(false)] },
            ["code"] = Member(JsonSchemaType.String, "Stable and public; what clients branch on."),
            ["traceId"] = Member(JsonSchemaType.String, "By which the server's log finds the request."),
            ["retryable"] = Member(JsonSchemaType.Boolean, "Whether the same request may succeed when it is simply repeated."),
            ["errors"] = new OpenApiSchema
            {
                Type = JsonSchemaType.Object,
                Description = "What is wrong with which member; there when the input's form is at fault.",
                AdditionalProperties = new OpenApiSchema
                {
                    Type = JsonSchemaType.Array,
                    Items = new OpenApiSchema
                    {
                        Type = JsonSchemaType.Object,
                        Required = new HashSet<string> { "code", "message" },
                        Properties = new Dictionary<string, IOpenApiSchema>
                        {
                            ["code"] = Member(JsonSchemaType.String, "Stable and public."),
                            ["message"] = Member(JsonSchemaType.String, "One sentence for people."),
                        },
                    },
                },
            },
        },
    };

    private static OpenApiSchema Member(JsonSchemaType type, string description, string? format = null) =>
        new() { Type = type, Description = description, Format = format };
}
