using System.Net;
using CleanMessaging.Hostile.Tests.Requests;
using CleanMessaging.Hostile.Tests.Wire;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace CleanMessaging.Hostile.Tests.Authorization;

/// <summary>
/// Tests which users may call which operations. Every endpoint of the application has a row, and every row has an endpoint.
/// </summary>
public sealed class OperationMatrixTests(HostileServerFixture fixture) : IClassFixture<HostileServerFixture>
{
    private const string Unauthenticated = "401 auth.unauthenticated";
    private const string Forbidden = "403 auth.forbidden";
    private const string NoConversation = "404 conversation.not_found";
    private const string NoMessage = "404 message.not_found";
    private const string NoAttachment = "404 attachment.not_found";
    private const string NotTheSender = "403 message.not_yours";

    /// <summary>Operations that need no token, with the status of the response to a valid request from any caller.</summary>
    private static readonly Dictionary<string, string> _public = new()
    {
        ["POST /api/auth/register"] = "201",
        ["POST /api/auth/login"] = "200",
        ["POST /api/auth/refresh"] = "200",
        ["* /health/live"] = "200",
        ["* /health/ready"] = "200",
        ["GET /openapi/{documentName}.json"] = "200",

        // A link is needed instead, and a token does not replace it.
        ["GET /media"] = NoAttachment,
    };

    /// <summary>Paths of the hub, which <see cref="HubMatrixTests"/> covers.</summary>
    private static readonly string[] _hub = ["* /hubs/messaging", "* /hubs/messaging/negotiate"];

