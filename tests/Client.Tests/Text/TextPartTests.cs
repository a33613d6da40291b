using CleanMessaging.WebClient.Text;

namespace CleanMessaging.Client.Tests.Text;

/// <summary>Tests which parts of a message's text become links, how the links are shown, and where they lead.</summary>
public sealed class TextPartTests
{
    private const string Mark = "https://www.example.com/a";

    /// <summary>Characters that change the direction of text.</summary>
    public static TheoryData<char> Directional => [.. "\u202A\u202B\u202C\u202D\u202E\u2066\u2067\u2068\u2069\u200E\u200F\u061C"];

    /// <summary>Characters, and pairs of them, that are invisible.</summary>
    public static TheoryData<string> Invisible =>
    [
        "\u200B", "\u200C", "\u200D", "\u2060", "\u2061", "\u2064", "\u2065", "\u206A", "\u206F", "\uFEFF", "\u00AD", "\u180E", "\u180B",
        "\u115F", "\u1160",
        "\u3164", "\uFFA0", "\u2800", "\u034F", "\uFE00", "\uFE0F", "\u17B4", "\u17B5", "\uFFF9", "\U000E0001", "\U000E0061", "\U000E0100",
        "\U0001D173", "\U0001D159",
    ];

    [Theory]
    [InlineData("please sign in at \u202Ehttps://evil.example/moc.knab.www//:sptth")]
    [InlineData("\u202Ehttps://evil.example/moc.knab.www//:sptth\u202C")]
    [InlineData("\u2067https://evil.example/\u2069")]
    [InlineData("https://evil.example/\u202Emoc.knab.www//:sptth")]
    public void Split_UrlThatTextIsReversedAround_IsNoLink(string text) => LinksOf(text).ShouldBeEmpty();

    [Theory]
    [MemberData(nameof(Directional))]
    public void Split_UrlThatADirectionalCharacterTouchesOrStandsIn_IsNoLink(char character)
    {
        LinksOf($"See {character}{Mark} there").ShouldBeEmpty();
        LinksOf($"See {Mark}{character} there").ShouldBeEmpty();
        LinksOf($"See {Mark}.{character} there").ShouldBeEmpty();
        foreach (var place in Enumerable.Range("https://".Length, Mark.Length - "https://".Length))
            LinksOf($"See {Mark.Insert(place, character.ToString())} there").ShouldBeEmpty();
    }

    [Theory]
    [MemberData(nameof(Directional))]
    public void Split_UrlApartFromADirectionalCharacter_IsALink(char character) =>
        LinksOf($"{character}See {Mark} there{character}").ShouldHaveSingleItem().ShouldBe(new WebLink(Mark, Mark));

    [Theory]
    [MemberData(nameof(Invisible))]
    public void Split_UrlWithACharacterThatIsInvisible_IsNoLink(string character)
    {
        foreach (var place in Enumerable.Range("https://".Length + 1, Mark.Length - "https://".Length - 1))
            LinksOf($"See {Mark.Insert(place, character)} there").ShouldBeEmpty();
    }

    [Theory]
    [InlineData("https://bank.com@evil.example")]
    [InlineData("https://bank.com:443@evil.example/")]
    [InlineData("https://bank.com%2F@evil.example/")]
    [InlineData("https://user:secret@evil.example/")]
    [InlineData("https://@evil.example/")]
    [InlineData("https://bank.com\\@evil.example/")]
    [InlineData("https://evil.example\\.bank.com/")]
    [InlineData("https:\\\\evil.example/")]
    [InlineData("https://bank.com%40evil.example/")]
    [InlineData("https://%65vil.example/")]
    [InlineData("https://bank.com\u2215login.evil.example/")]
    [InlineData("https://bank.com\u2044login.evil.example/")]
    [InlineData("https://bank.com\uFF0Flogin.evil.example/")]
    [InlineData("https://bank.com\u3002evil.example/")]
    [InlineData("https://bank.com\uFF0Eevil.example/")]
    [InlineData("https://\uFF42\uFF41\uFF4E\uFF4B.com/")]
    [InlineData("https://\U0001D41B\U0001D41A\U0001D427\U0001D424.com/")]
    [InlineData("https://bank.com,evil.example/")]
    [InlineData("https://bank.com;evil.example/")]
    [InlineData("https://3232235777/")]
    [InlineData("https://0xC0A80101/")]
    [InlineData("https://0300.0250.1.1/")]
    [InlineData("https://192.168.257/")]
    [InlineData("https://1.2.3.256/")]
    [InlineData("https://bank.com:99999/")]
    [InlineData("https://bank.com:x/")]
    [InlineData("https://bank..com/")]
    [InlineData("https://-bank.com/")]
    [InlineData("https:///evil.example/")]
    [InlineData("https://?evil.example/")]
    [InlineData("javascript:alert(1)//https")]
    [InlineData("ftp://evil.example/")]
    [InlineData("data:text/html,https")]
    [InlineData("xhttps://evil.example/")]
    public void Split_UrlThatIsReadInTwoWays_IsNoLink(string text) => LinksOf(text).ShouldBeEmpty();

