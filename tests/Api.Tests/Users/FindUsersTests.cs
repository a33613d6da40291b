using System.Net;
using CleanMessaging.Api.Tests.Accounts;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Api.Tests.Users;

public sealed class FindUsersTests(ApiServerFixture fixture) : IClassFixture<ApiServerFixture>
{
    private static int _names;

    private readonly ApiServer _server = fixture.Server;

    [Fact]
    public async Task FindUsers_ByAUser_FindsTheOtherRoleWithIdNameRoleAndAvatarOnly()
    {
        var prefix = NewPrefix();
        var investor = await RegisterAsync($"{prefix} investor", "Investor");
        var startup = await RegisterAsync($"{prefix} startup", "Startup");

        var found = await investor.GetAsync($"/api/users?search={prefix}");

        found.Expect(HttpStatusCode.OK).Body.Members().ShouldBe(["success", "data", "page"]);
        var only = found.Data.EnumerateArray().ShouldHaveSingleItem();
        only.Members().ShouldBe(["id", "displayName", "role", "avatarId"]);
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
        found.Data[0].Members().ShouldBe(["id", "displayName", "role", "email", "deactivatedAt", "avatarId"]);
        found.Data[0].GetProperty("email").GetString().ShouldBe(investor.Email);
        (await NamesAsync(admin, investor.Email)).ShouldBe([$"{prefix} investor"]);
    }

    [Fact]
    public async Task FindUsers_ByAUserSearchingForAnEmail_FindsNoOne()
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
    [InlineData("José", "Jose")]
    [InlineData("José", "jose\u0301")]
    [InlineData("Jose", "JOSÉ")]
    [InlineData("Weiß", "WEISS")]
    [InlineData("Weiss", "weiß")]
    [InlineData("Σίσυφος", "ΣΊΣΥΦΟΣ")]
    [InlineData("Ærø Łukasz", "aero lukasz")]
    [InlineData("ガンダム", "がんだむ")]
    [InlineData("Ａｄａ", "ada")]
    [InlineData("Алёна", "АЛЕНА")]
    [InlineData("❤\uFE0F love", "❤ LOVE")]
    public async Task FindUsers_InAnotherCaseOrForm_FindsTheName(string name, string search)
    {
        var prefix = NewPrefix();
        var investor = await _server.RegisterInvestorAsync();
        await RegisterAsync($"{prefix}{name}", "Startup");

        (await NamesAsync(investor, prefix + search)).ShouldBe([$"{prefix}{name}"]);
    }

    [Fact]
    public async Task FindUsers_ByLettersThatLookAlike_FindsNoOne()
    {
        var prefix = NewPrefix();
        var investor = await _server.RegisterInvestorAsync();
        await RegisterAsync($"{prefix}й", "Startup");
        await RegisterAsync($"{prefix}が", "Startup");

        (await NamesAsync(investor, $"{prefix}и")).ShouldBeEmpty();
        (await NamesAsync(investor, $"{prefix}か")).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("qx", true)]
    [InlineData("QX", true)]
    [InlineData("wy", true)]
    [InlineData("vz", true)]
    [InlineData("太郎", true)]
    [InlineData("xw", false)]
    [InlineData("yv", false)]
    [InlineData("z太", false)]
    [InlineData("qxwy", true)]
    [InlineData("xwy", true)]
    [InlineData("yvz", false)]
    [InlineData("y w", true)]
    [InlineData("-vz", true)]
    public async Task FindUsers_ByTwoCharacters_FindsBeginningsOfWordsAndByMoreAnything(string search, bool isFound)
    {
        const string Name = "Qxwy wy-vz 田中太郎";
        var investor = await _server.RegisterInvestorAsync();
        await RegisterAsync(Name, "Startup");

        (await NamesAsync(investor, search)).Contains(Name).ShouldBe(isFound);
    }