    /// <summary>
    /// A valid request of the Investor, or of the Admin where an Admin is needed, sent by each user in turn. Conversation ids in it are of
    /// the conversation of the Investor and the Startup; user ids are of that Startup.
    /// </summary>
    private static readonly Row[] _rows =
    [
        //                                                  Investor  Startup          another Investor  another Startup  Admin
        new("POST /api/auth/logout",                        "200",    "200",           "200",            "200",           "200"),
        new("POST /api/auth/password",                      "200",    "200",           "200",            "200",           "200"),
        new("GET /api/users",                               "200",    "200",           "200",            "200",           "200"),
        new("PUT /api/users/avatar",                        "200",    NoAttachment,    NoAttachment,     NoAttachment,    NoAttachment),
        new("DELETE /api/users/avatar",                     "200",    "200",           "200",            "200",           "200"),
        new("POST /api/sync",                               "200",    "200",           "200",            "200",           "200"),
        new("GET /api/conversations",                       "200",    "200",           "200",            "200",           "200"),
        new("GET /api/conversations/unread",                "200",    "200",           "200",            "200",           "200"),
        new("GET /api/conversations/{id}",                  "200",    "200",           NoConversation,   NoConversation,  NoConversation),
        new("PUT /api/conversations/{id}/expiration",       "200",    "200",           NoConversation,   NoConversation,  NoConversation),
        new(
            "POST /api/conversations/create",
            "200",
            "400 conversation.with_self",
            "201",
            "403 conversation.role_pair_not_allowed",
            "403 conversation.role_pair_not_allowed"),
        new("PUT /api/conversations/{id}/archive",          "200",    "200",           NoConversation,   NoConversation,  NoConversation),
        new("DELETE /api/conversations/{id}/archive",       "200",    "200",           NoConversation,   NoConversation,  NoConversation),
        new("PUT /api/conversations/{id}/mute",             "200",    "200",           NoConversation,   NoConversation,  NoConversation),
        new("DELETE /api/conversations/{id}/mute",          "200",    "200",           NoConversation,   NoConversation,  NoConversation),
        new("PUT /api/conversations/{id}/pin",              "200",    "200",           NoConversation,   NoConversation,  NoConversation),
        new("DELETE /api/conversations/{id}/pin",           "200",    "200",           NoConversation,   NoConversation,  NoConversation),
        new("POST /api/conversations/{id}/clear",           "200",    "200",           NoConversation,   NoConversation,  NoConversation),
        new("POST /api/conversations/{id}/delete",          "200",    "200",           NoConversation,   NoConversation,  NoConversation),
        new("POST /api/messages/hide",                      "200",    "200",           NoConversation,   NoConversation,  NoConversation),
        new("GET /api/messages",                            "200",    "200",           NoConversation,   NoConversation,  NoConversation),
        new("GET /api/messages/lookup",                     "200",    "200",           NoConversation,   NoConversation,  NoConversation),
        new("POST /api/messages/search",                    "200",    "200",           NoConversation,   NoConversation,  NoConversation),
        new("POST /api/messages/send",                      "201",    "201",           NoConversation,   NoConversation,  NoConversation),
        new("POST /api/messages/read",                      "200",    "200",           NoConversation,   NoConversation,  NoConversation),
        new("POST /api/messages/played",                    "200",    "200",           NoMessage,        NoMessage,       NoMessage),
        new("PUT /api/messages/{id}/content",               "200",    NotTheSender,    NoMessage,        NoMessage,       NoMessage),
        new("GET /api/messages/{id}/versions",              "200",    "200",           NoMessage,        NoMessage,       NoMessage),
        new("PUT /api/messages/{id}/reaction",              "200",    "200",           NoMessage,        NoMessage,       NoMessage),
        new("DELETE /api/messages/{id}/reaction",           "200",    "200",           NoMessage,        NoMessage,       NoMessage),
        new("PUT /api/messages/{id}/expiration",            "200",    NotTheSender,    NoMessage,        NoMessage,       NoMessage),
        new("DELETE /api/messages/{id}",                    "200",    NotTheSender,    NoMessage,        NoMessage,       NoMessage),
        new("POST /api/uploads",                            "201",    "201",           NoConversation,   NoConversation,  NoConversation),
        new("GET /api/uploads/{id}",                        "200",    NoAttachment,    NoAttachment,     NoAttachment,    NoAttachment),
        new("PATCH /api/uploads/{id}",                      "204",    NoAttachment,    NoAttachment,     NoAttachment,    NoAttachment),
        new("POST /api/uploads/{id}/complete",              "200",    NoAttachment,    NoAttachment,     NoAttachment,    NoAttachment),
        new("DELETE /api/uploads/{id}",                     "204",    NoAttachment,    NoAttachment,     NoAttachment,    NoAttachment),
        new("GET /api/attachments/{id}",                    "200",    "200",           NoAttachment,     NoAttachment,    NoAttachment),
        new("POST /api/attachments/links",                  "200",    "200",           "200",            "200",           "200"),
        new("GET /api/attachments/usage",                   "200",    "200",           "200",            "200",           "200"),
        new("GET /api/conversations/{id}/attachments",      "200",    "200",           NoConversation,   NoConversation,  NoConversation),
        new("GET /api/messages/quota",                      "200",    "200",           "200",            "200",           "200"),
        new("GET /api/rules",                               "200",    "200",           "200",            "200",           "200"),
        new("GET /api/wallet",                              "200",    "200",           "200",            "200",           "200"),
        new("GET /api/wallet/transactions",                 "200",    "200",           "200",            "200",           "200"),
        new("POST /api/admin/wallets/{userId}/credit",      Forbidden, Forbidden,      Forbidden,        Forbidden,       "201"),
        new("POST /api/admin/wallet-transactions/{id}/reverse", Forbidden, Forbidden,  Forbidden,        Forbidden,       "201"),
        new("GET /api/admin/wallets/verify",                Forbidden, Forbidden,      Forbidden,        Forbidden,       "200"),
        new("POST /api/admin/users/{id}/deactivate",        Forbidden, Forbidden,      Forbidden,        Forbidden,       "200"),
        new("POST /api/admin/users/{id}/reactivate",        Forbidden, Forbidden,      Forbidden,        Forbidden,       "200"),
        new("GET /api/admin/users/{id}",                    Forbidden, Forbidden,      Forbidden,        Forbidden,       "200"),
        new("GET /api/admin/users/{id}/wallet/transactions", Forbidden, Forbidden,     Forbidden,        Forbidden,       "200"),
        new("PUT /api/admin/users/{id}/storage",            Forbidden, Forbidden,      Forbidden,        Forbidden,       "200"),
        new("POST /api/admin/messages/purge",               Forbidden, Forbidden,      Forbidden,        Forbidden,       "200"),
        new("GET /api/admin/actions",                       Forbidden, Forbidden,      Forbidden,        Forbidden,       "200"),
        new("PUT /api/admin/users/{id}/quota",              Forbidden, Forbidden,      Forbidden,        Forbidden,       "200"),
    ];

    [Fact]
    public void Endpoints_ComparedWithTheMatrix_HaveEachARow()
    {
        var endpoints =
            from endpoint in fixture.Server.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            let path = "/" + endpoint.RoutePattern.RawText!.Trim('/')
            from method in endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? ["*"]
            select $"{method} {path}";

        endpoints.Distinct().ShouldBe([.. _rows.Select(row => row.Operation), .. _public.Keys, .. _hub], ignoreOrder: true);
    }

