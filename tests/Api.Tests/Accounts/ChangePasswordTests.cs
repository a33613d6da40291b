using System.Net;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Api.Tests.Accounts;

public sealed class ChangePasswordTests(ApiServerFixture fixture) : IClassFixture<ApiServerFixture>
{
    private const string NewPassword = "another password";

    private readonly ApiServer _server = fixture.Server;

    [Fact]
    public async Task ChangePassword_WithTheCurrentOne_LetsTheNewOneInAndTheOldOneNoMore()
    {
        var user = await _server.RegisterInvestorAsync();

        var changed = (await user.ChangePasswordAsync(ApiServer.Password, NewPassword)).Expect(HttpStatusCode.OK);

        changed.Data.Members().ShouldBe(["accessToken", "expiresAt", "refreshToken", "user", "expiredMessages"]);
        changed.Data.GetProperty("user").Id().ShouldBe(user.Id);
        (await _server.TryLogInAsync(user.Email, NewPassword)).Expect(HttpStatusCode.OK);
        (await _server.TryLogInAsync(user.Email, ApiServer.Password)).ExpectError(HttpStatusCode.Unauthorized, "auth.invalid_credentials");
        (await _server.RefreshAsync(_server.SignedIn(changed))).Expect(HttpStatusCode.OK);
        (await _server.RefreshAsync(user)).ExpectError(HttpStatusCode.Unauthorized, "auth.invalid_refresh_token");
    }

    [Fact]
    public async Task ChangePassword_WithAWrongCurrentOne_IsRejectedAndChangesNothing()
    {
        var user = await _server.RegisterInvestorAsync();

        (await user.ChangePasswordAsync("not the password", NewPassword)).ExpectError(HttpStatusCode.Forbidden, "auth.wrong_password");

        await user.ShouldBeInAsync();
        (await _server.TryLogInAsync(user.Email, ApiServer.Password)).Expect(HttpStatusCode.OK);
        (await _server.RefreshAsync(user)).Expect(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData(7, false)]
    [InlineData(8, true)]
    [InlineData(128, true)]
    [InlineData(129, false)]
    public async Task ChangePassword_ToOneOfALength_EnforcesTheLimits(int length, bool accepted)
    {
        var user = await _server.RegisterInvestorAsync();

        var answer = await user.ChangePasswordAsync(ApiServer.Password, new string('p', length));

        if (accepted)
            answer.Expect(HttpStatusCode.OK);
        else
            answer.ExpectError(HttpStatusCode.BadRequest, "validation.failed").FaultsOf("newPassword").ShouldBe(["user.invalid_password"]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(129)]
    public async Task ChangePassword_FromAnInvalidOne_IsRejectedForItsForm(int length)
    {
        var user = await _server.RegisterInvestorAsync();

        (await user.ChangePasswordAsync(new string('p', length), NewPassword)).ExpectError(HttpStatusCode.BadRequest, "validation.failed")
            .FaultsOf("currentPassword").ShouldBe(["user.invalid_password"]);
    }

    [Fact]
    public async Task ChangePassword_InParallel_SucceedsOnceAndLeavesOneSession()
    {
        var user = await _server.RegisterInvestorAsync();

        var answers = await Task.WhenAll(
            Enumerable.Range(1, 10).Select(number => user.ChangePasswordAsync(ApiServer.Password, $"{NewPassword} {number}")));

        var changed = answers.Where(answer => answer.Status == HttpStatusCode.OK).ShouldHaveSingleItem();
        answers.ShouldAllBe(
            answer => answer == changed || answer.Status == HttpStatusCode.Forbidden || answer.Status == HttpStatusCode.Unauthorized);
        await _server.SignedIn(changed).ShouldBeInAsync();
        (await ActiveSessionsAsync(user)).ShouldBe(1);
    }

    private Task<long> ActiveSessionsAsync(TestUser user) =>
        _server.QueryAsync<long>($"SELECT count(*) FROM sessions WHERE user_id = '{user.Id}' AND revoked_at IS NULL");
}
