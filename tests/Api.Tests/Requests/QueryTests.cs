using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.RegularExpressions;
using CleanMessaging.Tests.Support;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace CleanMessaging.Api.Tests.Requests;

/// <summary>Tests query parameters that an operation does not accept, on every endpoint of the application, including new ones.</summary>
public sealed partial class QueryTests(ApiServerFixture fixture) : IClassFixture<ApiServerFixture>
{
    private readonly ApiServer _server = fixture.Server;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("unknown=1", "unknown", "There is no such parameter.")]
    [InlineData("unknown", "unknown", "There is no such parameter.")]
    [InlineData("=1", "", "There is no such parameter.")]
    [InlineData("%75nknown=1", "unknown", "There is no such parameter.")]
    [InlineData("access_token=x", "access_token", "There is no such parameter.")]
    [InlineData("Access_Token=x&unknown=1", "access_token", "There is no such parameter.")]
    [InlineData("id=x", "id", "There is no such parameter.")]
    public async Task AnyOperation_WithAnUnknownParameter_IsRejectedWithItsName(string query, string name, string message)
    {
        var admin = await _server.CreateAdminAsync();
        var endpoints = Endpoints();
        endpoints.Count.ShouldBeGreaterThan(20);
        foreach (var (method, path, _) in endpoints)
        {
            var answer = await SendAsync(admin, method, $"{path}?{query}");

            answer
                .ExpectError(HttpStatusCode.BadRequest, "validation.failed")
                .FaultsOf(name)
                .ShouldBe(["malformed"], $"{method} {path}: {answer}");
            answer.Body.GetProperty("errors").GetProperty(name)[0].GetProperty("message").GetString().ShouldBe(message);
        }
    }

    [Fact]
    public async Task AnyOperation_WithAParameterTwiceOrInAnotherCase_IsRejectedWithItsName()
    {
        var admin = await _server.CreateAdminAsync();
        var asked = 0;
        foreach (var (method, path, parameters) in Endpoints())
        {
            foreach (var name in parameters)
            {
                var otherCase = char.ToUpperInvariant(name[0]) + name[1..];
                foreach (var (query, fault) in new[] { ($"{name}=1&{name}=1", name), ($"{name}=1&{name}=2", name), ($"{otherCase}=1", otherCase), ($"{name}=1&{otherCase}=1", otherCase) })
                {
                    var answer = await SendAsync(admin, method, $"{path}?{query}");

                    answer
                        .ExpectError(HttpStatusCode.BadRequest, "validation.failed")
                        .FaultsOf(fault)
                        .ShouldBe(["malformed"], $"{method} {path}?{query}: {answer}");
                    asked++;
                }
            }
        }

        asked.ShouldBeGreaterThan(40);
    }

    [Fact]
    public void AnyOperation_Always_HasANameByWhichItsParametersAreKnown() =>
        _server.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(endpoint => endpoint.RoutePattern.RawText!.Trim('/').StartsWith("api", StringComparison.Ordinal))
            .ShouldAllBe(endpoint => endpoint.Metadata.GetMetadata<IEndpointNameMetadata>() != null);

    [Theory]
    [InlineData("")]
    [InlineData("?")]
    [InlineData("?limit=5")]
    [InlineData("?search=a%26b%3D1&limit=5")]
    [InlineData("?&limit=5&&")]
    public async Task FindUsers_WithWhatItTakes_IsAnswered(string query)
    {
        var investor = await _server.RegisterInvestorAsync();

        (await investor.GetAsync($"/api/users{query}")).Expect(HttpStatusCode.OK);
    }

    /// <summary>Tests that a caller without permission does not learn which parameters an operation accepts.</summary>
    [Fact]
    public async Task Verify_WithAnUnknownParameterAndWithoutTheRight_IsForbidden()
    {
        var investor = await _server.RegisterInvestorAsync();
        using var anonymous = _server.CreateClient();

        (await investor.GetAsync("/api/admin/wallets/verify?unknown=1")).ExpectError(HttpStatusCode.Forbidden, "auth.forbidden");
        (await anonymous.GetAsync("/api/wallet?unknown=1", Cancellation)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    /// <summary>SignalR reads its own parameters (id, negotiateVersion) and ignores all others.</summary>
    [Fact]
    public async Task Hub_WithOtherParameters_IsConnectedTo()
    {
        var investor = await _server.RegisterInvestorAsync();
        using var socket = new System.Net.WebSockets.ClientWebSocket();
        var address = new UriBuilder(new Uri(_server.Address, "/hubs/messaging")) { Scheme = "ws", Query = $"negotiateVersion=1&access_token={investor.AccessToken}&unknown=1&unknown=2" };

        await socket.ConnectAsync(address.Uri, Cancellation);

        socket.State.ShouldBe(System.Net.WebSockets.WebSocketState.Open);
    }

    private static async Task<Answer> SendAsync(TestUser user, string method, string target)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), target);
        if (method != "GET")
        {
            var type = method == "PATCH" ? UploadSteps.PartType : "application/json";
            request.Content = new StringContent("{}", Encoding.UTF8, MediaTypeHeaderValue.Parse(type));
        }

        return await Answer.OfAsync(await user.Client.SendAsync(request, Cancellation));
    }

    /// <summary>
    /// Returns every endpoint of the API, with unknown ids in its path, and the query parameters that its handler accepts.
    /// </summary>
    private IReadOnlyList<(string Method, string Path, IReadOnlyList<string> Query)> Endpoints() =>
    [
        .. from endpoint in _server.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
           let pattern = "/" + endpoint.RoutePattern.RawText!.Trim('/')
           where pattern.StartsWith("/api/", StringComparison.Ordinal)
           let handler = endpoint.Metadata.GetRequiredMetadata<System.Reflection.MethodInfo>()
           let query = handler.GetParameters()
               .Where(parameter => parameter.Name is "search" or "cursor" or "limit" or "before" or "after" or "conversationId")
               .Select(parameter => parameter.Name!)
               .ToList()
           from method in endpoint.Metadata.GetRequiredMetadata<IHttpMethodMetadata>().HttpMethods
           select (method, Placeholder().Replace(pattern, Guid.CreateVersion7().ToString()), (IReadOnlyList<string>)query),
    ];

    [GeneratedRegex(@"\{\w+\}")]
    private static partial Regex Placeholder();
}