    [Fact]
    public async Task Operation_WithAForgedToken_IsUnauthenticatedAndSaysNoMore()
    {
        var tokens = ForgedTokens.From(fixture.Cast.Investor, fixture.Server.Clock.GetUtcNow())
            .Concat(
                ForgedTokens.From(fixture.Cast.Admin, fixture.Server.Clock.GetUtcNow())
                    .Select(forged => (Fault: $"the Admin's, {forged.Fault}", forged.Token)))
            .Append((Fault: "logged out", Token: await LoggedOutAsync()))
            .Append((Fault: "deactivated", Token: await DeactivatedAsync()))
            .ToList();
        var cases = new List<HostileCase>();
        foreach (var operation in fixture.Description.Operations.Where(operation => operation.NeedsToken))
        {
            var request = (await fixture.SampleOfAsync(operation)).ToRequest().Without("Authorization");
            cases.AddRange(tokens.Select(forged =>
                new HostileCase(forged.Fault, forged.Token is null ? request : request.WithToken(forged.Token), Unauthenticated)));
        }

        cases.Count.ShouldBeGreaterThan(15 * 60);
        await fixture.ShouldRejectAsync(cases);

        var rejections = new HashSet<string>();
        foreach (var (_, token) in tokens)
        {
            var request = (await fixture.SampleOfAsync("getWallet")).ToRequest().Without("Authorization");
            var answer = (await fixture.SendAsync(token is null ? request : request.WithToken(token))).ShouldNotBeNull();
            answer.Headers["WWW-Authenticate"].ShouldBe("Bearer");
            rejections.Add(answer.WithoutTrace());
        }

        rejections.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Operation_ByEachCaller_IsAnsweredAsTheMatrixSays()
    {
        var faults = new List<string>();
        foreach (var row in _rows)
        {
            // Separate users, because some operations change the state for the next one.
            var cast = await Cast.FormAsync(fixture.Server);
            var operation = fixture.Description.Operations.Single(one => one.ToString() == row.Operation);
            var callers = new[] { cast.OtherStartup, cast.OtherInvestor, cast.Startup, cast.Investor, cast.Admin };
            var expected = new[] { row.OtherStartup, row.OtherInvestor, row.Startup, row.Investor, row.Admin };
            foreach (var (caller, outcome) in callers.Zip(expected))
            {
                var sample = (await cast.SampleOfAsync(fixture.Description, operation)).As(caller);
                var answer = await fixture.SendAsync(sample.ToRequest());
                if (answer?.Outcome != outcome)
                    faults.Add($"{operation} by {caller.DisplayName}: {outcome} expected, but was {answer}");
            }
        }

        faults.ShouldBeEmpty();
        await fixture.ShouldBeUnaffectedAsync();
    }

    [Fact]
    public async Task Operation_WithoutNeedOfAToken_IsAnsweredAlikeToAnyCaller()
    {
        var now = fixture.Server.Clock.GetUtcNow();
        string?[] tokens = [.. ForgedTokens.From(fixture.Cast.Investor, now).Select(forged => forged.Token).Take(8), fixture.Cast.Investor.AccessToken, fixture.Cast.Admin.AccessToken];
        foreach (var (name, outcome) in _public)
        {
            foreach (var token in tokens)
            {
                var path = name.Split(' ')[1].Replace("{documentName}", "v1", StringComparison.Ordinal);
                var operation = fixture.Description.Operations.SingleOrDefault(one => one.ToString() == name);
                var request = operation is null ? new WireRequest("GET", path) : (await fixture.SampleOfAsync(operation)).ToRequest();
                var answer = await fixture.SendAsync(token is null ? request : request.WithToken(token));

                answer.ShouldNotBeNull().Outcome.ShouldBe(outcome, name);
            }
        }
    }

    /// <summary>Returns a token that has just become invalid.</summary>
    private async Task<string?> LoggedOutAsync()
    {
        var user = await fixture.Server.RegisterInvestorAsync();
        (await user.PostAsync("/api/auth/logout", new { })).Expect(HttpStatusCode.OK);

        return user.AccessToken;
    }

    private async Task<string?> DeactivatedAsync()
    {
        var user = await fixture.Server.RegisterInvestorAsync();
        (await fixture.Cast.Admin.PostAsync($"/api/admin/users/{user.Id}/deactivate", new { })).Expect(HttpStatusCode.OK);

        return user.AccessToken;
    }

    private sealed record Row(string Operation, string Investor, string Startup, string OtherInvestor, string OtherStartup, string Admin);
}
