using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Text.RegularExpressions;
using CleanMessaging.Tests.Support;
using CleanMessaging.WebApi.Pages;
using Microsoft.AspNetCore.Http;

namespace CleanMessaging.Api.Tests.Pages;

public sealed partial class WebClientTests(ApiServerFixture fixture) : IClassFixture<ApiServerFixture>
{
    private const string Conversation = "/messages/01a206d5-bcec-7743-8547-8871ef22f352";
    private const long FirstLoadMax = 3_000_000;

    private static readonly string[] _addresses =
        ["/", "/sign-in", "/register", "/messages", Conversation, "/people", "/wallet", "/account", "/admin"];

    private static readonly string _source = Path.Combine(FindRoot(AppContext.BaseDirectory), "src", "WebClient");

    private readonly ApiServer _server = fixture.Server;

    [Fact]
    public async Task Addresses_OfTheWebClient_ShowItsPage()
    {
        using var client = _server.CreateClient();

        foreach (var address in _addresses)
        {
            using var answer = await client.GetAsync($"{address}?to=%2Fwallet", Token);

            answer.StatusCode.ShouldBe(HttpStatusCode.OK, address);
            answer.Content.Headers.ContentType.ShouldNotBeNull().ToString().ShouldBe("text/html; charset=utf-8", address);
            answer.Headers.GetValues("Cache-Control").ShouldBe(["no-cache"], address);
            (await answer.Content.ReadAsStringAsync(Token)).ShouldContain("<div id=\"app\">", customMessage: address);
        }
    }

    [Fact]
    public void Addresses_OfTheWebClient_AreThoseThatItsPagesName()
    {
        var named = Directory.EnumerateFiles(_source, "*.razor", SearchOption.AllDirectories)
            .SelectMany(file => PageDirective().Matches(File.ReadAllText(file)))
            .Select(
                match =>
                    match.Groups["address"].Value.Replace(
                        "/{ConversationId:guid}", Conversation["/messages".Length..], StringComparison.Ordinal))
            .ToList();

        named.ShouldBe(_addresses, ignoreOrder: true);
        named.ShouldAllBe(address => PageAddresses.Contain(address));
    }

    [Theory]
    [InlineData("/nothing-here")]
    [InlineData("/messages/")]
    [InlineData("/messages/not-an-id")]
    [InlineData("/messages/01A206D5BCEC774385478871EF22F352")]
    [InlineData("/messages/01a206d5-bcec-7743-8547-8871ef22f352/more")]
    [InlineData("/sign-in/again")]
    [InlineData("/index.html.br")]
    [InlineData("/_framework/nothing.wasm")]
    [InlineData("/_framework/..%2f..%2fappsettings.json")]
    [InlineData("/appsettings.json")]
    [InlineData("/web/index.html")]
    public async Task Address_ThatIsNone_StaysAProblemDocument(string address)
    {
        using var client = _server.CreateClient();

        using var answer = await client.GetAsync(address, Token);

        answer.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        answer.Content.Headers.ContentType.ShouldNotBeNull().MediaType.ShouldBe("application/problem+json");
        answer.Headers.GetValues("Cache-Control").ShouldBe(["no-store"]);
    }

    [Theory]
    [InlineData("/nothing-here")]
    [InlineData("/messages/not-an-id")]
    [InlineData("/sign-in/again")]
    public async Task Address_ThatIsNoneInABrowser_ShowsThePageWhichSaysSo(string address)
    {
        using var client = _server.CreateClient();
        client.DefaultRequestHeaders.Add("Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8");

        using var answer = await client.GetAsync(address, Token);

        answer.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        answer.Content.Headers.ContentType.ShouldNotBeNull().MediaType.ShouldBe("text/html");
        answer.Headers.GetValues("Cache-Control").ShouldBe(["no-store"]);
        (await answer.Content.ReadAsStringAsync(Token)).ShouldBe(await client.GetStringAsync("/", Token));
    }

