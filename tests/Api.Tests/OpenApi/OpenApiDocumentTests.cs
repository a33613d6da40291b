using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using CleanMessaging.Application.Conversations;
using CleanMessaging.Application.Messages;
using CleanMessaging.Domain.Primitives;
using CleanMessaging.Domain.Quotas;
using CleanMessaging.Tests.Support;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.OpenApi;

namespace CleanMessaging.Api.Tests.OpenApi;

public sealed partial class OpenApiDocumentTests(DescribedServerFixture fixture) : IClassFixture<DescribedServerFixture>
{
    /// <summary>Error codes that no domain rule declares.</summary>
    private static readonly string[] _hostCodes =
    [
        "validation.failed",
        "auth.unauthenticated",
        "auth.forbidden",
        "request.too_large",
        "request.unsupported_media_type",
        "request.refused",
        "request.timeout", "route.not_found", "route.method_not_allowed", "storage.unavailable", "storage.outcome_unknown",
        "internal_error",
        "rate_limit.exceeded", "rate_limit.concurrency", "auth.too_many_attempts", "server.busy", "user.search_too_slow",
        "request.unsupported_content_encoding",
        "feature.disabled", "attachment.unsupported_protocol", "attachment.range_not_satisfiable", "attachment.unavailable",
    ];

    /// <summary>Operations whose responses are bytes or empty.</summary>
    private static readonly string[] _ofBytes = ["receivePart", "cancelUpload", "openAttachment"];

    private readonly SchemaCheck _check = new(fixture.Document);

    [Fact]
    public void Document_Read_IsValid()
    {
        var read = OpenApiDocument.Parse(fixture.Text, "json");

        read.Diagnostic.ShouldNotBeNull().Errors.ShouldBeEmpty();
        read.Diagnostic.Warnings.ShouldBeEmpty();
        var document = read.Document.ShouldNotBeNull();
        document.Info.Title.ShouldBe("CleanMessaging");
        document.Components.ShouldNotBeNull().SecuritySchemes.ShouldNotBeNull()["Bearer"].Scheme.ShouldBe("bearer");
        document.Tags.ShouldNotBeNull().ShouldAllBe(tag => !string.IsNullOrEmpty(tag.Description));
    }

    [Fact]
    public void Document_ComparedWithRoutes_HasEveryEndpointOfTheApi()
    {
        var routes = ApiEndpoints().Select(endpoint => $"{endpoint.Method} {endpoint.Path}").Order().ToList();

        routes.Count.ShouldBeGreaterThan(15);
        fixture.Operations.Select(operation => operation.ToString()).Order().ShouldBe(routes);
    }

    [Fact]
    public void Operations_ComparedWithUseCases_BearTheirNames()
    {
        var useCases = typeof(SendMessageCommand).Assembly.GetExportedTypes().Select(type => type.Name).ToHashSet();

        foreach (var operation in fixture.Operations)
        {
            var useCase = char.ToUpperInvariant(operation.Id[0]) + operation.Id[1..];
            (useCases.Contains(useCase + "Command") || useCases.Contains(useCase + "Query")).ShouldBeTrue($"{operation}: {operation.Id}");
            operation.Body.GetProperty("summary").GetString().ShouldNotBeNullOrWhiteSpace(operation.ToString());
        }
    }

    [Fact]
    public void Operations_WithToken_SaySo()
    {
        var anonymous = ApiEndpoints()
            .Where(endpoint => endpoint.Anonymous)
            .Select(endpoint => $"{endpoint.Method} {endpoint.Path}")
            .ToHashSet();

        anonymous.ShouldBe(["POST /api/auth/register", "POST /api/auth/login", "POST /api/auth/refresh"], ignoreOrder: true);
        foreach (var operation in fixture.Operations)
        {
            operation.NeedsToken.ShouldBe(!anonymous.Contains(operation.ToString()), operation.ToString());
            if (operation.NeedsToken)
                CodesOf(operation).ShouldContain("auth.unauthenticated", operation.ToString());
        }
    }

