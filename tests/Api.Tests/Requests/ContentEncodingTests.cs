using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using CleanMessaging.Api.Tests.OpenApi;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Api.Tests.Requests;

public sealed class ContentEncodingTests(DescribedServerFixture fixture) : IClassFixture<DescribedServerFixture>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    [InlineData("GZIP")]
    [InlineData("gzip, identity")]
    [InlineData("nonsense")]
    public async Task AnyBody_InAnEncoding_IsRejectedBeforeItIsRead(string encoding)
    {
        var admin = await fixture.Server.CreateAdminAsync();
        var bodies = fixture.Operations.Where(operation => operation.Request is not null).ToList();
        bodies.Count.ShouldBeGreaterThan(8);
        foreach (var operation in bodies)
        {
            var answer = await SendAsync(
                admin,
                operation.Method,
                operation.Path.Replace("{id}", $"{admin.Id}").Replace("{userId}", $"{admin.Id}"),
                encoding,
                Compressed("{}"));

            answer.ExpectError(HttpStatusCode.UnsupportedMediaType, "request.unsupported_content_encoding");
            answer.Header("Accept-Encoding").ShouldBe("identity", operation.ToString());
            operation.Errors.ShouldContain(error => error.Status == 415);
        }
    }

    [Theory]
    [InlineData("identity")]
    [InlineData("Identity")]
    public async Task Body_InNoEncoding_IsRead(string encoding)
    {
        var investor = await fixture.Server.RegisterInvestorAsync();
        var body = Encoding.UTF8.GetBytes($$"""{"email":"{{investor.Email}}","password":"{{ApiServer.Password}}"}""");

        (await SendAsync(investor, "POST", "/api/auth/login", encoding, body)).Expect(HttpStatusCode.OK);
    }

    private static async Task<Answer> SendAsync(TestUser user, string method, string path, string encoding, byte[] body)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse("application/json");
        request.Content.Headers.TryAddWithoutValidation("Content-Encoding", encoding).ShouldBeTrue();

        return await Answer.OfAsync(await user.Client.SendAsync(request, Cancellation));
    }

    private static byte[] Compressed(string text)
    {
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest, leaveOpen: true))
            gzip.Write(Encoding.UTF8.GetBytes(text));

        return compressed.ToArray();
    }
}
