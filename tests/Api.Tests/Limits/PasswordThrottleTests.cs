using System.Net;
using CleanMessaging.Application.Accounts;
using CleanMessaging.Domain.Sessions;
using CleanMessaging.Domain.Users;
using CleanMessaging.Tests.Support;
using CleanMessaging.WebApi.Limits;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace CleanMessaging.Api.Tests.Limits;

/// <summary>Tests the limits on password guesses, with the default limits except for one that would need a hundred log-ins.</summary>
public sealed class PasswordThrottleTests(PasswordThrottleTests.Throttled fixture) : IClassFixture<PasswordThrottleTests.Throttled>
{
    private const int PerAccountAndAddress = 10;
    private const int PerAddress = 30;
    private const int PerAccount = 25;
    private const int PerNetwork = 35;
    private const int PerSite = 45;

    [Fact]
    public async Task LogIn_AfterTenWrongPasswordsFromAnAddress_IsRejectedThereWithoutLookingAtThePassword()
    {
        var investor = await fixture.RegisterAsync(UserRole.Investor);
        var address = LimitedServerFixture.NewAddress();
        await FailAsync(address, investor.Email, PerAccountAndAddress);
        var compared = fixture.Hasher.Compared;

        (await fixture.LogInAsync(address, investor.Email, "wrong-password"))
            .ExpectLater(HttpStatusCode.TooManyRequests, "auth.too_many_attempts");
        (await fixture.LogInAsync(address, investor.Email.ToUpperInvariant()))
            .ExpectLater(HttpStatusCode.TooManyRequests, "auth.too_many_attempts");

        fixture.Hasher.Compared.ShouldBe(compared);
        (await fixture.LogInAsync(LimitedServerFixture.NewAddress(), investor.Email)).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task LogIn_WithoutAnAccount_IsRejectedAsForAnAccount()
    {
        var address = LimitedServerFixture.NewAddress();
        await FailAsync(address, "unknown-user@example.com", PerAccountAndAddress);

        (await fixture.LogInAsync(address, "unknown-user@example.com", "wrong-password"))
            .ExpectLater(HttpStatusCode.TooManyRequests, "auth.too_many_attempts");
    }

    [Fact]
    public async Task LogIn_WithFiftyWrongPasswordsAtOnce_VerifiesTenOfThem()
    {
        var investor = await fixture.RegisterAsync(UserRole.Investor);
        var address = LimitedServerFixture.NewAddress();

        var answers = await Task.WhenAll(
            Enumerable.Range(1, 50).Select(number => fixture.LogInAsync(address, investor.Email, $"wrong-password-{number}")));

        answers.Count(answer => answer.Status == HttpStatusCode.Unauthorized).ShouldBe(PerAccountAndAddress);
        answers.Count(answer => answer.Status == HttpStatusCode.TooManyRequests).ShouldBe(50 - PerAccountAndAddress);
    }

    [Fact]
    public async Task LogIn_WithTheRightPasswordFiftyTimesAtOnce_IsNeverRejected()
    {
        var investor = await fixture.RegisterAsync(UserRole.Investor);
        var address = LimitedServerFixture.NewAddress();

        var answers = await Task.WhenAll(Enumerable.Range(1, 50).Select(_ => fixture.LogInAsync(address, investor.Email)));

        answers.ShouldAllBe(answer => answer.Status == HttpStatusCode.OK);
    }

    [Fact]
    public async Task LogIn_ThatSucceeds_RestartsTheCount()
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
    public async Task LogIn_AfterManyWrongPasswordsForManyAccounts_IsRejectedFromThatAddress()
    {
        var investor = await fixture.RegisterAsync(UserRole.Investor);
        var address = LimitedServerFixture.NewAddress();
        for (var account = 0; account < PerAddress; account++)
            await FailAsync(address, $"guess{account}@example.com", 1);

        (await fixture.LogInAsync(address, investor.Email)).ExpectLater(HttpStatusCode.TooManyRequests, "auth.too_many_attempts");
        (await fixture.LogInAsync(LimitedServerFixture.NewAddress(), investor.Email)).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task LogIn_AfterManyWrongPasswordsFromManyAddresses_IsRejectedFromEverywhere()
    {
        var investor = await fixture.RegisterAsync(UserRole.Investor);
        for (var attempt = 0; attempt < PerAccount; attempt++)
            await FailAsync(LimitedServerFixture.NewAddress(), investor.Email, 1);

        (await fixture.LogInAsync(LimitedServerFixture.NewAddress(), investor.Email))
            .ExpectLater(HttpStatusCode.TooManyRequests, "auth.too_many_attempts");
    }

    [Theory]
    [InlineData("")]
    [InlineData("not-an-address")]
    public async Task LogIn_WithMalformedEmail_IsNotCounted(string email)
    {
        var address = LimitedServerFixture.NewAddress();
        for (var attempt = 0; attempt < PerAddress + 5; attempt++)
            (await fixture.LogInAsync(address, email, "wrong-password")).Expect(HttpStatusCode.BadRequest);

        (await fixture.LogInAsync(address, "somebody-there@example.com", "wrong-password")).Expect(HttpStatusCode.Unauthorized);
    }

    [Theory]
    [InlineData("2001:db8:1:11{0:x2}::1", PerNetwork, "2001:db8:1:1200::1", "2001:db8:1:11ff::1")]
    [InlineData("2001:db8:2:{0:x2}11::1", PerSite, "2001:db8:3:1100::1", "2001:db8:2:ff11::1")]
    public async Task LogIn_FromManyAddressesOfOneNetwork_IsCountedAsOne(string address, int most, string elsewhere, string same)
    {
        var prefix = address[..10].Replace(':', '-');
        for (var attempt = 0; attempt < most; attempt++)
        {
            await FailAsync(
                string.Format(System.Globalization.CultureInfo.InvariantCulture, address, attempt),
                $"guess-{prefix}-{attempt}@example.com",
                1);
        }

        (await fixture.LogInAsync(same, $"guess-{prefix}@example.com", "wrong-password"))
            .ExpectLater(HttpStatusCode.TooManyRequests, "auth.too_many_attempts");
        (await fixture.LogInAsync(elsewhere, $"guess-{prefix}@example.com", "wrong-password")).Expect(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task LogIn_AfterManyThatAreNotHashed_StillCountsTheWrongPasswordsBefore()
    {
        var investor = await fixture.RegisterAsync(UserRole.Investor);
        var address = LimitedServerFixture.NewAddress();
        await FailAsync(address, investor.Email, PerAccountAndAddress);

        // More keys than the limiter stores. None of the requests counts as a wrong attempt.
        for (var batch = 0; batch < 60; batch++)
        {
            var offset = batch * 1000;
            await Parallel.ForAsync(0, 1000, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (number, _) =>
                await Should.ThrowAsync<FluentValidation.ValidationException>(() => fixture.Throttle.GuardAsync(
                    new DefaultHttpContext { Connection = { RemoteIpAddress = new IPAddress(1 + offset + number) } },
                    $"{offset + number}@example.com",
                    SessionErrors.InvalidCredentials,
                    new LogInCommand($"{offset + number}@example.com", "", IPAddress.None),
                    _ => Task.FromResult(true))));
        }

        (await fixture.LogInAsync(address, investor.Email)).ExpectLater(HttpStatusCode.TooManyRequests, "auth.too_many_attempts");
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
            var rejected = (await fixture.LogInAsync(address, investor.Email)).Expect(HttpStatusCode.TooManyRequests);
            if (direction > 0)
                rejected.Body.GetProperty("retryAfter").GetInt32().ShouldBe(1);

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
        {
            (await fixture.LogInAsync(address, email, "wrong-password"))
                .ExpectError(HttpStatusCode.Unauthorized, "auth.invalid_credentials");
        }
    }

    public sealed class Throttled(TestPostgres postgres) : LimitedServerFixture(
        postgres,
        ("Limits:WrongPasswordsPerAddress", $"{PerAddress}"),
        ("Limits:WrongPasswordsPerAccount", $"{PerAccount}"),
        ("Limits:WrongPasswordsPerNetwork", $"{PerNetwork}"),
        ("Limits:WrongPasswordsPerSite", $"{PerSite}"))
    {
        internal PasswordThrottle Throttle => Server.Services.GetRequiredService<PasswordThrottle>();
    }
}