    [Fact]
    public void Parameters_OfEveryOperation_AreDescribed()
    {
        foreach (var operation in fixture.Operations)
        {
            foreach (var parameter in operation.Parameters)
                parameter.GetProperty("description").GetString().ShouldNotBeNullOrWhiteSpace($"{operation}: {parameter}");
        }
    }

    [Fact]
    public void Filter_OfTheListOfConversations_NamesItsValues()
    {
        var filter = fixture.Operations.Single(operation => operation.Id == "listConversations").Parameters
            .Single(parameter => parameter.GetProperty("name").GetString() == "filter");

        filter.GetProperty("schema").GetProperty("enum").EnumerateArray().Select(name => name.GetString())
            .ShouldBe(Enum.GetNames<ConversationFilter>().Select(name => name.ToLowerInvariant()), ignoreOrder: true);
        filter.GetProperty("schema").GetProperty("default").GetString().ShouldBe("inbox");
    }

    [Fact]
    public void Examples_OfEveryBody_AreThereAndOfTheirSchema()
    {
        var compared = 0;
        foreach (var operation in fixture.Operations)
        {
            operation.Answers.Any().ShouldBe(!_ofBytes.Contains(operation.Id), operation.ToString());
            var contents = operation.Answers.Concat(operation.Request is { } request ? [request] : []);
            foreach (var content in contents.Concat(operation.Errors.Select(error => error.Content)))
            {
                var examples = DescribedOperation.ExamplesOf(content);
                examples.ShouldNotBeEmpty($"{operation}: {content}");
                foreach (var example in examples)
                    _check.Faults(content.GetProperty("schema"), example).ShouldBeEmpty($"{operation}: {example}");

                compared += examples.Count;
            }
        }

        compared.ShouldBeGreaterThan(100);
    }

    [Fact]
    public void Bodies_OfOperationsOnData_AreJsonOnly()
    {
        foreach (var operation in fixture.Operations.Where(operation => !_ofBytes.Contains(operation.Id)))
        {
            foreach (var (status, response) in operation.Responses.Where(response => response.Status < 300))
            {
                response.TryGetProperty("content", out var content).ShouldBeTrue($"{operation}: {status}");
                content.EnumerateObject().Select(type => type.Name).ShouldBe(["application/json"], $"{operation}: {status}");
            }
        }

        fixture.Operations
            .Where(operation => operation.Body.TryGetProperty("requestBody", out _) && operation.Request is null)
            .Select(operation => operation.Id)
            .ShouldBe(["receivePart"]);
    }

    [Fact]
    public void Errors_OfEveryOperation_AreNamedForTheirCodes()
    {
        foreach (var operation in fixture.Operations)
        {
            foreach (var (status, content) in operation.Errors)
            {
                foreach (var example in content.GetProperty("examples").EnumerateObject())
                {
                    var problem = example.Value.GetProperty("value");
                    problem.GetProperty("code").GetString().ShouldBe(example.Name, operation.ToString());
                    problem.GetProperty("status").GetInt32().ShouldBe(status, operation.ToString());
                }
            }
        }
    }

    [Fact]
    public void Codes_ComparedWithCatalogue_AreTheSame()
    {
        var catalogue = DomainCodes();
        catalogue.Count.ShouldBeGreaterThan(20);

        var mentioned = CodeInMarkdown().Matches(fixture.Text).Select(match => match.Groups["code"].Value).ToHashSet();
        foreach (var code in catalogue.Concat(_hostCodes))
            mentioned.ShouldContain(code);

        foreach (var code in fixture.Operations.SelectMany(CodesOf).Distinct())
            (catalogue.Contains(code) || _hostCodes.Contains(code)).ShouldBeTrue(code);
    }

