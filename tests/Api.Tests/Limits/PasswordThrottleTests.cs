using System.Net;
using CleanMessaging.Domain.Users;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Api.Tests.Limits;

/// <summary>How often a password can be guessed. The limits are the product's own, but for the one that a test would have to log in a hundred times for.</summary>
public sealed class PasswordThrottleTests(PasswordThrottleTests.Throttled fixture) : IClassFixture<PasswordThrottleTests.Throttled>
{
    private const int PerAccountAndAddress = 10;
    private const int PerAddress = 30;
    private const int PerAccount = 25;

    [Fact]
    public async Task LogIn_AfterTenWrongPasswordsFromAnAddress_IsRefusedThereWithoutLookingAtThePassword()
    {
        var investor = await fixture.RegisterAsync(UserRole.Investor);
        var address = LimitedServerFixture.NewAddress();
        await FailAsync(address, investor.Email, PerAccountAndAddress);
        var compared = fixture.Hasher.Compared;

        (await fixture.LogInAsync(address, investor.Email, "wrong-password")).ExpectLater(HttpStatusCode.TooManyRequests, "auth.too_many_attempts");
        (await fixture.LogInAsync(address, investor.Email.ToUpperInvariant())).ExpectLater(HttpStatusCode.TooManyRequests, "auth.too_many_attempts");

        fixture.Hasher.Compared.ShouldBe(compared);
        (await fixture.LogInAsync(LimitedServerFixture.NewAddress(), investor.Email)).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task LogIn_AsNobody_IsRefusedAsForAnAccount()
    {
        var address = LimitedServerFixture.NewAddress();
        await FailAsync(address, "nobody-there@example.com", PerAccountAndAddress);

        (await fixture.LogInAsync(address, "nobody-there@example.com", "wrong-password")).ExpectLater(HttpStatusCode.TooManyRequests, "auth.too_many_attempts");
    }

    [Fact]
    public async Task LogIn_WithFiftyWrongPasswordsAtOnce_LooksAtTenOfThem()
    {
        var investor = await fixture.RegisterAsync(UserRole.Investor);
        var address = LimitedServerFixture.NewAddress();

        var answers = await Task.WhenAll(Enumerable.Range(1, 50).Select(number => fixture.LogInAsync(address, investor.Email, $"wrong-password-{number}")));

        answers.Count(answer => answer.Status == HttpStatusCode.Unauthorized).ShouldBe(PerAccountAndAddress);
        answers.Count(answer => answer.Status == HttpStatusCode.TooManyRequests).ShouldBe(50 - PerAccountAndAddress);
    }

    [Fact]
    public async Task LogIn_WithTheRightPasswordFiftyTimesAtOnce_IsNeverRefused()
    {
        var investor = await fixture.RegisterAsync(UserRole.Investor);
        var address = LimitedServerFixture.NewAddress();

        var answers = await Task.WhenAll(Enumerable.Range(1, 50).Select(_ => fixture.LogInAsync(address, investor.Email)));

        answers.ShouldAllBe(answer => answer.Status == HttpStatusCode.OK);
    }

    [Fact]
    public async Task LogIn_ThatSucceeds_BeginsTheCountAnew()
    {
        var investor = await fixture.RegisterAsync(UserRole.Investor);
        var address = LimitedServerFixture.NewAddress();
        await FailAsync(address, investor.Email, PerAccountAndAddress - 1);
        (await fixture.LogInAsync(address, investor.Email)).Expect(HttpStatusCode.OK);

        await FailAsync(address, investor.Email, PerAccountAndAddress);

        (await fixture.LogInAsync(address, investor.Email)).Expect(HttpStatusCode.TooManyRequests);
    }

    [Fact]
    public async Task LogIn_WithMalformedInput_IsNotCounted()
    {
        var investor = await fixture.RegisterAsync(UserRole.Investor);
        var address = LimitedServerFixture.NewAddress();
        for (var attempt = 0; attempt < PerAddress + 5; attempt++)
            (await fixture.LogInAsync(address, investor.Email, "")).Expect(HttpStatusCode.BadRequest);

        (await fixture.LogInAsync(address, investor.Email)).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task LogIn_AfterManyWrongPasswordsForManyAccounts_IsRefusedFromThatAddress()
    {
        var investor = await fixture.RegisterAsync(UserRole.Investor);
        var address = LimitedServerFixture.NewAddress();
        for (var account = 0; account < PerAddress; account++)
            await FailAsync(address, $"guess{account}@example.com", 1);

        (await fixture.LogInAsync(address, investor.Email)).ExpectLater(HttpStatusCode.TooManyRequests, "auth.too_many_attempts");
        (await fixture.LogInAsync(LimitedServerFixture.NewAddress(), investor.Email)).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task LogIn_AfterManyWrongPasswordsFromManyAddresses_IsRefusedFromEverywhere()
    {
        var investor = await fixture.RegisterAsync(UserRole.Investor);
        for (var attempt = 0; attempt < PerAccount; attempt++)
            await FailAsync(LimitedServerFixture.NewAddress(), investor.Email, 1);

        (await fixture.LogInAsync(LimitedServerFixture.NewAddress(), investor.Email)).ExpectLater(HttpStatusCode.TooManyRequests, "auth.too_many_attempts");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public async Task LogIn_WhenTheMinuteIsOver_IsPossibleAgain(int direction)
    {
        var investor = await fixture.RegisterAsync(UserRole.Investor);
        var address = LimitedServerFixture.NewAddress();
        try
        {
            fixture.Server.Clock.FreezeAt(new DateTimeOffset(2030, 1, 1, 12, 0, 0, TimeSpan.Zero));
            await FailAsync(address, investor.Email, PerAccountAndAddress);
            fixture.Server.Clock.Shift(TimeSpan.FromSeconds(59) * direction);
            var refused = (await fixture.LogInAsync(address, investor.Email)).Expect(HttpStatusCode.TooManyRequests);
            if (direction > 0)
                refused.Body.GetProperty("retryAfter").GetInt32().ShouldBe(1);

            fixture.Server.Clock.Shift(TimeSpan.FromSeconds(1) * direction);

            (await fixture.LogInAsync(address, investor.Email)).Expect(HttpStatusCode.OK);
        }
        finally
        {
            fixture.Server.Clock.Release();
        }
    }

    private async Task FailAsync(string address, string email, int times)
    {
        for (var attempt = 0; attempt < times; attempt++)
            (await fixture.LogInAsync(address, email, "wrong-password")).ExpectRefusal(HttpStatusCode.Unauthorized, "auth.invalid_credentials");
    }

    public sealed class Throttled(TestPostgres postgres) : LimitedServerFixture(
        postgres,
        ("Limits:WrongPasswordsPerAddress", $"{PerAddress}"),
        ("Limits:WrongPasswordsPerAccount", $"{PerAccount}"));
}
