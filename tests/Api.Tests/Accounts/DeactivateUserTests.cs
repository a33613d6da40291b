using System.Net;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Api.Tests.Accounts;

public sealed class DeactivateUserTests(ApiServerFixture fixture) : IClassFixture<ApiServerFixture>
{
    private readonly ApiServer _server = fixture.Server;

    [Fact]
    public async Task DeactivateUser_ByAnAdmin_ReturnsItsTimeAndKeepsItWhenRepeated()
    {
        var admin = await _server.CreateAdminAsync();
        var user = await _server.RegisterInvestorAsync();

        var first = (await admin.DeactivateAsync(user.Id)).Expect(HttpStatusCode.OK);
        var second = (await admin.DeactivateAsync(user.Id)).Expect(HttpStatusCode.OK);

        first.Data.Members().ShouldBe(["id", "displayName", "role", "email", "deactivatedAt", "avatarId"]);
        first.Data.Id().ShouldBe(user.Id);
        second.Data.Instant("deactivatedAt").ShouldBe(first.Data.Instant("deactivatedAt"));
        var found = (await admin.GetAsync($"/api/users?search={user.Email}"))
            .Expect(HttpStatusCode.OK).Data.EnumerateArray()
            .ShouldHaveSingleItem();
        found.Instant("deactivatedAt").ShouldBe(first.Data.Instant("deactivatedAt"));
    }

    [Fact]
    public async Task DeactivateUser_ThenLoggingIn_GetsTheAnswerOfAWrongPassword()
    {
        var admin = await _server.CreateAdminAsync();
        var user = await _server.RegisterInvestorAsync();
        var wrong = await _server.TryLogInAsync(user.Email, "not the password");
        (await admin.DeactivateAsync(user.Id)).Expect(HttpStatusCode.OK);

        var rejected = await _server.TryLogInAsync(user.Email, ApiServer.Password);

        rejected.ExpectError(HttpStatusCode.Unauthorized, "auth.invalid_credentials").WithoutTrace().ShouldBe(wrong.WithoutTrace());
        (await _server.RefreshAsync(user)).ExpectError(HttpStatusCode.Unauthorized, "auth.invalid_refresh_token");
    }

    [Fact]
    public async Task ReactivateUser_Twice_LetsThemLogInAgainAndEndedSessionsStayEnded()
    {
        var admin = await _server.CreateAdminAsync();
        var user = await _server.RegisterInvestorAsync();
        (await admin.DeactivateAsync(user.Id)).Expect(HttpStatusCode.OK);

        foreach (var _ in Enumerable.Range(0, 2))
        {
            var reactivated = (await admin.ReactivateAsync(user.Id)).Expect(HttpStatusCode.OK);
            reactivated.Data.GetProperty("deactivatedAt").ValueKind.ShouldBe(System.Text.Json.JsonValueKind.Null);
        }

        var back = await _server.LogInAsync(user.Email);
        await back.ShouldBeInAsync();
        await using var socket = await back.ConnectAsync();
        await user.ShouldBeOutAsync();
        (await _server.RefreshAsync(user)).ExpectError(HttpStatusCode.Unauthorized, "auth.invalid_refresh_token");
    }

    [Fact]
    public async Task DeactivateUser_InAConversation_LeavesItToTheOtherAsItIs()
    {
        var admin = await _server.CreateAdminAsync();
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        (await investor.SendAsync(conversationId, "Before")).Expect(HttpStatusCode.Created);

        (await admin.DeactivateAsync(investor.Id)).Expect(HttpStatusCode.OK);

        (await startup.ReadPageAsync(conversationId)).ShouldBe(["Before"]);
        (await admin.ReactivateAsync(investor.Id)).Expect(HttpStatusCode.OK);
        (await (await _server.LogInAsync(investor.Email)).ReadPageAsync(conversationId)).ShouldBe(["Before"]);
    }

    [Fact]
    public async Task DeactivateUser_Oneself_IsRejected()
    {
        var admin = await _server.CreateAdminAsync();

        (await admin.DeactivateAsync(admin.Id)).ExpectError(HttpStatusCode.BadRequest, "user.deactivating_self");

        await admin.ShouldBeInAsync();
    }

    [Fact]
    public async Task DeactivateUser_Unknown_IsNotFound()
    {
        var admin = await _server.CreateAdminAsync();

        (await admin.DeactivateAsync(Guid.CreateVersion7())).ExpectError(HttpStatusCode.NotFound, "user.not_found");
        (await admin.ReactivateAsync(Guid.CreateVersion7())).ExpectError(HttpStatusCode.NotFound, "user.not_found");
    }

    [Fact]
    public async Task DeactivateUser_ByAnybodyButAnAdmin_IsForbidden()
    {
        var user = await _server.RegisterInvestorAsync();
        var other = await _server.RegisterStartupAsync();

        (await user.DeactivateAsync(other.Id)).ExpectError(HttpStatusCode.Forbidden, "auth.forbidden");
        (await user.ReactivateAsync(other.Id)).ExpectError(HttpStatusCode.Forbidden, "auth.forbidden");
    }
}