    [Fact]
    public async Task RequestExamples_SentAsTheyAre_AreNotRejectedForTheirForm()
    {
        var investor = await fixture.Server.RegisterInvestorAsync();
        var admin = await fixture.Server.CreateAdminAsync();
        var sent = 0;

        foreach (var operation in fixture.Operations)
        {
            if (operation.Request is not { } request)
                continue;

            var caller = operation.Path.StartsWith("/api/admin", StringComparison.Ordinal) ? admin : investor;
            foreach (var example in DescribedOperation.ExamplesOf(request))
            {
                var answer = await SendAsync(operation, example, caller);
                var code = answer.Body.TryGetProperty("code", out var rejection) ? rejection.GetString() : null;
                code.ShouldNotBe("validation.failed", $"{operation}: {answer.Text}");
                DocumentedStatuses(operation).ShouldContain((int)answer.Status, $"{operation}: {answer.Text}");
                sent++;
            }
        }

        sent.ShouldBeGreaterThan(8);
    }

    [Fact]
    public async Task RealAnswers_ComparedWithSchemas_AreAsDescribed()
    {
        var (investor, startup, conversationId) = await fixture.Server.RegisterPairAsync();
        var admin = await fixture.Server.CreateAdminAsync();
        var clientMessageId = Guid.CreateVersion7();

        ShouldBeAsDescribed("sendMessage", await investor.SendAsync(conversationId, "First", clientMessageId), HttpStatusCode.Created);
        ShouldBeAsDescribed("sendMessage", await investor.SendAsync(conversationId, "First", clientMessageId), HttpStatusCode.OK);
        ShouldBeAsDescribed(
            "sendMessage", await investor.SendAsync(conversationId, "Other", clientMessageId), HttpStatusCode.UnprocessableEntity);
        ShouldBeAsDescribed("sendMessage", await investor.SendExpiringAsync(conversationId, "Soon gone", 1), HttpStatusCode.Created);
        ShouldBeAsDescribed("sendMessage", await investor.SendAsync(conversationId, ""), HttpStatusCode.BadRequest);
        ShouldBeAsDescribed("markRead", await startup.MarkReadAsync(conversationId), HttpStatusCode.OK);
        ShouldBeAsDescribed("getMessages", await startup.GetAsync($"/api/messages?conversationId={conversationId}"), HttpStatusCode.OK);
        ShouldBeAsDescribed(
            "getMessages", await startup.GetAsync($"/api/messages?conversationId={Guid.CreateVersion7()}"), HttpStatusCode.NotFound);
        ShouldBeAsDescribed("listConversations", await startup.GetAsync("/api/conversations"), HttpStatusCode.OK);
        ShouldBeAsDescribed("getUnreadTotals", await startup.GetAsync("/api/conversations/unread"), HttpStatusCode.OK);
        ShouldBeAsDescribed("getConversation", await startup.GetAsync($"/api/conversations/{conversationId}"), HttpStatusCode.OK);
        ShouldBeAsDescribed("getQuota", await investor.GetAsync("/api/messages/quota"), HttpStatusCode.OK);
        ShouldBeAsDescribed("getRules", await investor.GetAsync("/api/rules"), HttpStatusCode.OK);
        ShouldBeAsDescribed("findUsers", await investor.GetAsync("/api/users"), HttpStatusCode.OK);
        ShouldBeAsDescribed("findUsers", await admin.GetAsync("/api/users"), HttpStatusCode.OK);
        ShouldBeAsDescribed("getUserDetails", await admin.GetAsync($"/api/admin/users/{investor.Id}"), HttpStatusCode.OK);
        ShouldBeAsDescribed("getUserDetails", await admin.GetAsync($"/api/admin/users/{Guid.CreateVersion7()}"), HttpStatusCode.NotFound);
        ShouldBeAsDescribed(
            "getUserStatement", await admin.GetAsync($"/api/admin/users/{investor.Id}/wallet/transactions"), HttpStatusCode.OK);
        ShouldBeAsDescribed(
            "setUserQuota", await admin.PutAsync($"/api/admin/users/{investor.Id}/quota", new { pointsPerMessage = 3 }), HttpStatusCode.OK);
        ShouldBeAsDescribed("verifyLedger", await admin.GetAsync("/api/admin/wallets/verify"), HttpStatusCode.OK);
        ShouldBeAsDescribed("verifyLedger", await investor.GetAsync("/api/admin/wallets/verify"), HttpStatusCode.Forbidden);
        ShouldBeAsDescribed("getQuota", await investor.GetAsync("/api/messages/quota?unknown=1"), HttpStatusCode.BadRequest);
        ShouldBeAsDescribed("getStatement", await investor.GetAsync("/api/wallet/transactions?limit=0"), HttpStatusCode.BadRequest);
        ShouldBeAsDescribed("logOut", await investor.PostAsync("/api/auth/logout", new { }), HttpStatusCode.OK);
    }

