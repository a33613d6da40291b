using System.Net;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Api.Tests.Users;

public sealed class FindUsersTests(ApiServerFixture fixture) : IClassFixture<ApiServerFixture>
{
    private static int _names;

    private readonly ApiServer _server = fixture.Server;

    [Fact]
    public async Task FindUsers_ByAUser_FindsTheOtherRoleWithIdNameAndRoleAlone()
    {
        var prefix = NewPrefix();
        var investor = await RegisterAsync($"{prefix} investor", "Investor");
        var startup = await RegisterAsync($"{prefix} startup", "Startup");

        var found = await investor.GetAsync($"/api/users?search={prefix}");

        found.Expect(HttpStatusCode.OK).Body.Members().ShouldBe(["success", "data", "page"]);
        var only = found.Data.EnumerateArray().ShouldHaveSingleItem();
        only.Members().ShouldBe(["id", "displayName", "role"]);
        only.Id().ShouldBe(startup.Id);
        only.GetProperty("displayName").GetString().ShouldBe($"{prefix} startup");
        only.GetProperty("role").GetString().ShouldBe("Startup");
        (await NamesAsync(startup, prefix)).ShouldBe([$"{prefix} investor"]);
    }

    [Fact]
    public async Task FindUsers_ByAnAdmin_FindsEverybodyWithEmail()
    {
        var prefix = NewPrefix();
        var investor = await RegisterAsync($"{prefix} investor", "Investor");
        await RegisterAsync($"{prefix} startup", "Startup");
        var admin = await _server.CreateAdminAsync();

        var found = (await admin.GetAsync($"/api/users?search={prefix}")).Expect(HttpStatusCode.OK);

        found.Data.GetArrayLength().ShouldBe(2);
        found.Data[0].Members().ShouldBe(["id", "displayName", "role", "email", "deactivatedAt"]);
        found.Data[0].GetProperty("email").GetString().ShouldBe(investor.Email);
        (await NamesAsync(admin, investor.Email)).ShouldBe([$"{prefix} investor"]);
    }

    [Fact]
    public async Task FindUsers_ByAUserSearchingForAnEmail_FindsNobody()
    {
        var investor = await _server.RegisterInvestorAsync();
        var startup = await _server.RegisterStartupAsync();

        (await NamesAsync(investor, startup.Email)).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("%")]
    [InlineData("_")]
    [InlineData("!")]
    [InlineData("\\")]
    [InlineData("'")]
    public async Task FindUsers_WithAWildcard_TakesItLiterally(string character)
    {
        var prefix = NewPrefix();
        var investor = await _server.RegisterInvestorAsync();
        await RegisterAsync($"{prefix}plain", "Startup");
        await RegisterAsync($"{prefix}{character}x", "Startup");

        (await NamesAsync(investor, prefix + character)).ShouldBe([$"{prefix}{character}x"]);
        (await NamesAsync(investor, $"{prefix}{character}x")).ShouldBe([$"{prefix}{character}x"]);
    }

    [Theory]
    [InlineData("ANNA", "anna")]
    [InlineData("anna", "ANNA")]
    [InlineData("Ünsal", "üNSAL")]
    [InlineData("ünsal", "ÜN")]
    [InlineData("Ωmega", "ωMEGA")]
    [InlineData("İpek Şahin ẞ", "İpek Şahin ẞ")]
    public async Task FindUsers_InAnotherCase_FindsTheName(string name, string search)
    {
        var prefix = NewPrefix();
        var investor = await _server.RegisterInvestorAsync();
        await RegisterAsync($"{prefix}{name}", "Startup");

        (await NamesAsync(investor, prefix + search)).ShouldBe([$"{prefix}{name}"]);
    }

