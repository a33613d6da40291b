using System.Net;
using System.Text.RegularExpressions;
using CleanMessaging.Api.Tests.OpenApi;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Api.Tests.Requests;

/// <summary>Tests that every GET route also answers HEAD, with the same headers and no body.</summary>
public sealed partial class HeadTests(DescribedServerFixture fixture) : IClassFixture<DescribedServerFixture>
{
    /// <summary>Headers that differ between any two responses, or that only frame a body.</summary>
    private static readonly string[] _ownOfEach = ["Date", "Transfer-Encoding", "RateLimit"];

    private readonly ApiServer _server = fixture.Server;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task AnyOperation_AskedByHead_AnswersAsByGetWithoutABody()
    {
        var (investor, _, conversationId) = await _server.RegisterPairAsync();
        var messageId = (await investor.SendAsync(conversationId, "Text")).Expect(HttpStatusCode.Created).Data.Id();
        var attachmentId = await investor.UploadAsync(conversationId, [1, 2, 3]);
        var admin = await _server.CreateAdminAsync();
        var reads = fixture.Operations.Where(operation => operation.Method == "GET").ToList();
        reads.Count.ShouldBeGreaterThan(8);
        foreach (var operation in reads)
        {
            var id = operation.Path.Split('/')[2] switch
            {
                "conversations" => conversationId,
                "messages" => messageId,
                "uploads" or "attachments" => attachmentId,
                _ => investor.Id,
            };
            var path = Placeholder().Replace(operation.Path, id.ToString());
            var query = operation.Id switch
            {
                "getMessages" => $"?conversationId={conversationId}",
                "lookUpMessages" => $"?conversationId={conversationId}&sequences=1",
                _ => "",
            };
            var caller = operation.Path.StartsWith("/api/admin/", StringComparison.Ordinal) ? admin : investor;

            await ShouldBeAlikeAsync(caller.Client, path + query, HttpStatusCode.OK);
        }
    }

    [Theory]
    [InlineData("/health/live", HttpStatusCode.OK)]
    [InlineData("/health/ready", HttpStatusCode.OK)]
    [InlineData("/openapi/v1.json", HttpStatusCode.OK)]
    [InlineData("/swagger/index.html", HttpStatusCode.OK)]
    [InlineData("/", HttpStatusCode.OK)]
    [InlineData("/wallet", HttpStatusCode.OK)]
    [InlineData("/favicon.svg", HttpStatusCode.OK)]
    [InlineData("/_framework/dotnet.js", HttpStatusCode.OK)]
    [InlineData("/nothing", HttpStatusCode.NotFound)]
    [InlineData("/api/nothing", HttpStatusCode.NotFound)]
    [InlineData("/api/wallet", HttpStatusCode.Unauthorized)]
    [InlineData("/api/auth/login", HttpStatusCode.MethodNotAllowed)]
    public async Task AnyAddress_AskedByHead_AnswersAsByGetWithoutABody(string address, HttpStatusCode status)
    {
        using var client = _server.CreateClient();

        await ShouldBeAlikeAsync(client, address, status);
    }

    [Fact]
    public async Task Operation_AskedByHeadWithABadParameter_AnswersTheStatus()
    {
        var investor = await _server.RegisterInvestorAsync();

        await ShouldBeAlikeAsync(investor.Client, "/api/wallet/transactions?limit=0", HttpStatusCode.BadRequest);
        await ShouldBeAlikeAsync(investor.Client, "/api/wallet/transactions?unknown=0", HttpStatusCode.BadRequest);
        await ShouldBeAlikeAsync(investor.Client, $"/api/conversations/{Guid.CreateVersion7()}", HttpStatusCode.NotFound);
    }

    [Theory]
    [InlineData("DELETE", "/api/wallet", "GET, HEAD")]
    [InlineData("HEAD", "/api/auth/login", "POST")]
    public async Task Method_ThatIsNotAllowed_IsRejectedWithTheAllowedOnes(string method, string address, string allowed)
    {
        using var client = _server.CreateClient();

        using var answer = await client.SendAsync(new HttpRequestMessage(new HttpMethod(method), address), Cancellation);

        answer.StatusCode.ShouldBe(HttpStatusCode.MethodNotAllowed);
        string.Join(", ", answer.Content.Headers.Allow).ShouldBe(allowed);
    }

    private static async Task ShouldBeAlikeAsync(HttpClient client, string address, HttpStatusCode status)
    {
        using var got = await client.GetAsync(address, Cancellation);
        using var head = await client.SendAsync(new HttpRequestMessage(HttpMethod.Head, address), Cancellation);

        head.StatusCode.ShouldBe(status, address);
        got.StatusCode.ShouldBe(status, address);
        HeadersOf(head).ShouldBe(HeadersOf(got), address);
        (await head.Content.ReadAsByteArrayAsync(Cancellation)).ShouldBeEmpty(address);

        // The client would treat a body as the start of the next response on this connection.
        using var next = await client.GetAsync(address, Cancellation);
        next.StatusCode.ShouldBe(status, address);
    }

    private static IEnumerable<string> HeadersOf(HttpResponseMessage answer) =>
        from header in answer.Headers.NonValidated.Select(header => (header.Key, Value: header.Value.ToString()))
            .Concat(answer.Content.Headers.NonValidated.Select(header => (header.Key, Value: header.Value.ToString())))
        where !_ownOfEach.Contains(header.Key)
        orderby header.Key
        select $"{header.Key}: {header.Value}";

    [GeneratedRegex(@"\{\w+\}")]
    private static partial Regex Placeholder();
}