    [Fact]
    public async Task Routes_InABrowser_AnswerAsToAnybody()
    {
        using var client = _server.CreateClient();
        client.DefaultRequestHeaders.Add("Accept", "text/html,*/*;q=0.8");

        using var withoutToken = await client.GetAsync("/api/wallet", Token);
        using var withOtherMethod = await client.GetAsync("/api/auth/login", Token);
        using var ready = await client.GetAsync("/health/ready", Token);

        withoutToken.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        withoutToken.Content.Headers.ContentType.ShouldNotBeNull().MediaType.ShouldBe("application/problem+json");
        withOtherMethod.StatusCode.ShouldBe(HttpStatusCode.MethodNotAllowed);
        withOtherMethod.Content.Headers.ContentType.ShouldNotBeNull().MediaType.ShouldBe("application/problem+json");
        ready.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Page_AskedForOtherwiseThanByReading_IsNotFound()
    {
        using var client = _server.CreateClient();

        using var posted = await client.PostAsync("/", null, Token);
        using var head = await client.SendAsync(new HttpRequestMessage(HttpMethod.Head, "/"), Token);

        posted.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        head.StatusCode.ShouldBe(HttpStatusCode.OK);
        head.Content.Headers.ContentLength.ShouldNotBeNull().ShouldBeGreaterThan(500);
    }

    [Fact]
    public async Task Page_Always_HasNothingInline()
    {
        using var client = _server.CreateClient();

        using var answer = await client.GetAsync("/", Token);
        var page = await answer.Content.ReadAsStringAsync(Token);
        var scripts = ScriptElement().Matches(page);
        var policy = answer.Headers.GetValues("Content-Security-Policy").Single().Split("; ");

        scripts.Count.ShouldBeGreaterThan(2);
        scripts.ShouldAllBe(script => script.Groups["attributes"].Value.Contains(" src=\"") && script.Groups["content"].Value == "");
        page.ShouldNotContain("<style");
        page.ShouldNotContain(" style=");
        page.ShouldNotMatch(@"\son\w+=");
        page.ShouldNotMatch("(src|href)=\"(https?:)?//", "everything is this server's own");
        policy.ShouldContain("script-src 'self' 'wasm-unsafe-eval'");
        policy.ShouldContain("style-src 'self'");
        policy.ShouldContain("base-uri 'self'");
        policy.ShouldContain("img-src 'self' data: blob:");
        policy.ShouldContain("media-src 'self' blob:");
        policy.ShouldNotContain(directive => directive.Contains("unsafe-inline") || directive.Contains("'unsafe-eval'"));
    }

    [Fact]
    public async Task Files_WithAFingerprintInTheirName_MayBeCachedPermanently()
    {
        using var client = _server.CreateClient();
        var fingerprinted = Files().Where(file => file.EndsWith(".wasm", StringComparison.Ordinal)).ToList();

        fingerprinted.Count.ShouldBeGreaterThan(20);
        foreach (var file in fingerprinted)
        {
            using var answer = await client.GetAsync(file, Token);

            answer.Headers.GetValues("Cache-Control").ShouldBe(["public, max-age=31536000, immutable"], file);
            answer.Content.Headers.ContentType.ShouldNotBeNull().MediaType.ShouldBe("application/wasm", file);
        }
    }

    [Theory]
    [InlineData("/", "text/html")]
    [InlineData("/_framework/dotnet.js", "text/javascript")]
    [InlineData("/js/browser.js", "text/javascript")]
    [InlineData("/css/tokens.css", "text/css")]
    [InlineData("/favicon.svg", "image/svg+xml")]
    [InlineData("/app.webmanifest", "application/manifest+json")]
    public async Task Files_WithoutAFingerprint_AreAskedForAgain(string file, string mediaType)
    {
        using var client = _server.CreateClient();

        using var first = await client.GetAsync(file, Token);
        using var again = new HttpRequestMessage(HttpMethod.Get, file);
        again.Headers.IfNoneMatch.Add(first.Headers.ETag.ShouldNotBeNull());
        using var second = await client.SendAsync(again, Token);
        using var other = new HttpRequestMessage(HttpMethod.Get, file);
        other.Headers.IfNoneMatch.Add(new EntityTagHeaderValue("\"another\""));
        using var third = await client.SendAsync(other, Token);

        first.Content.Headers.ContentType.ShouldNotBeNull().MediaType.ShouldBe(mediaType);
        first.Headers.GetValues("Cache-Control").ShouldBe(["no-cache"]);
        second.StatusCode.ShouldBe(HttpStatusCode.NotModified);
        second.Headers.GetValues("Cache-Control").ShouldBe(["no-cache"]);
        (await second.Content.ReadAsByteArrayAsync(Token)).ShouldBeEmpty();
        third.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("br, gzip", "br")]
    [InlineData("gzip, deflate", "gzip")]
    [InlineData("br;q=0, gzip", "gzip")]
    [InlineData("*", "br")]
    [InlineData("identity", null)]
    [InlineData(null, null)]
    public async Task Files_ByWhatTheClientAccepts_AreCompressed(string? accepted, string? encoding)
    {
        using var client = _server.CreateClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/_framework/dotnet.js");
        if (accepted is not null)
            request.Headers.Add("Accept-Encoding", accepted);

        using var answer = await client.SendAsync(request, Token);
        await using var body = await answer.Content.ReadAsStreamAsync(Token);
        await using var plain = encoding switch
        {
            "br" => new BrotliStream(body, CompressionMode.Decompress),
            "gzip" => new GZipStream(body, CompressionMode.Decompress),
            _ => body,
        };

        answer.Content.Headers.ContentEncoding.SingleOrDefault().ShouldBe(encoding);
        answer.Headers.Vary.ShouldBe(["Accept-Encoding"]);
        (await new StreamReader(plain).ReadToEndAsync(Token)).ShouldBe(await client.GetStringAsync("/_framework/dotnet.js", Token));
    }

    [Fact]
    public async Task Files_InTwoEncodings_HaveTwoTags()
    {
        using var client = _server.CreateClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/");
        request.Headers.Add("Accept-Encoding", "br");

        using var compressed = await client.SendAsync(request, Token);
        using var plain = await client.GetAsync("/", Token);

        compressed.Headers.ETag.ShouldNotBe(plain.Headers.ETag);
    }

    [Fact]
    public void Files_InAll_AreUnderThreeMegabytesOverTheWire()
    {
        var compressed = Directory.EnumerateFiles(PageFiles.DefaultFolder, "*.br", SearchOption.AllDirectories).ToList();

        compressed.Count.ShouldBeGreaterThan(50);
        compressed.Sum(file => new FileInfo(file).Length).ShouldBeLessThan(FirstLoadMax);
    }

    [Fact]
    public async Task Files_WhereTheLimitOfTheAddressIsReached_AreServedAllTheSame()
    {
        await using var server = await fixture.StartAnotherAsync(new Dictionary<string, string?>
        {
            ["Limits:AddressBurst"] = "1",
            ["Limits:AddressPerSecond"] = "1",
        });
        using var client = server.CreateClient();

        HttpStatusCode asked;
        do
            asked = (await client.GetAsync("/api/wallet", Token)).StatusCode;
        while (asked != HttpStatusCode.TooManyRequests);

        foreach (var file in Files())
            (await client.GetAsync(file, Token)).StatusCode.ShouldBe(HttpStatusCode.OK, file);
    }

    [Fact]
    public async Task Server_BuiltWithoutTheWebClient_HasNothingThere()
    {
        var pages = new PageFiles(Path.Combine(Path.GetTempPath(), "there-is-no-such-folder"));
        var context = new DefaultHttpContext { Request = { Method = "GET", Path = "/" } };
        var passedOn = false;

        await pages.InvokeAsync(context, _ =>
        {
            passedOn = true;

            return Task.CompletedTask;
        });

        pages.AreThere.ShouldBeFalse();
        passedOn.ShouldBeTrue();
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Returns the address of each built file.</summary>
    private static IEnumerable<string> Files() =>
        Directory.EnumerateFiles(PageFiles.DefaultFolder, "*", SearchOption.AllDirectories)
            .Where(file => Path.GetExtension(file) is not (".br" or ".gz"))
            .Select(file => $"/{Path.GetRelativePath(PageFiles.DefaultFolder, file)}");

    private static string FindRoot(string folder) =>
        File.Exists(Path.Combine(folder, "CleanMessaging.sln")) ? folder : FindRoot(Path.GetDirectoryName(folder)!);

    [GeneratedRegex("^@page \"(?<address>[^\"]+)\"", RegexOptions.Multiline)]
    private static partial Regex PageDirective();

    [GeneratedRegex("<script(?<attributes>[^>]*)>(?<content>.*?)</script>", RegexOptions.Singleline)]
    private static partial Regex ScriptElement();
}