    [Theory]
    [InlineData("https://b\u0430nk.com/login", "https://xn--bnk-6cd.com/login", "Cyrillic а among Latin letters")]
    [InlineData("https://\u0261oogle.com/", "https://xn--oogle-qmc.com/", "a letter of phonetics that looks like g")]
    [InlineData("https://\u0440\u0430\u0443\u0440\u0430l.com/", null, "Cyrillic and a Latin l")]
    [InlineData("https://p\u0430yp\u0430l.com/", "https://xn--pypl-53dc.com/", "two Cyrillic а")]
    [InlineData("https://\u0430\u0440\u0440\u04CF\u0435.com/", "https://xn--80ak6aa92e.com/", "Cyrillic only, of letters that look like Latin ones")]
    [InlineData("https://\u03BF\u03BD.com/", null, "Greek only, of letters that look like Latin ones")]
    [InlineData("https://\u03B1pple.com/", null, "Greek alpha among Latin letters")]
    [InlineData("https://b\u0300ank.com/", null, "a mark that belongs to no letter")]
    [InlineData("https://bank\u30CElogin.com/", null, "a Katakana letter that looks like a slash")]
    [InlineData("https://\u0430\u0431\u0432\u03B1.com/", null, "Cyrillic and Greek")]
    [InlineData("https://login.b\u0430nk.com/", "https://login.xn--bnk-6cd.com/", "in one of its labels")]
    public void Split_HostThatMixesScriptsOrReadsAsAnother_IsShownInPunycode(string text, string? expected, string because)
    {
        var link = LinksOf(text).ShouldHaveSingleItem(because);

        link.Text.ShouldBe(link.Address, because);
        link.Text.ShouldContain("xn--", Case.Sensitive, because);
        if (expected is not null)
            link.Address.ShouldBe(expected, because);
    }

    [Theory]
    [InlineData("https://b\u00FCcher.example/", "https://xn--bcher-kva.example/")]
    [InlineData("https://\u043F\u0440\u0438\u043C\u0435\u0440.com/", "https://xn--e1afmkfd.com/")]
    [InlineData("https://\u0441\u043E\u0440\u0430.\u0440\u0444/", null)]
    [InlineData("https://\u03C0\u03B1\u03C1\u03AC\u03B4\u03B5\u03B9\u03B3\u03BC\u03B1.gr/", null)]
    [InlineData("https://\u65E5\u672C\u8A9E\u306E\u30C6\u30B9\u30C8.jp/", null)]
    [InlineData("https://abc\u65E5\u672C.jp/", null)]
    [InlineData("https://\uD55C\uAD6Dabc.kr/", null)]
    [InlineData("https://\u05E9\u05DC\u05D5\u05DD.example/", null)]
    [InlineData("https://\u0928\u092E\u0938\u094D\u0924\u0947.example/", null)]
    public void Split_HostOfOneScript_IsShownAsItWasWritten(string text, string? address)
    {
        var link = LinksOf(text).ShouldHaveSingleItem();

        link.Text.ShouldBe(text);
        new Uri(link.Address).Host.ShouldAllBe(character => char.IsAscii(character));
        if (address is not null)
            link.Address.ShouldBe(address);
    }

    [Theory]
    [InlineData("See https://example.com/deal?id=7&part=2, and answer.", "https://example.com/deal?id=7&part=2")]
    [InlineData("(http://127.0.0.1/x)", "http://127.0.0.1/x")]
    [InlineData("HTTPS://Example.COM/Path", "https://example.com/Path")]
    [InlineData("https://example.com:8080/a_(b)", "https://example.com:8080/a_(b)")]
    [InlineData("https://medium.com/@user?to=a@b.c", "https://medium.com/@user?to=a@b.c")]
    [InlineData("https://my_host.example.com/", "https://my_host.example.com/")]
    [InlineData("https://[2001:db8::1]:8080/", "https://[2001:db8::1]:8080/")]
    [InlineData("https://localhost:5080", "https://localhost:5080/")]
    public void Split_OrdinaryUrl_IsALinkShownAsItWasWritten(string text, string address)
    {
        var link = LinksOf(text).ShouldHaveSingleItem();

        link.Address.ShouldBe(address);
        text.ShouldContain(link.Text);
    }

    [Fact]
    public void Split_AnyText_AddsNothingAndTakesNothingAway()
    {
        foreach (var text in (string[])["", "plain", Mark, $"a {Mark} b {Mark}, c", $"\u202E{Mark}", "https://b\u0430nk.com/ and https://x@y/", "http", "https://"])
            string.Concat(TextPart.Split(text).Select(part => part.Text)).ShouldBe(text);
    }

    [Fact]
    public void Pieces_OfALinkWithLettersFromRightToLeft_AreCutAtItsDelimiters()
    {
        LinksOf("https://\u05D0\u05D1.\u05D2/\u05D3?a=1").ShouldHaveSingleItem().Pieces
            .ShouldBe(["https", ":", "/", "/", "\u05D0\u05D1", ".", "\u05D2", "/", "\u05D3", "?", "a", "=", "1"]);
        LinksOf(Mark).ShouldHaveSingleItem().Pieces.ShouldBe([Mark]);
    }

    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("a\u202Eb\u2069c\u2067d", "abcd")]
    [InlineData("a\u2028b\u2029c\u0085d", "a b c d")]
    [InlineData("a\u200Fb\u200Cc", "a\u200Fb\u200Cc")]
    public void Inline_OfAnyText_LeavesNothingThatReachesBeyondIt(string text, string expected) =>
        TextControls.Inline(text).ShouldBe(expected);

    [Fact]
    public void Excerpt_OfATextWithOverrides_CannotReorderTheTextAroundIt() =>
        Excerpt.Of("\u2069\u202Eabcdef", 3).ShouldBe("abc…");

    private static List<WebLink> LinksOf(string text) => [.. TextPart.Split(text).Select(part => part.Link).OfType<WebLink>()];
}
