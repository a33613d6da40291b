using System.Net;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Api.Tests.Accounts;

public sealed class LogOutTests(ApiServerFixture fixture) : IClassFixture<ApiServerFixture>
{
    private readonly ApiServer _server = fixture.Server;

    [Fact]
    public async Task LogOut_OfASession_EndsItsRefreshTokenAndNoOther()
    {
        var user = await _server.RegisterInvestorAsync();
        var otherDevice = await _server.LogInAsync(user.Email);

        (await LogOutAsync(user)).Expect(HttpStatusCode.OK);

        (await RefreshAsync(user)).ExpectError(HttpStatusCode.Unauthorized, "auth.invalid_refresh_token");
        (await RefreshAsync(otherDevice)).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task LogOut_Twice_IsRejectedAsTheTokenHoldsNoMore()
    {
        var user = await _server.RegisterInvestorAsync();
        (await LogOutAsync(user)).Expect(HttpStatusCode.OK);

        (await LogOutAsync(user)).ExpectError(HttpStatusCode.Unauthorized, "auth.unauthenticated");
    }

    [Fact]
    public async Task LogOut_WithoutToken_IsUnauthenticated()
    {
        using var client = _server.CreateClient();

        var answer = await Answer.OfAsync(await client.PostAsync("/api/auth/logout", content: null, TestContext.Current.CancellationToken));

        answer.ExpectError(HttpStatusCode.Unauthorized, "auth.unauthenticated");
    }

    private static async Task<Answer> LogOutAsync(TestUser user) =>
        await Answer.OfAsync(await user.Client.PostAsync("/api/auth/logout", content: null, TestContext.Current.CancellationToken));

    private Task<Answer> RefreshAsync(TestUser user) => _server.PostAsync("/api/auth/refresh", new { refreshToken = user.RefreshToken });
}