    [Fact]
    public void Limit_OfPages_IsAWholeNumberWithItsRange()
    {
        var limit = Operation("getMessages").Parameters.Single(parameter => parameter.GetProperty("name").GetString() == "limit")
            .GetProperty("schema");

        limit.GetProperty("type").GetString().ShouldBe("integer");
        limit.GetProperty("minimum").GetInt32().ShouldBe(1);
        limit.GetProperty("maximum").GetInt32().ShouldBe(100);
        limit.GetProperty("default").GetInt32().ShouldBe(50);
    }

    [Fact]
    public void UserRole_Always_NamesTheRoles() =>
        fixture.Document.GetProperty("components").GetProperty("schemas").GetProperty("UserRole").GetProperty("enum")
            .EnumerateArray()
            .Select(role => role.GetString())
            .ShouldBe(["Investor", "Startup", "Admin"]);

    [Fact]
    public void SendMessageRequest_OptionalMembers_MayBeMissingButNotNull()
    {
        var schema = fixture.Document.GetProperty("components").GetProperty("schemas").GetProperty("SendMessageRequest");

        schema
            .GetProperty("required")
            .EnumerateArray()
            .Select(name => name.GetString())
            .ShouldBe(["conversationId", "content"], ignoreOrder: true);
        schema
            .GetProperty("properties")
            .EnumerateObject()
            .ShouldAllBe(member => member.Value.GetProperty("type").ValueKind == JsonValueKind.String);
    }

    [Fact]
    public void Problem_MembersOfSomeCodes_MayBeMissingButNotNull()
    {
        var schema = fixture.Document.GetProperty("components").GetProperty("schemas").GetProperty("Problem");

        schema
            .GetProperty("required")
            .EnumerateArray()
            .Select(name => name.GetString())
            .ShouldBe(["type", "title", "status", "success", "code", "traceId", "retryable"]);
        schema.GetProperty("properties").GetProperty("retryAfter").GetProperty("type").GetString().ShouldBe("integer");
        schema.GetProperty("properties").GetProperty("errors").GetProperty("type").GetString().ShouldBe("object");
    }

    [Fact]
    public void Headers_OfASend_AreDescribed()
    {
        var send = Operation("sendMessage").Body.GetProperty("responses");

        HeadersOf(send.GetProperty("201")).ShouldBe(["RateLimit", "RateLimit-Policy"], ignoreOrder: true);
        HeadersOf(send.GetProperty("200")).ShouldBe(["RateLimit", "RateLimit-Policy", "Idempotency-Replayed"], ignoreOrder: true);
        HeadersOf(send.GetProperty("402")).ShouldBe(["RateLimit"]);
        HeadersOf(send.GetProperty("503")).ShouldBe(["Retry-After"]);
    }

