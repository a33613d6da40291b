using CleanMessaging.Tests.Support;

namespace CleanMessaging.Client.Tests.Api;

public sealed class AccountsClientTests(ApiServerFixture fixture) : IClassFixture<ApiServerFixture>
{
    private static int _users;

    private readonly ApiServer _server = fixture.Server;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Register_AsNewUser_IsSignedIn()
    {
        using var client = new MessagingClient(_server.Address);
        var email = NewEmail();

        var user = await client.Accounts.RegisterAsync(email, ApiServer.Password, "Ada", UserRole.Startup, Cancellation);

        user.ShouldBe(new User(user.Id, email, "Ada", UserRole.Startup));
        client.User.ShouldBe(user);
        (await client.Messages.GetQuotaAsync(Cancellation)).RemainingFree.ShouldBe(20);
    }

    [Fact]
    public async Task Register_WithATakenAddressOrABadForm_IsRejected()
    {
        using var client = new MessagingClient(_server.Address);
        var taken = await _server.RegisterInvestorAsync();

        var conflict = await Should.ThrowAsync<MessagingException>(() =>
            client.Accounts.RegisterAsync(taken.Email, ApiServer.Password, "Ada", UserRole.Investor, Cancellation));
        conflict.Code.ShouldBe("user.email_taken");
        conflict.Status.ShouldBe(409);
        var invalid = await Should.ThrowAsync<InvalidRequestException>(() =>
            client.Accounts.RegisterAsync("nobody", "short", "", UserRole.Admin, Cancellation));
        invalid.Code.ShouldBe("validation.failed");
        invalid.Errors.Keys.ShouldBe(["email", "password", "displayName", "role"], ignoreOrder: true);
        invalid.Errors["email"].ShouldHaveSingleItem().Code.ShouldBe("user.invalid_email");
        client.User.ShouldBeNull();
    }

    [Fact]
    public async Task LogIn_WithThePasswordOrAnotherOne_IsSignedInOrRejected()
    {
        var investor = await _server.RegisterInvestorAsync();
        using var client = new MessagingClient(_server.Address);

        var rejection = await Should.ThrowAsync<MessagingException>(
            () => client.Accounts.LogInAsync(investor.Email, "another password", Cancellation));
        rejection.Code.ShouldBe("auth.invalid_credentials");
        rejection.ShouldNotBeOfType<SignedOutException>();
        client.User.ShouldBeNull();
        (await client.Accounts.LogInAsync(investor.Email, ApiServer.Password, Cancellation)).Id.ShouldBe(investor.Id);
    }

    [Fact]
    public async Task LogIn_WithTooManyWrongPasswords_SaysWhenToGoOn()
    {
        var investor = await _server.RegisterInvestorAsync();
        using var client = new MessagingClient(_server.Address);
        for (var attempt = 0; attempt < 10; attempt++)
            await Should.ThrowAsync<MessagingException>(() => client.Accounts.LogInAsync(investor.Email, "another password", Cancellation));

        var limited = await Should.ThrowAsync<RateLimitedException>(
            () => client.Accounts.LogInAsync(investor.Email, ApiServer.Password, Cancellation));

        limited.Code.ShouldBe("auth.too_many_attempts");
        limited.RetryAfter.ShouldNotBeNull().ShouldBeInRange(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(60));
    }

    [Fact]
    public async Task Refresh_OfASignIn_GoesOnWithOtherTokens()
    {
        using var store = new MemoryCredentialStore();
        using var client = new MessagingClient(_server.Address, store);
        await client.Accounts.RegisterAsync(NewEmail(), ApiServer.Password, "Ada", UserRole.Investor, Cancellation);
        var before = (await store.LoadAsync(Cancellation)).ShouldNotBeNull();

        await client.Accounts.RefreshAsync(Cancellation);

        var after = (await store.LoadAsync(Cancellation)).ShouldNotBeNull();
        after.RefreshToken.ShouldNotBe(before.RefreshToken);
        await client.Messages.GetQuotaAsync(Cancellation);
    }

    [Fact]
    public async Task Restore_FromAStoreThatOutlivedTheClient_GoesOnWithTheSignIn()
    {
        using var store = new MemoryCredentialStore();
        using (var earlier = new MessagingClient(_server.Address, store))
            await earlier.Accounts.RegisterAsync(NewEmail(), ApiServer.Password, "Ada", UserRole.Investor, Cancellation);
        using var client = new MessagingClient(_server.Address, store);

        (await client.Accounts.RestoreAsync(Cancellation)).ShouldNotBeNull().DisplayName.ShouldBe("Ada");

        (await client.Messages.GetQuotaAsync(Cancellation)).MessagesSentToday.ShouldBe(0);
    }

    [Fact]
    public async Task Restore_FromAnEmptyStore_IsNoUser()
    {
        using var client = new MessagingClient(_server.Address);

        (await client.Accounts.RestoreAsync(Cancellation)).ShouldBeNull();

        (await Should.ThrowAsync<SignedOutException>(() => client.Messages.GetQuotaAsync(Cancellation))).Code.ShouldBe("client.signed_out");
    }

    [Fact]
    public async Task ChangePassword_WithTheCurrentOneOrAnother_GoesOnOrIsRejected()
    {
        var investor = await _server.RegisterInvestorAsync();
        using var client = await Device.SignInAsync(_server.Address, investor);

        var rejection = await Should.ThrowAsync<MessagingException>(
            () => client.Accounts.ChangePasswordAsync("another password", "a new password", Cancellation));
        rejection.Code.ShouldBe("auth.wrong_password");
        await client.Accounts.ChangePasswordAsync(ApiServer.Password, "a new password", Cancellation);

        await client.Messages.GetQuotaAsync(Cancellation);
        await client.Accounts.LogInAsync(investor.Email, "a new password", Cancellation);
    }

    [Fact]
    public async Task LogOut_OfASignIn_EndsItOnTheServerToo()
    {
        using var store = new MemoryCredentialStore();
        using var client = new MessagingClient(_server.Address, store);
        await client.Accounts.RegisterAsync(NewEmail(), ApiServer.Password, "Ada", UserRole.Investor, Cancellation);
        var credentials = await store.LoadAsync(Cancellation);

        await client.Accounts.LogOutAsync(Cancellation);

        client.User.ShouldBeNull();
        await store.SaveAsync(credentials, Cancellation);
        await client.Accounts.RestoreAsync(Cancellation);
        await Should.ThrowAsync<SignedOutException>(() => client.Messages.GetQuotaAsync(Cancellation));
    }

    private static string NewEmail() => $"client{Interlocked.Increment(ref _users)}@example.com";
}
