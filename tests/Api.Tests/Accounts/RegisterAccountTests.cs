using System.Net;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Api.Tests.Accounts;

public sealed class RegisterAccountTests(ApiServerFixture fixture) : IClassFixture<ApiServerFixture>
{
    private static int _addresses;

    private readonly ApiServer _server = fixture.Server;

    [Fact]
    public async Task RegisterAccount_WithGoodInput_SignsIn()
    {
        var email = NewEmail();

        var session = (await RegisterAsync(email: email)).Expect(HttpStatusCode.Created);

        session.Body.Members().ShouldBe(["success", "data"]);
        session.Data.Members().ShouldBe(["accessToken", "expiresAt", "refreshToken", "user", "expiredMessages"]);
        var user = session.Data.GetProperty("user");
        user.Members().ShouldBe(["id", "email", "displayName", "role", "avatarId"]);
        user.GetProperty("email").GetString().ShouldBe(email);
        user.GetProperty("role").GetString().ShouldBe("Investor");
        var newcomer = _server.SignedIn(session);
        (await newcomer.BalanceAsync()).ShouldBe(0);
        (await newcomer.QuotaAsync()).GetProperty("remainingFree").GetInt32().ShouldBe(20);
    }

    [Theory]
    [InlineData("")]
    [InlineData("plain")]
    [InlineData("@example.com")]
    [InlineData("name@")]
    [InlineData("a@b@c")]
    [InlineData("a b@example.com")]
    [InlineData("a\u0000@example.com")]
    [InlineData("a@exam\nple.com")]
    public async Task RegisterAccount_WithMalformedEmail_IsRejected(string email) =>
        (await RegisterAsync(email: email)).ExpectError(HttpStatusCode.BadRequest, "validation.failed")
            .FaultsOf("email").ShouldBe(["user.invalid_email"]);

    [Fact]
    public async Task RegisterAccount_WithEmailAtTheLimit_IsAcceptedAndBeyondIsRejected()
    {
        (await RegisterAsync(email: new string('a', 254 - 12) + "@example.com")).Expect(HttpStatusCode.Created);
        (await RegisterAsync(email: new string('a', 255 - 12) + "@example.com")).FaultsOf("email").ShouldBe(["user.invalid_email"]);
    }

    [Theory]
    [InlineData(7, false)]
    [InlineData(8, true)]
    [InlineData(128, true)]
    [InlineData(129, false)]
    public async Task RegisterAccount_WithPasswordOfALength_EnforcesTheLimits(int length, bool accepted) =>
        ShouldBeAccepted(await RegisterAsync(password: new string('p', length)), accepted, "password", "user.invalid_password");

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, true)]
    [InlineData(100, true)]
    [InlineData(101, false)]
    public async Task RegisterAccount_WithDisplayNameOfALength_EnforcesTheLimits(int length, bool accepted) =>
        ShouldBeAccepted(await RegisterAsync(displayName: new string('n', length)), accepted, "displayName", "user.invalid_display_name");

    [Theory]
    [InlineData("   ")]
    [InlineData("\u200B\u2060")]
    [InlineData("a\nb")]
    [InlineData("a\u0000b")]
    public async Task RegisterAccount_WithUnprintableDisplayName_IsRejected(string displayName) =>
        (await RegisterAsync(displayName: displayName)).ExpectError(HttpStatusCode.BadRequest, "validation.failed")
            .FaultsOf("displayName").ShouldBe(["user.invalid_display_name"]);

    [Theory]
    [InlineData("Admin")]
    [InlineData("Owner")]
    [InlineData("investor")]
    [InlineData(" Investor")]
    [InlineData("Investor,Startup")]
    [InlineData("1")]
    public async Task RegisterAccount_WithAnotherRole_IsRejected(string role)
    {
        var rejection = (await RegisterAsync(role: role)).ExpectError(HttpStatusCode.BadRequest, "validation.failed");

        rejection.FaultsOf("role").Count.ShouldBe(1);
    }

    [Fact]
    public async Task RegisterAccount_WithSeveralFaults_NamesThemAll()
    {
        var rejection = await RegisterAsync(email: "plain", password: "short", displayName: " ", role: "Admin");

        rejection.ExpectError(HttpStatusCode.BadRequest, "validation.failed");
        rejection.Body.GetProperty("errors").Members().Order().ShouldBe(["displayName", "email", "password", "role"]);
    }

    [Fact]
    public async Task RegisterAccount_WithTakenEmail_IsRejectedInAnyCase()
    {
        var email = NewEmail();
        (await RegisterAsync(email: email)).Expect(HttpStatusCode.Created);

        (await RegisterAsync(email: email)).ExpectError(HttpStatusCode.Conflict, "user.email_taken");
        (await RegisterAsync(email: email.ToUpperInvariant())).ExpectError(HttpStatusCode.Conflict, "user.email_taken");
    }

    [Fact]
    public async Task RegisterAccount_InParallelWithOneEmail_MakesOneAccount()
    {
        var email = NewEmail();

        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => RegisterAsync(email: email)));

        answers.Count(answer => answer.Status == HttpStatusCode.Created).ShouldBe(1);
        answers.Count(answer => answer.Status == HttpStatusCode.Conflict && answer.Code == "user.email_taken").ShouldBe(9);
        (await _server.QueryAsync<long>($"SELECT count(*) FROM users WHERE email = '{email}'")).ShouldBe(1);
        (await _server.QueryAsync<long>($"SELECT count(*) FROM sessions JOIN users ON users.id = user_id WHERE email = '{email}'"))
            .ShouldBe(1);
    }

    private static string NewEmail() => $"newcomer{Interlocked.Increment(ref _addresses)}@example.com";

    private static void ShouldBeAccepted(Answer answer, bool accepted, string member, string code)
    {
        if (accepted)
            answer.Expect(HttpStatusCode.Created);
        else
            answer.ExpectError(HttpStatusCode.BadRequest, "validation.failed").FaultsOf(member).ShouldBe([code]);
    }

    private Task<Answer> RegisterAsync(
        string? email = null, string password = ApiServer.Password, string displayName = "Nora", string role = "Investor") =>
        _server.PostAsync("/api/auth/register", new { email = email ?? NewEmail(), password, displayName, role });
}
