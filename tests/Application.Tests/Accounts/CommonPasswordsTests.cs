using CleanMessaging.Application.Accounts;

namespace CleanMessaging.Application.Tests.Accounts;

public sealed class CommonPasswordsTests
{
    /// <summary>Tests the last password of the list and the first one after it.</summary>
    [Fact]
    public void Contain_OfTheListInItsOrder_IsTrueOfTheFirst10000()
    {
        using var reader = new StreamReader(
            typeof(Zxcvbn.Zxcvbn).Assembly.GetManifestResourceStream("zxcvbn-core.Dictionaries.passwords.lst").ShouldNotBeNull());
        var passwords = reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        passwords.Length.ShouldBeGreaterThan(10_000);

        passwords.Take(10_000).ShouldAllBe(password => CommonPasswords.Contain(password));
        passwords.Take(10_000).ShouldAllBe(password => CommonPasswords.Contain(password.ToUpperInvariant()));
        CommonPasswords.Contain(passwords[10_000]).ShouldBeFalse();
    }
}
