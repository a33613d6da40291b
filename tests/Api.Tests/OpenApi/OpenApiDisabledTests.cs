using System.Net;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Api.Tests.OpenApi;

public sealed class OpenApiDisabledTests(ApiServerFixture fixture) : IClassFixture<ApiServerFixture>
{
    [Theory]
    [InlineData("/openapi/v1.json")]
    [InlineData("/swagger")]
    [InlineData("/swagger/index.html")]
    public async Task Description_OutsideDevelopmentWithoutTheOption_IsNotServed(string path)
    {
        using var client = fixture.Server.CreateClient();

        var answer = await Answer.OfAsync(await client.GetAsync(path, TestContext.Current.CancellationToken));

        answer.ExpectError(HttpStatusCode.NotFound, "route.not_found");
    }
}
