using System.Net;
using CleanMessaging.Infrastructure.Identity;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Api.Tests.Accounts;

/// <summary>
/// Tests that the server rejects the 10,000 most common passwords when a user chooses a password, and accepts them everywhere else.
/// </summary>
public sealed class CommonPasswordTests(ApiServerFixture fixture) : IClassFixture<ApiServerFixture>
{
    private static int _users;

    private readonly ApiServer _server = fixture.Server;

    [Theory]
    [InlineData("password")]
    [InlineData("PassWord1")]
    [InlineData("qwertyuiop")]
    [InlineData("1q2w3e4r5t")]
    [InlineData(" PASSWORD1\u3000")]
    [InlineData("ｐａｓｓｗｏｒｄ")]
    public async Task RegisterAccount_WithACommonPassword_IsRejectedInAnyCase(string password)
    {
        var answer = await RegisterAsync(password);

        answer.ExpectError(HttpStatusCode.BadRequest, "validation.failed").FaultsOf("password").ShouldBe(["user.common_password"]);
        answer.Text.ShouldContain("Choose another one.");
    }

    [Theory]
    [InlineData(DemoAccounts.DefaultPassword)]
    [InlineData(ApiServer.Password)]
    [InlineData("passwordpasswordpassword")]
    public async Task RegisterAccount_WithAnUncommonPassword_IsAccepted(string password) =>
        (await RegisterAsync(password)).Expect(HttpStatusCode.Created);

    [Fact]
    public async Task ChangePassword_ToACommonOne_IsRejectedAndChangesNothing()
    {
        var investor = await _server.RegisterInvestorAsync();

        (await investor.PostAsync("/api/auth/password", new { currentPassword = ApiServer.Password, newPassword = "football1" }))
            .ExpectError(HttpStatusCode.BadRequest, "validation.failed").FaultsOf("newPassword").ShouldBe(["user.common_password"]);

        await _server.LogInAsync(investor.Email);
    }

    [Fact]
    public async Task LogIn_WithACommonPassword_IsAnsweredAsWithAnyOther() =>
        (await _server.PostAsync("/api/auth/login", new { email = "user@example.com", password = "password" }))
            .ExpectError(HttpStatusCode.Unauthorized, "auth.invalid_credentials");

    private Task<Answer> RegisterAsync(string password) => _server.PostAsync(
        "/api/auth/register",
        new { email = $"common{Interlocked.Increment(ref _users)}@example.com", password, displayName = "Sam Startup", role = "Startup" });
}
