using CleanMessaging.Infrastructure.Errors;
using CleanMessaging.Infrastructure.Realtime;
using CleanMessaging.WebApi.Errors;
using CleanMessaging.WebApi.Responses;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace CleanMessaging.WebApi.OpenApi;

/// <summary>
/// Adds the parts of the OpenAPI document that apply to the whole API: introduction, tags, security scheme, and error schema.
/// </summary>
internal sealed class DocumentTransformer : IOpenApiDocumentTransformer
{
    public const string Title = "CleanMessaging";
    public const string BearerScheme = "Bearer";
    public const string ProblemSchema = "Problem";

    /// <summary>Errors that can occur for every address, and that no operation lists.</summary>
    private static readonly ApiProblem[] _anywhere =
    [
        RequestErrors.OfStatus(StatusCodes.Status400BadRequest),
        RequestErrors.OfStatus(StatusCodes.Status404NotFound),
        RequestErrors.OfStatus(StatusCodes.Status405MethodNotAllowed),
        RequestErrors.OfStatus(StatusCodes.Status408RequestTimeout),
        RequestErrors.OfStatus(StatusCodes.Status500InternalServerError),
    ];

    private static readonly string _introduction =
        $$"""
        Private conversations between Investors and Startups. **A message is a transaction**: the server accepts, prices and numbers it exactly
        once, and the message is readable until an exact instant.

        **Try it.** In Development, call [log in](#/Auth/logIn) with the example as it is, copy `accessToken` from the response, and paste
        it under *Authorize*. The receiver of a [new conversation](#/Conversations/startConversation) is an `id` from the response to
        [find users](#/Users/findUsers). Ids, cursors, tokens and keys in the examples are fictitious; other
        example values work unchanged. The example to change the password changes that of the demo Investor, until the server restarts.

        **Responses.** A successful response is `{ "success": true, "data": ... }`. Some responses also contain `page` or `charge`. Members that
        are null are included. Times are ISO 8601 in UTC. Ids are UUIDs in lower case with hyphens.

        **Errors** are `application/problem+json` (RFC 9457). Branch on `code`, which never changes; `title` is a message for people. `retryable`
        says whether the same request may succeed when it is repeated unchanged. The values that a client needs (`price`, `balance`,
        `resetsAt`) are separate members. `{{ApiProblem.ValidationCode}}` lists each invalid member under `errors`. Input is strict: the
        server rejects unknown, repeated and mistyped members of a body and parameters of a query (names are case-sensitive). Leave out an optional
        member instead of sending null. Request bodies must not be compressed. `HEAD` is supported wherever `GET` is. Errors that can occur at any address:
        {{string.Join(", ", _anywhere.Select(problem => $"`{problem.Code}` ({problem.Status})"))}}.

        **Idempotency.** A send with a `clientMessageId` and a credit with an `{{IdempotencyHeaders.Key}}` header take effect once, however
        often they are sent. A repetition gets 200 with the first response and `{{IdempotencyHeaders.Replayed}}: true`, and costs nothing. A different
        request with the same key gets 422. An upload that begins with a `clientUploadId` exists once as well; a repetition returns it as it
        is then.

        **Tokens.** Send `Authorization: Bearer <accessToken>`. An access token expires at `expiresAt`, or within seconds after its session is
        revoked. Exchange the refresh token for a new pair before that. If the response is lost, repeat the exchange with the same token within
        30 seconds. A valid token of a user who is not in the database, for example because an older backup was restored, gets 404
        `user.not_found` for a send, the quota and the synchronization.

        **Live events** are sent over SignalR at `{{RealtimeRegistration.HubPath}}`, which OpenAPI cannot describe. A client calls
        {{Code(RealtimeRegistration.HubMethods)}}; the server sends {{Code(RealtimeRegistration.HubEvents)}}. Payloads, order and
        recovery are documented in `docs/realtime.md`.
        """;

    public async Task TransformAsync(
        OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancellationToken)
    {
        document.Info = new OpenApiInfo { Title = Title, Version = Version, Description = _introduction };
        document.Tags = new HashSet<OpenApiTag>
        {
            new() { Name = "Auth", Description = "Accounts and sessions." },
            new() { Name = "Users", Description = "The users that the caller can start a conversation with." },
            new() { Name = "Conversations", Description = "One conversation per pair of an Investor and a Startup. A caller who is not a participant gets 404." },
            new() { Name = "Messages", Description = "Sending, editing, deleting and reading messages, reactions, read receipts, and the daily quota of free messages." },
            new() { Name = "Attachments", Description = "Uploads of files, images and voice recordings, their bytes, and the storage of users." },
            new() { Name = "Wallet", Description = "The balance in points, and the append-only ledger of all transactions." },
            new() { Name = "Admin", Description = "Credits, reversals, limits, ledger verification, and deactivation of users. Requires the token of an Admin." },
        };

        document.AddComponent<IOpenApiSecurityScheme>(BearerScheme, new OpenApiSecurityScheme
        {
            Type = SecuritySchemeType.Http,
            Scheme = "bearer",
            BearerFormat = "JWT",
            Description = "The `accessToken` from the response to register, log in or refresh, without the word Bearer.",
        });
        document.AddComponent(
            ProblemSchema, await context.GetOrCreateSchemaAsync(typeof(ProblemDocument), parameterDescription: null, cancellationToken));
    }

    private static string Version => typeof(DocumentTransformer).Assembly.GetName().Version!.ToString(fieldCount: 3);

    private static string Code(IEnumerable<string> names) => string.Join(", ", names.Select(name => $"`{name}`"));
}
