using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using CleanMessaging.Domain.Users;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Api.Tests.Accounts;

public sealed class ExternalIssuerTests(TestPostgres postgres) : IAsyncLifetime
{
    private FakeIssuer _issuer = null!;
    private ApiServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        _issuer = await FakeIssuer.StartAsync();
        _server = await ApiServer.StartAsync(postgres, Settings());
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _issuer.DisposeAsync();
    }

    [Fact]
    public async Task ExternalToken_AtFirstVisit_MakesAUserThatStaysTheSame()
    {
        var token = _issuer.TokenFor(Claims("subject-1", "Startup"));
        var startup = await _server.RegisterInvestorAsync();

        (await GetAsync(token, "/api/messages/quota")).Expect(HttpStatusCode.OK).Data.GetProperty("remainingFree").GetInt32().ShouldBe(20);
        (await GetAsync(token, "/api/wallet")).Expect(HttpStatusCode.OK).Data.GetProperty("balance").GetInt64().ShouldBe(0);

        var found = (await startup.GetAsync("/api/users?search=subject-1"))
            .Expect(HttpStatusCode.OK).Data.EnumerateArray()
            .ShouldHaveSingleItem();
        found.GetProperty("role").GetString().ShouldBe("Startup");
        (await _server.QueryAsync<long>("SELECT count(*) FROM user_logins")).ShouldBe(1);
    }

    [Fact]
    public async Task ExternalToken_RacedAtFirstVisit_MakesOneUser()
    {
        var token = _issuer.TokenFor(Claims("racer", "Investor"));

        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => GetAsync(token, "/api/wallet")));

        answers.ShouldAllBe(answer => answer.Status == HttpStatusCode.OK);
        (await _server.QueryAsync<long>("SELECT count(*) FROM users WHERE email = 'racer@example.org'")).ShouldBe(1);
    }

    [Fact]
    public async Task ExternalToken_ClaimingAnotherRoleLater_KeepsTheRecordsRole()
    {
        (await GetAsync(_issuer.TokenFor(Claims("changer", "Startup")), "/api/wallet")).Expect(HttpStatusCode.OK);

        var answer = await GetAsync(_issuer.TokenFor(Claims("changer", "Admin")), "/api/admin/wallets/verify");

        answer.ExpectError(HttpStatusCode.Forbidden, "auth.forbidden");
    }

    [Theory]
    [InlineData("Admin")]
    [InlineData("Nobody")]
    [InlineData("startup")]
    [InlineData("1")]
    public async Task ExternalToken_WithARoleThatIsNotAllowed_IsRejected(string role) =>
        (await GetAsync(_issuer.TokenFor(Claims("boss", role)), "/api/wallet"))
            .ExpectError(HttpStatusCode.Unauthorized, "auth.unauthenticated");

    [Fact]
    public async Task ExternalToken_WithTheEmailOfAnAccount_IsRejectedNotLinked()
    {
        var investor = await _server.RegisterInvestorAsync();
        var claims = Claims("impostor", "Investor");
        claims["email"] = investor.Email;

        (await GetAsync(_issuer.TokenFor(claims), "/api/wallet")).ExpectError(HttpStatusCode.Unauthorized, "auth.unauthenticated");
    }

    [Fact]
    public async Task ExternalToken_WithWrongKeyAudienceOrTime_IsRejected()
    {
        using var otherKey = RSA.Create(2048);
        var claims = Claims("forger", "Investor");
        string[] tokens =
        [
            _issuer.TokenFor(claims, key: otherKey),
            _issuer.TokenFor(claims, audience: "somebody-else"),
            _issuer.TokenFor(claims, expires: TimeProvider.System.GetUtcNow().UtcDateTime.AddSeconds(1)),
        ];
        _server.Clock.Shift(TimeSpan.FromSeconds(2));

        foreach (var token in tokens)
            (await GetAsync(token, "/api/wallet")).ExpectError(HttpStatusCode.Unauthorized, "auth.unauthenticated");
    }

    [Fact]
    public async Task ExternalToken_OfADeactivatedUser_IsRejectedAndItsSocketsEndOnEveryServer()
    {
        await using var elsewhere = await ApiServer.StartAsync(postgres, Settings(), _server.ConnectionString);
        var token = _issuer.TokenFor(Claims("suspect", "Startup"));
        (await GetAsync(token, "/api/wallet")).Expect(HttpStatusCode.OK);
        var userId = await _server.QueryAsync<Guid>("SELECT user_id FROM user_logins WHERE provider_key = 'suspect'");
        var admin = await _server.CreateAdminAsync();
        var user = new TestUser(ClientWith(token), userId, "", "", UserRole.Startup, token, "");
        await using var socket = await user.ConnectAsync();
        await using var socketElsewhere = await elsewhere.As(user).ConnectAsync();

        (await admin.DeactivateAsync(userId)).Expect(HttpStatusCode.OK);

        await user.ShouldBeOutAsync();
        await elsewhere.As(user).ShouldBeOutAsync();
        await Task.WhenAll(socket.Closed.Task, socketElsewhere.Closed.Task)
            .WaitAsync(TimeSpan.FromSeconds(5), TestContext.Current.CancellationToken);
        (await admin.ReactivateAsync(userId)).Expect(HttpStatusCode.OK);
        await user.ShouldBeInAsync();
        await using var again = await elsewhere.As(user).ConnectAsync();
    }

    [Fact]
    public async Task ExternalToken_OfAUserWhoseRoleHasChanged_HasTheNewRoleAndItsSocketsEnd()
    {
        var token = _issuer.TokenFor(Claims("promoted", "Startup"));
        (await GetAsync(token, "/api/admin/wallets/verify")).ExpectError(HttpStatusCode.Forbidden, "auth.forbidden");
        var userId = await _server.QueryAsync<Guid>("SELECT user_id FROM user_logins WHERE provider_key = 'promoted'");
        var user = new TestUser(ClientWith(token), userId, "", "", UserRole.Startup, token, "");
        await using var socket = await user.ConnectAsync();

        await _server.ExecuteAsync($"UPDATE users SET role = 'Admin' WHERE id = '{userId}'");

        (await GetAsync(token, "/api/admin/wallets/verify")).Expect(HttpStatusCode.OK);
        await socket.Closed.Task.WaitAsync(TimeSpan.FromSeconds(5), TestContext.Current.CancellationToken);
        await using var again = await user.ConnectAsync();
    }

    [Fact]
    public async Task ChangePassword_WithExternalToken_IsRejectedAsThereIsNone()
    {
        var token = _issuer.TokenFor(Claims("guest", "Investor"));
        (await GetAsync(token, "/api/wallet")).Expect(HttpStatusCode.OK);
        var user = new TestUser(ClientWith(token), Guid.Empty, "", "", UserRole.Investor, token, "");

        (await user.ChangePasswordAsync(ApiServer.Password, "another password")).ExpectError(HttpStatusCode.Conflict, "auth.no_password");
    }

    [Fact]
    public async Task LogOut_WithExternalToken_EndsNothingAndSucceeds()
    {
        using var client = ClientWith(_issuer.TokenFor(Claims("leaver", "Investor")));

        (await Answer.OfAsync(await client.PostAsync("/api/auth/logout", null, TestContext.Current.CancellationToken)))
            .Expect(HttpStatusCode.OK);
    }

    private Dictionary<string, string?> Settings() => new()
    {
        ["ExternalIssuer:Authority"] = _issuer.Address,
        ["ExternalIssuer:Audience"] = FakeIssuer.Audience,
    };

    private static Dictionary<string, object> Claims(string subject, string role) => new()
    {
        ["sub"] = subject,
        ["email"] = $"{subject}@example.org",
        ["name"] = $"Name of {subject}",
        ["role"] = role,
    };

    private HttpClient ClientWith(string token)
    {
        var client = _server.CreateClient();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);

        return client;
    }

    private async Task<Answer> GetAsync(string token, string path)
    {
        using var client = ClientWith(token);

        return await Answer.OfAsync(await client.GetAsync(path));
    }
}
