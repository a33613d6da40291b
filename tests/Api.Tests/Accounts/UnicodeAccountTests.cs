using System.Net;
using System.Text;
using CleanMessaging.Infrastructure.Persistence.Accounts;
using CleanMessaging.Tests.Support;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace CleanMessaging.Api.Tests.Accounts;

/// <summary>Tests that e-mail addresses and passwords match in any Unicode form that a keyboard or operating system produces.</summary>
public sealed class UnicodeAccountTests(ApiServerFixture fixture) : IClassFixture<ApiServerFixture>
{
    private const string Composed = "pässwörd-é";
    private const string Decomposed = "pa\u0308sswo\u0308rd-e\u0301";

    private static int _addresses;

    private readonly ApiServer _server = fixture.Server;

    [Theory]
    [InlineData(Composed, Decomposed)]
    [InlineData(Decomposed, Composed)]
    [InlineData("open\u00A0sesame", "open sesame")]
    [InlineData("open sesame", "open\u3000sesame")]
    [InlineData("\u212Bngström-1", "A\u030Angstro\u0308m-1")]
    public async Task LogIn_WithThePasswordInAnotherForm_SignsIn(string chosen, string typed)
    {
        var email = await RegisterAsync(password: chosen);

        (await _server.TryLogInAsync(email, typed)).Expect(HttpStatusCode.OK);
        (await _server.TryLogInAsync(email, chosen)).Expect(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("pässwörd-é", "password-e")]
    [InlineData("pässwörd-é", "PÄSSWÖRD-É")]
    [InlineData("ﬁne-password", "fine-password")]
    [InlineData("pass\u200Bword", "password")]
    [InlineData("password 1", " password 1")]
    public async Task LogIn_WithAnotherPassword_IsRejectedHoweverSimilar(string chosen, string typed)
    {
        var email = await RegisterAsync(password: chosen);

        (await _server.TryLogInAsync(email, typed)).ExpectError(HttpStatusCode.Unauthorized, "auth.invalid_credentials");
        (await _server.TryLogInAsync(email, chosen)).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task ChangePassword_WithTheCurrentOneInAnotherForm_ChangesIt()
    {
        var user = _server.SignedIn((await TryRegisterAsync(NewEmail(), Composed)).Expect(HttpStatusCode.Created));

        (await user.ChangePasswordAsync(Decomposed, "another pässword")).Expect(HttpStatusCode.OK);

        (await _server.TryLogInAsync(user.Email, "another pa\u0308ssword")).Expect(HttpStatusCode.OK);
    }

    /// <summary>Tests accounts that were created before passwords were normalized.</summary>
    [Fact]
    public async Task LogIn_WithAHashOfThePasswordAsTyped_SignsInAndStoresOneOfTheNormalizedPassword()
    {
        var email = await RegisterAsync();
        await StoreHashAsync(email, Decomposed);
        (await _server.TryLogInAsync(email, Composed)).Expect(HttpStatusCode.Unauthorized);
        (await _server.TryLogInAsync(email, "wrong-é")).Expect(HttpStatusCode.Unauthorized);
        (await _server.TryLogInAsync(email, "wrong-e\u0301")).Expect(HttpStatusCode.Unauthorized);

        (await _server.TryLogInAsync(email, Decomposed)).Expect(HttpStatusCode.OK);

        (await _server.TryLogInAsync(email, Composed)).Expect(HttpStatusCode.OK);
        (await _server.TryLogInAsync(email, Decomposed)).Expect(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("😀", 7, false)]
    [InlineData("😀", 8, true)]
    [InlineData("😀", 128, true)]
    [InlineData("😀", 129, false)]
    [InlineData("e\u0301", 7, false)]
    [InlineData("e\u0301", 8, true)]
    [InlineData("e\u0301", 128, true)]
    [InlineData("e\u0301", 129, false)]
    [InlineData("\u0316\u0301", 5_000, false)]
    public async Task RegisterAccount_WithPasswordOfALength_CountsCodePoints(string character, int count, bool accepted)
    {
        var email = NewEmail();
        var password = string.Concat(Enumerable.Repeat(character, count));

        var answer = await TryRegisterAsync(email, password);

        if (!accepted)
        {
            answer.ExpectError(HttpStatusCode.BadRequest, "validation.failed").FaultsOf("password").ShouldBe(["user.invalid_password"]);
            return;
        }

        answer.Expect(HttpStatusCode.Created);
        (await _server.TryLogInAsync(email, password.Normalize(NormalizationForm.FormD))).Expect(HttpStatusCode.OK);
        (await _server.TryLogInAsync(email, password.Normalize(NormalizationForm.FormC))).Expect(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("josé", "jose\u0301")]
    [InlineData("jose\u0301", "JOSÉ")]
    [InlineData("josé", "  JOSE\u0301")]
    [InlineData("σίσυφος", "ΣΊΣΥΦΟΣ")]
    [InlineData("\u212B", "å")]
    public async Task RegisterAccount_WithTheEmailInAnotherForm_FindsItTaken(string registered, string other)
    {
        var number = Interlocked.Increment(ref _addresses);
        await RegisterAsync($"{registered}.{number}@example.com");

        (await TryRegisterAsync($"{other}.{number}@example.com")).ExpectError(HttpStatusCode.Conflict, "user.email_taken");
        (await _server.TryLogInAsync($"{other}.{number}@EXAMPLE.com  ", ApiServer.Password)).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task RegisterAccount_WithTwoFormsOfOneEmailAtOnce_MakesOneAccount()
    {
        var number = Interlocked.Increment(ref _addresses);

        var answers = await Task.WhenAll(
            Enumerable.Range(0, 10).Select(one => TryRegisterAsync($"{(one % 2 == 0 ? "josé" : "jose\u0301")}.{number}@example.com")));

        answers.Count(answer => answer.Status == HttpStatusCode.Created).ShouldBe(1);
        answers.Count(answer => answer.Status == HttpStatusCode.Conflict && answer.Code == "user.email_taken").ShouldBe(9);
    }

    [Theory]
    [InlineData("\u200B")]
    [InlineData("\uFEFF")]
    [InlineData("\u202E")]
    [InlineData("\u00AD")]
    [InlineData("\u2060")]
    [InlineData("\u034F")]
    [InlineData("\u3164")]
    [InlineData("\uFE0F")]
    [InlineData("\u2800")]
    [InlineData("\u0001")]
    [InlineData(" ")]
    [InlineData("\u00A0")]
    [InlineData("\u2028")]
    public async Task RegisterAccount_WithAnInvisibleCharacterInTheEmail_IsRejected(string invisible)
    {
        var email = $"inv{invisible}isible{Interlocked.Increment(ref _addresses)}@example.com";

        (await TryRegisterAsync(email))
            .ExpectError(HttpStatusCode.BadRequest, "validation.failed")
            .FaultsOf("email")
            .ShouldBe(["user.invalid_email"]);
    }

    [Fact]
    public async Task RegisterAccount_WithWhiteSpaceAroundEmailAndName_StoresThemWithout()
    {
        var email = NewEmail();

        var registered = await _server.PostAsync(
            "/api/auth/register",
            new { email = $" \t{email}\u00A0\r\n", password = ApiServer.Password, displayName = "  Ada \u00A0 Lovelace\n", role = "Investor" });

        var user = registered.Expect(HttpStatusCode.Created).Data.GetProperty("user");
        user.GetProperty("email").GetString().ShouldBe(email);
        user.GetProperty("displayName").GetString().ShouldBe("Ada Lovelace");
        (await _server.TryLogInAsync($"\n{email} ", ApiServer.Password)).Expect(HttpStatusCode.OK);
    }

    /// <summary>Tests that existing accounts with such an address can still log in.</summary>
    [Fact]
    public async Task LogIn_ToAnAccountWithAnInvisibleCharacterInItsEmail_IsStillPossible()
    {
        var email = await RegisterAsync();
        var invisible = email.Replace("@", "\u200B@", StringComparison.Ordinal);
        await _server.ExecuteAsync(
            $"UPDATE users SET email = '{invisible}', user_name = email, normalized_email = '{invisible.ToUpperInvariant()}', normalized_user_name = normalized_email WHERE email = '{email}'");

        (await _server.TryLogInAsync(invisible, ApiServer.Password)).Expect(HttpStatusCode.OK);
        (await _server.TryLogInAsync(email, ApiServer.Password)).ExpectError(HttpStatusCode.Unauthorized, "auth.invalid_credentials");
    }

    [Fact]
    public async Task LogIn_WithTwoFormsOfOneEmail_CountsWrongPasswordsOfBoth()
    {
        var number = Interlocked.Increment(ref _addresses);
        await using var server = await fixture.StartAnotherAsync(
            new Dictionary<string, string?> { ["Limits:WrongPasswordsPerAccountAndAddress"] = "4" });

        for (var attempt = 0; attempt < 4; attempt++)
        {
            (await server.TryLogInAsync($"{(attempt % 2 == 0 ? "josé" : " Jose\u0301")}.{number}@example.com", "wrong password"))
                .Expect(HttpStatusCode.Unauthorized);
        }

        (await server.TryLogInAsync($"josé.{number}@example.com", "wrong password"))
            .ExpectError(HttpStatusCode.TooManyRequests, "auth.too_many_attempts");
        (await server.TryLogInAsync($"jose\u0301.{number}@example.com", "wrong password"))
            .ExpectError(HttpStatusCode.TooManyRequests, "auth.too_many_attempts");
    }

    [Theory]
    [InlineData("😀", 51, true)]
    [InlineData("😀", 100, true)]
    [InlineData("😀", 101, false)]
    [InlineData("e\u0301", 100, true)]
    [InlineData("e\u0301", 101, false)]
    public async Task RegisterAccount_WithDisplayNameOfALength_CountsCodePoints(string character, int count, bool accepted)
    {
        var answer = await TryRegisterAsync(NewEmail(), displayName: string.Concat(Enumerable.Repeat(character, count)));

        if (accepted)
        {
            answer
                .Expect(HttpStatusCode.Created).Data.GetProperty("user")
                .GetProperty("displayName")
                .GetString()!.IsNormalized()
                .ShouldBeTrue();
        }
        else
        {
            answer
                .ExpectError(HttpStatusCode.BadRequest, "validation.failed")
                .FaultsOf("displayName")
                .ShouldBe(["user.invalid_display_name"]);
        }
    }

    [Theory]
    [InlineData("\u202Eada", "direction")]
    [InlineData("ada\u2028", "Ada")]
    [InlineData("a\u2028da", "line breaks")]
    [InlineData("a\u200Bda", "invisible")]
    [InlineData("\u3164", "visible")]
    [InlineData("a\u0301\u0302\u0303\u0304\u0305\u0306", "combining marks")]
    public async Task RegisterAccount_WithADisplayNameThatReadersCannotSee_IsRejectedAndSaysWhy(string displayName, string why)
    {
        var answer = await TryRegisterAsync(NewEmail(), displayName: displayName);
        if (why == "Ada")
        {
            // A trailing line break is trimmed like other trailing white space.
            answer.Expect(HttpStatusCode.Created).Data.GetProperty("user").GetProperty("displayName").GetString().ShouldBe("ada");
            return;
        }

        answer.ExpectError(HttpStatusCode.BadRequest, "validation.failed").FaultsOf("displayName").ShouldBe(["user.invalid_display_name"]);
        answer.Body.GetProperty("errors").GetProperty("displayName")[0].GetProperty("message").GetString()!.ShouldContain(why);
    }

    private static string NewEmail() => $"unicode{Interlocked.Increment(ref _addresses)}@example.com";

    private async Task<string> RegisterAsync(string? email = null, string password = ApiServer.Password)
    {
        email ??= NewEmail();
        (await TryRegisterAsync(email, password)).Expect(HttpStatusCode.Created);

        return email;
    }

    private Task<Answer> TryRegisterAsync(string email, string password = ApiServer.Password, string displayName = "Nora") =>
        _server.PostAsync("/api/auth/register", new { email, password, displayName, role = "Investor" });

    private async Task StoreHashAsync(string email, string password)
    {
        var hasher = new PasswordHasher<Account>(Options.Create(new PasswordHasherOptions { IterationCount = 1000 }));
        var hash = hasher.HashPassword(new Account(), password);
        (await _server.ExecuteAsync($"UPDATE users SET password_hash = '{hash}' WHERE email = '{email}'")).ShouldBe(1);
    }
}