    [Fact]
    public async Task Swagger_WithoutToken_IsServed()
    {
        using var client = fixture.Server.CreateClient();

        var page = await client.GetAsync("/swagger/index.html", TestContext.Current.CancellationToken);
        var script = await client.GetAsync("/swagger/swagger-ui-bundle.js", TestContext.Current.CancellationToken);

        page.StatusCode.ShouldBe(HttpStatusCode.OK);
        script.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    private void ShouldBeAsDescribed(string operationId, Answer answer, HttpStatusCode status)
    {
        answer.Expect(status);
        var content = Operation(operationId).Responses
            .Single(response => response.Status == (int)status).Response
            .GetProperty("content").EnumerateObject().Single().Value;
        _check.Faults(content.GetProperty("schema"), answer.Body).ShouldBeEmpty(answer.Text);
        if (status >= HttpStatusCode.BadRequest)
            content.GetProperty("examples").TryGetProperty(answer.Code!, out _).ShouldBeTrue(answer.Text);
    }

    private async Task<Answer> SendAsync(DescribedOperation operation, JsonElement body, TestUser caller)
    {
        using var client = fixture.Server.CreateClient();
        var path = PlaceInPath().Replace(operation.Path, Guid.CreateVersion7().ToString());
        using var request = new HttpRequestMessage(new HttpMethod(operation.Method), path);
        request.Content = new StringContent(body.GetRawText(), Encoding.UTF8, "application/json");
        if (operation.NeedsToken)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", caller.AccessToken);
        foreach (var header in operation.Parameters.Where(parameter => parameter.GetProperty("in").GetString() == "header"))
            request.Headers.Add(header.GetProperty("name").GetString()!, header.GetProperty("example").GetString());

        return await Answer.OfAsync(await client.SendAsync(request));
    }

    private DescribedOperation Operation(string id) => fixture.Operations.Single(operation => operation.Id == id);

    private static IEnumerable<int> DocumentedStatuses(DescribedOperation operation) =>
        operation.Responses.Select(response => response.Status);

    private static IEnumerable<string> CodesOf(DescribedOperation operation) =>
        operation.Errors.SelectMany(error => error.Content.GetProperty("examples").EnumerateObject().Select(example => example.Name));

    private static IEnumerable<string> HeadersOf(JsonElement response) =>
        response.GetProperty("headers").EnumerateObject().Select(header => header.Name);

    private IReadOnlyList<(string Method, string Path, bool Anonymous)> ApiEndpoints() =>
    [
        .. from endpoint in fixture.Server.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
           let path = "/" + endpoint.RoutePattern.RawText!.Trim('/')
           where path.StartsWith("/api/", StringComparison.Ordinal)
           from method in endpoint.Metadata.GetRequiredMetadata<IHttpMethodMetadata>().HttpMethods
           select (method, path, endpoint.Metadata.GetMetadata<IAllowAnonymous>() is not null),
    ];

    /// <summary>Returns the error code of every rule that the domain or a use case declares.</summary>
    private static HashSet<string> DomainCodes()
    {
        const BindingFlags anyStatic = BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic;
        var types = new[] { typeof(DomainError).Assembly, typeof(SendMessageCommand).Assembly }.SelectMany(
            assembly => assembly.GetTypes()).ToList();
        var constants = types
            .SelectMany(type => type.GetFields(anyStatic))
            .Where(field => field.FieldType == typeof(DomainError))
            .Select(field => (DomainError)field.GetValue(null)!);
        var made = types
            .Where(type => type.Name.EndsWith("Errors", StringComparison.Ordinal))
            .SelectMany(type => type.GetMethods(anyStatic))
            .Where(method => method.ReturnType == typeof(DomainError))
            .Select(method => (DomainError)method.Invoke(null, [.. method.GetParameters().Select(SampleOf)])!);

        return [.. constants.Concat(made).Select(error => error.Code)];
    }

    private static object? SampleOf(ParameterInfo parameter) => parameter.ParameterType switch
    {
        var type when type == typeof(QuotaStatus) => new QuotaStatus(20, 0, 10, 10, 20, DateTimeOffset.UnixEpoch),
        var type when type == typeof(string) => "",
        var type when type.IsValueType => Activator.CreateInstance(type),
        var type => throw new NotSupportedException(string.Create(CultureInfo.InvariantCulture, $"No sample of {type}.")),
    };

    [GeneratedRegex("`(?<code>[a-z_.]+)`")]
    private static partial Regex CodeInMarkdown();

    [GeneratedRegex(@"\{\w+\}")]
    private static partial Regex PlaceInPath();
}
