using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using CleanMessaging.Tests.Support;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace CleanMessaging.Api.Tests.Network;

public sealed partial class SecurityHeadersTests(SecurityHeadersTests.DescribedServer fixture) : IClassFixture<SecurityHeadersTests.DescribedServer>
{
    private static readonly Dictionary<string, string> _expected = new()
    {
        ["Cache-Control"] = "no-store",
        ["X-Content-Type-Options"] = "nosniff",
        ["X-Frame-Options"] = "DENY",
        ["Referrer-Policy"] = "no-referrer",
        ["Cross-Origin-Opener-Policy"] = "same-origin",
        ["Cross-Origin-Resource-Policy"] = "same-origin",
    };

    private readonly ApiServer _server = fixture.Server;

    [Fact]
    public async Task Headers_OfEveryEndpoint_AreThere()
    {
        var investor = await _server.RegisterInvestorAsync();
        var endpoints =
            from endpoint in _server.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            from method in endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? ["GET"]
            select (method, Path: "/" + endpoint.RoutePattern.RawText!.Trim('/').Replace("{documentName}", "v1"));
        var asked = 0;

        foreach (var (method, path) in endpoints)
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), path);
            ShouldHaveAll(await investor.Client.SendAsync(request, Token), $"{method} {path}");
            asked++;
        }

        asked.ShouldBeGreaterThan(20);
    }

    [Fact]
    public async Task Headers_OfErrors_AreThere()
    {
        var investor = await _server.RegisterInvestorAsync();
        using var anonymous = _server.CreateClient();

        ShouldHaveAll(await anonymous.GetAsync("/api/wallet", Token), "401", HttpStatusCode.Unauthorized);
        ShouldHaveAll(await investor.Client.GetAsync("/api/admin/wallets/verify", Token), "403", HttpStatusCode.Forbidden);
        ShouldHaveAll(await anonymous.GetAsync("/nothing-here", Token), "404", HttpStatusCode.NotFound);
        ShouldHaveAll(await investor.Client.GetAsync("/api/nothing-here", Token), "404", HttpStatusCode.NotFound);
        ShouldHaveAll(await investor.Client.DeleteAsync("/api/wallet", Token), "405", HttpStatusCode.MethodNotAllowed);
        ShouldHaveAll(
            await investor.Client.PostAsync(
                "/api/messages/send", new StringContent(new string(' ', 65 * 1024), Encoding.UTF8, "application/json"), Token),
            "413",
            HttpStatusCode.RequestEntityTooLarge);
        ShouldHaveAll(
            await investor.Client.PostAsync("/api/messages/send", new StringContent("{}"), Token),
            "415",
            HttpStatusCode.UnsupportedMediaType);
        ShouldHaveAll(await investor.Client.GetAsync("/api/messages?limit=0", Token), "400", HttpStatusCode.BadRequest);
        using var foreign = new HttpRequestMessage(HttpMethod.Get, "/hubs/messaging");
        foreign.Headers.Add("Origin", "https://evil.example");
        ShouldHaveAll(await investor.Client.SendAsync(foreign, Token), "origin", HttpStatusCode.Forbidden);

        for (var request = 0; ; request++)
        {
            request.ShouldBeLessThan(100);
            var answer = await investor.Client.GetAsync("/api/wallet", Token);
            if (answer.StatusCode == HttpStatusCode.OK)
                continue;

            ShouldHaveAll(answer, "429", HttpStatusCode.TooManyRequests);
            break;
        }
    }

    [Fact]
    public async Task ContentPolicy_Always_LetsNothingInlineRun()
    {
        using var client = _server.CreateClient();

        foreach (var path in new[] { "/swagger/index.html", "/api/wallet", "/openapi/v1.json" })
        {
            var policy = (await client.GetAsync(path, Token)).Headers.GetValues("Content-Security-Policy").Single().Split("; ");
            policy.ShouldContain("default-src 'none'");
            policy.ShouldContain("script-src 'self'");
            policy.ShouldContain("frame-ancestors 'none'");
            policy.ShouldContain("base-uri 'none'");
            policy.ShouldNotContain(directive => directive.StartsWith("script-src") && directive.Contains("unsafe"));
        }
    }

    /// <summary>Tests that the policy permits the style sheet of the logo also after an update of Swagger UI, and no other one.</summary>
    [Fact]
    public async Task ContentPolicy_OfSwagger_PermitsTheStyleOfItsLogoOnly()
    {
        using var client = _server.CreateClient();
        var script = await client.GetStringAsync("/swagger/swagger-ui-standalone-preset.js", Token);
        var style = StyleElement().Matches(script).ShouldHaveSingleItem().Groups["style"].Value;
        var hash = Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(style)));

        (await StylesAsync("/swagger/index.html")).ShouldBe($"style-src 'self' 'sha256-{hash}'");
        (await StylesAsync("/swaggers")).ShouldBe("style-src 'self'");
        (await StylesAsync("/openapi/v1.json")).ShouldBe("style-src 'self'");

        async Task<string> StylesAsync(string path) =>
            (await client.GetAsync(path, Token)).Headers.GetValues("Content-Security-Policy").Single()
                .Split("; ").Single(directive => directive.StartsWith("style-src", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("/", true)]
    [InlineData("/messages/01a206d5-bcec-7743-8547-8871ef22f352", true)]
    [InlineData("/nothing-here", true)]
    [InlineData("/js/recorder.js", false)]
    [InlineData("/swagger/index.html", false)]
    [InlineData("/api/wallet", false)]
    public async Task Microphone_OfAnAddress_IsPermittedToPagesOnly(string address, bool isPermitted)
    {
        using var client = _server.CreateClient();
        client.DefaultRequestHeaders.Add("Accept", "text/html,*/*;q=0.8");

        using var first = await client.GetAsync(address, Token);
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        if (first.Headers.ETag is { } known)
            request.Headers.IfNoneMatch.Add(known);
        using var repeated = await client.SendAsync(request, Token);

        // A browser updates the headers that it has stored with those of a 304.
        foreach (var answer in new[] { first, repeated })
        {
            var permissions = answer.Headers.GetValues("Permissions-Policy").Single().Split(", ");
            permissions.ShouldContain(isPermitted ? "microphone=(self)" : "microphone=()");
            permissions.ShouldContain("camera=()");
        }
    }

    [Fact]
    public async Task Headers_OverPlainHttp_PromiseNoHttpsAndNameNoServer()
    {
        using var client = _server.CreateClient();

        var answer = await client.GetAsync("/health/live", Token);

        answer.Headers.Contains("Strict-Transport-Security").ShouldBeFalse();
        answer.Headers.Contains("Server").ShouldBeFalse();
        answer.Headers.Contains("X-Powered-By").ShouldBeFalse();
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static void ShouldHaveAll(HttpResponseMessage answer, string what, HttpStatusCode? status = null)
    {
        if (status is { } expectedStatus)
            answer.StatusCode.ShouldBe(expectedStatus, what);

        foreach (var (name, value) in _expected)
            answer.Headers.GetValues(name).ShouldBe([value], $"{what}: {name}");

        answer.Headers.Contains("Content-Security-Policy").ShouldBeTrue(what);
        answer.Headers.Contains("Permissions-Policy").ShouldBeTrue(what);
        answer.Dispose();
    }

    /// <summary>Matches the creation of a style element in a script of Swagger UI.</summary>
    [GeneratedRegex("\"style\",null,\"(?<style>[^\"\\\\]*)\"")]
    private static partial Regex StyleElement();

    public sealed class DescribedServer(TestPostgres postgres) : IAsyncLifetime
    {
        private ApiServer? _server;

        public ApiServer Server => _server ?? throw new InvalidOperationException("The server is not started.");

        public async ValueTask InitializeAsync() => _server = await ApiServer.StartAsync(postgres, new Dictionary<string, string?>
        {
            ["OpenApi:Enabled"] = "true",
            ["Limits:UserBurst"] = "60",
            ["Limits:UserPerSecond"] = "1",
        });

        public async ValueTask DisposeAsync()
        {
            if (_server is not null)
                await _server.DisposeAsync();
        }
    }
}