    [Fact]
    public async Task FindUsers_PageByPage_IsCompleteAndWithoutDuplicates()
    {
        var prefix = NewPrefix();
        var investor = await _server.RegisterInvestorAsync();
        var registered = new List<Guid>();
        foreach (var number in Enumerable.Range(0, 25))
            registered.Add((await RegisterAsync($"{prefix} namesake {number % 3}", "Startup")).Id);

        var seen = new List<Guid>();
        var sizes = new List<int>();
        string? cursor = null;
        do
        {
            var page = (await investor.GetAsync($"/api/users?search={prefix}&limit=10{(cursor is null ? "" : $"&cursor={cursor}")}")).Expect(HttpStatusCode.OK);
            seen.AddRange(page.Data.EnumerateArray().Select(user => user.Id()));
            sizes.Add(page.Data.GetArrayLength());
            cursor = page.NextCursor();
        }
        while (cursor is not null);

        sizes.ShouldBe([10, 10, 5]);
        seen.Order().ShouldBe(registered.Order());
    }

    [Theory]
    [InlineData("x")]
    [InlineData("not*base64")]
    [InlineData("AAAA")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAA")]
    public async Task FindUsers_WithAForeignCursor_IsRefused(string cursor)
    {
        var investor = await _server.RegisterInvestorAsync();

        (await investor.GetAsync($"/api/users?cursor={cursor}")).ExpectRefusal(HttpStatusCode.BadRequest, "page.invalid_cursor");
    }

    [Theory]
    [InlineData("limit=0", false)]
    [InlineData("limit=1", true)]
    [InlineData("limit=100", true)]
    [InlineData("limit=101", false)]
    [InlineData("limit=-1", false)]
    [InlineData("limit=%2B5", false)]
    [InlineData("limit=%205", false)]
    [InlineData("limit=0x10", false)]
    [InlineData("limit=%D9%A5", false)]
    [InlineData("limit=99999999999", false)]
    [InlineData("limit=1&limit=2", false)]
    [InlineData("search=%00", false)]
    public async Task FindUsers_WithAQuery_IsStrict(string query, bool accepted)
    {
        var investor = await _server.RegisterInvestorAsync();

        var answer = await investor.GetAsync($"/api/users?{query}");

        if (accepted)
            answer.Expect(HttpStatusCode.OK);
        else
            answer.ExpectRefusal(HttpStatusCode.BadRequest, "validation.failed").FaultsOf(query[..query.IndexOf('=')]).Count.ShouldBe(1);
    }

    [Fact]
    public async Task FindUsers_WithASearchAtTheLimit_IsAcceptedAndBeyondIsRefused()
    {
        var investor = await _server.RegisterInvestorAsync();

        (await investor.GetAsync($"/api/users?search={new string('a', 100)}")).Expect(HttpStatusCode.OK);
        (await investor.GetAsync($"/api/users?search={new string('a', 101)}")).FaultsOf("search").ShouldBe(["user.invalid_search"]);
    }

    [Fact]
    public async Task FindUsers_WithoutToken_IsUnauthenticated()
    {
        using var client = _server.CreateClient();

        (await Answer.OfAsync(await client.GetAsync("/api/users", TestContext.Current.CancellationToken))).ExpectRefusal(HttpStatusCode.Unauthorized, "auth.unauthenticated");
    }

    private static string NewPrefix() => $"z{Interlocked.Increment(ref _names):000}q";

    private static async Task<IReadOnlyList<string?>> NamesAsync(TestUser viewer, string search)
    {
        var found = await viewer.GetAsync($"/api/users?search={Uri.EscapeDataString(search)}");

        return [.. found.Expect(HttpStatusCode.OK).Data.EnumerateArray().Select(user => user.GetProperty("displayName").GetString())];
    }

    private async Task<TestUser> RegisterAsync(string displayName, string role)
    {
        var session = await _server.PostAsync(
            "/api/auth/register",
            new { email = $"found{Interlocked.Increment(ref _names)}@example.com", password = ApiServer.Password, displayName, role });

        return _server.SignedIn(session.Expect(HttpStatusCode.Created));
    }
}
