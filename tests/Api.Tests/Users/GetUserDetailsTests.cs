using System.Net;
using CleanMessaging.Domain.Users;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Api.Tests.Users;

public sealed class GetUserDetailsTests(ApiServerFixture fixture) : IClassFixture<ApiServerFixture>
{
    private readonly ApiServer _server = fixture.Server;

    [Fact]
    public async Task GetUserDetails_OfANewUser_ShowsTheGeneralLimitsAndThatTheyAreActive()
    {
        var investor = await _server.CreateWithPointsAsync(UserRole.Investor, 300);

        var details = await GetAsync(investor);

        details.Data.Members().ShouldBe(["user", "quota", "limits"]);
        var user = details.Data.GetProperty("user");
        user.GetProperty("id").GetGuid().ShouldBe(investor.Id);
        user.GetProperty("email").GetString().ShouldBe(investor.Email);
        user.GetProperty("deactivatedAt").GetString().ShouldBeNull();
        details.Data.GetProperty("quota").GetRawText().ShouldBe((await investor.QuotaAsync()).GetRawText());
        details.Data.GetProperty("quota").GetProperty("balance").GetInt64().ShouldBe(300);
        ShouldBe(details, "dailyFreeLimit", 20, "General", 20);
        ShouldBe(details, "pointsPerMessage", 10, "General", 10);
    }

    [Fact]
    public async Task GetUserDetails_WithAnOwnPriceOnly_NamesTheSourceOfEachLimit()
    {
        var investor = await _server.RegisterInvestorAsync();
        var admin = await _server.CreateAdminAsync();
        (await admin.PutAsync($"/api/admin/users/{investor.Id}/quota", new { pointsPerMessage = 10 })).Expect(HttpStatusCode.OK);

        var details = await GetAsync(investor);

        ShouldBe(details, "dailyFreeLimit", 20, "General", 20);
        ShouldBe(details, "pointsPerMessage", 10, "Own", 10);
    }

    [Fact]
    public async Task GetUserDetails_OfADeactivatedUser_ReturnsSinceWhen()
    {
        var investor = await _server.RegisterInvestorAsync();
        var deactivated = await (await _server.CreateAdminAsync()).PostAsync($"/api/admin/users/{investor.Id}/deactivate", new { });

        var details = await GetAsync(investor);

        details.Data.GetProperty("user").GetRawText().ShouldBe(deactivated.Expect(HttpStatusCode.OK).Data.GetRawText());
    }

    [Fact]
    public async Task GetUserDetails_OfAnAdminThemselves_IsAnswered()
    {
        var admin = await _server.CreateAdminAsync();

        (await admin.GetAsync($"/api/admin/users/{admin.Id}"))
            .Expect(HttpStatusCode.OK).Data.GetProperty("user")
            .GetProperty("role")
            .GetString()
            .ShouldBe("Admin");
    }

    [Fact]
    public async Task GetUserDetails_OfAnUnknownUser_IsNotFound() =>
        (await (await _server.CreateAdminAsync()).GetAsync($"/api/admin/users/{Guid.CreateVersion7()}"))
            .ExpectError(HttpStatusCode.NotFound, "user.not_found");

    private async Task<Answer> GetAsync(TestUser user) =>
        (await (await _server.CreateAdminAsync()).GetAsync($"/api/admin/users/{user.Id}")).Expect(HttpStatusCode.OK);

    private static void ShouldBe(Answer details, string limit, long value, string source, long general)
    {
        var inForce = details.Data.GetProperty("limits").GetProperty(limit);
        inForce.Members().ShouldBe(["value", "source", "general"]);
        inForce.GetProperty("value").GetInt64().ShouldBe(value);
        inForce.GetProperty("source").GetString().ShouldBe(source);
        inForce.GetProperty("general").GetInt64().ShouldBe(general);
    }
}