    [Theory]
    [InlineData("x")]
    [InlineData(" x ")]
    [InlineData("\u200Bx\u2060")]
    [InlineData("é")]
    [InlineData("😀")]
    public async Task FindUsers_ByOneCharacter_IsRejected(string search)
    {
        var investor = await _server.RegisterInvestorAsync();

        (await investor.GetAsync($"/api/users?search={Uri.EscapeDataString(search)}"))
            .ExpectError(HttpStatusCode.BadRequest, "validation.failed")
            .FaultsOf("search").ShouldBe(["user.invalid_search"]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("  ")]
    [InlineData("\u200B\u3000")]
    public async Task FindUsers_ByNothing_ListsEveryUser(string search)
    {
        var investor = await _server.RegisterInvestorAsync();
        await _server.RegisterStartupAsync();

        var all = (await investor.GetAsync("/api/users?limit=100")).Expect(HttpStatusCode.OK);
        (await investor.GetAsync($"/api/users?limit=100&search={Uri.EscapeDataString(search)}"))
            .Expect(HttpStatusCode.OK).Data.GetArrayLength()
            .ShouldBe(all.Data.GetArrayLength());
        all.Data.GetArrayLength().ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task FindUsers_WithWhiteSpaceAroundTheSearch_FindsTheName()
    {
        var prefix = NewPrefix();
        var investor = await _server.RegisterInvestorAsync();
        await RegisterAsync($"{prefix} startup", "Startup");

        (await NamesAsync(investor, $"  {prefix}\t startup \n")).ShouldBe([$"{prefix} startup"]);
    }

    [Fact]
    public async Task FindUsers_OfADeactivatedUser_IsForAdminsOnly()
    {
        var prefix = NewPrefix();
        var (admin, investor) = (await _server.CreateAdminAsync(), await _server.RegisterInvestorAsync());
        var startup = await RegisterAsync($"{prefix} startup", "Startup");
        var other = await RegisterAsync($"{prefix} other", "Startup");
        (await admin.DeactivateAsync(startup.Id)).Expect(HttpStatusCode.OK);

        (await NamesAsync(investor, prefix)).ShouldBe([other.DisplayName]);
        (await AllIdsAsync(investor)).ShouldContain(other.Id);
        (await AllIdsAsync(investor)).ShouldNotContain(startup.Id);
        (await NamesAsync(admin, prefix)).ShouldBe([other.DisplayName, startup.DisplayName]);
        (await AllIdsAsync(admin)).ShouldContain(startup.Id);

        (await admin.ReactivateAsync(startup.Id)).Expect(HttpStatusCode.OK);
        (await NamesAsync(investor, prefix)).ShouldBe([other.DisplayName, startup.DisplayName]);
    }

    [Fact]
    public async Task FindUsers_AfterANameWasChangedInTheDatabase_FindsTheNewOneOnceItIsIndexed()
    {
        var (before, after) = (NewPrefix(), NewPrefix());
        var investor = await _server.RegisterInvestorAsync();
        var startup = await RegisterAsync($"{before} startup", "Startup");
        await _server.ExecuteAsync($"UPDATE users SET display_name = '{after} Élan' WHERE id = '{startup.Id}'");
        (await _server.QueryAsync<bool>($"SELECT search_name IS NULL FROM users WHERE id = '{startup.Id}'")).ShouldBeTrue();
        (await NamesAsync(investor, before)).ShouldBeEmpty();

        // The server indexes names at startup and then every minute.
        await using var another = await fixture.StartAnotherAsync(
            new Dictionary<string, string?>(), connectionString: _server.ConnectionString);

        await Eventually.TrueAsync(async () => (await NamesAsync(investor, $"{after} elan")).Count == 1, "It is not found.");
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
            var page = (await investor.GetAsync($"/api/users?search={prefix}&limit=10{(cursor is null ? "" : $"&cursor={cursor}")}"))
                .Expect(HttpStatusCode.OK);
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
    public async Task FindUsers_WithAForeignCursor_IsRejected(string cursor)
    {
        var investor = await _server.RegisterInvestorAsync();

        (await investor.GetAsync($"/api/users?cursor={cursor}")).ExpectError(HttpStatusCode.BadRequest, "page.invalid_cursor");
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
            answer.ExpectError(HttpStatusCode.BadRequest, "validation.failed").FaultsOf(query[..query.IndexOf('=')]).Count.ShouldBe(1);
    }

    [Fact]
    public async Task FindUsers_WithASearchAtTheLimit_IsAcceptedAndBeyondIsRejected()
    {
        var investor = await _server.RegisterInvestorAsync();

        (await investor.GetAsync($"/api/users?search={new string('a', 100)}")).Expect(HttpStatusCode.OK);
        (await investor.GetAsync($"/api/users?search={new string('a', 101)}")).FaultsOf("search").ShouldBe(["user.invalid_search"]);
        (await investor.GetAsync($"/api/users?search={Uri.EscapeDataString(string.Concat(Enumerable.Repeat("😀", 100)))}"))
            .Expect(HttpStatusCode.OK);
        (await investor.GetAsync($"/api/users?search={Uri.EscapeDataString(string.Concat(Enumerable.Repeat("😀", 101)))}"))
            .FaultsOf("search")
            .ShouldBe(["user.invalid_search"]);
    }

    [Fact]
    public async Task FindUsers_WithoutToken_IsUnauthenticated()
    {
        using var client = _server.CreateClient();

        (await Answer.OfAsync(await client.GetAsync("/api/users", TestContext.Current.CancellationToken)))
            .ExpectError(HttpStatusCode.Unauthorized, "auth.unauthenticated");
    }

    private static async Task<IReadOnlyList<Guid>> AllIdsAsync(TestUser viewer)
    {
        var ids = new List<Guid>();
        string? cursor = null;
        do
        {
            var page = (await viewer.GetAsync($"/api/users?limit=100{(cursor is null ? "" : $"&cursor={cursor}")}"))
                .Expect(HttpStatusCode.OK);
            ids.AddRange(page.Data.EnumerateArray().Select(user => user.Id()));
            cursor = page.NextCursor();
        }
        while (cursor is not null);

        return ids;
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
