using System.Globalization;
using CleanMessaging.Domain.Search;
using CleanMessaging.Domain.Text;
using CsCheck;

namespace CleanMessaging.Domain.Tests.Search;

public sealed class SearchTermsTests
{
    /// <summary>Letters, marks, emoji and separators of many scripts that fold in different ways.</summary>
    private static readonly string[] _characters =
    [
        "a", "B", "é", "e\u0301", "ß", "İ", "ı", "ﬁ", "Ａ", "①", "𝔘", "Ω", "ς", "й", "ё", "א", "שָׁ", "م", "مُ", "क", "का", "हि", "ก", "กำ", "가", "\u1112\u1161\u11AB", "ㅎ", "ㅏ",
        "ガ", "ｶﾞ", "ｶ", "ﾞ", "か", "が", "猫", "合", "😀", "👨‍👩‍👧", "👍🏽", "❤\uFE0F", "🇩🇪", "\u0301", "\u200B", "\u00AD", "\u202E", " ", "\u00A0", "\u3000", "\n", "\t", "1", "-",
        "'", "\u00B4", "\uFFFE", new('\u0301', 31), string.Concat(Enumerable.Repeat("\u0316\u0301", 20)), new('ﾞ', 40), "ﷺ", "\v", "\f", "\r", "\u001C", "\u001F",
        "\u0085", "\u007F",
    ];

    private static readonly Gen<string> _text = Gen.Int[0, _characters.Length - 1].Select(index => _characters[index]).Array[0, 12].Select(string.Concat);

    [Theory]
    [InlineData("voice", "The Invoice is late", true)]
    [InlineData("invoice late", "The Invoice is late", true)]
    [InlineData("late invoice", "The Invoice is late", true)]
    [InlineData("invoice early", "The Invoice is late", false)]
    [InlineData("\"invoice is\"", "The Invoice  is late", true)]
    [InlineData("\"is invoice\"", "The Invoice is late", false)]
    [InlineData("“invoice is” the", "The Invoice is late", true)]
    [InlineData("\"invoice is", "The Invoice is late", true)]
    [InlineData("ai", "The AI Act", true)]
    [InlineData("ai", "(AI-Act)", true)]
    [InlineData("ai", "She said", false)]
    [InlineData("ai", "她说AI很好", true)]
    [InlineData("plan b", "Plan B it is", true)]
    [InlineData("plan b", "Plan both", false)]
    [InlineData("plan b", "Plan (b)", true)]
    [InlineData("猫", "大きな猫がいる", true)]
    [InlineData("合同", "天鹅绒合同", true)]
    [InlineData("か", "が", false)]
    [InlineData("ガ", "が", true)]
    [InlineData("안", "안녕하세요", true)]
    [InlineData("😀", "Hi 😀!", true)]
    [InlineData("WEISS", "weiß", true)]
    [InlineData("strasse", "Straße", true)]
    [InlineData("jose", "José", true)]
    [InlineData("José", "jose", true)]
    [InlineData("istanbul", "İstanbul", true)]
    [InlineData("ｆｕｌｌ", "full", true)]
    [InlineData("naïve", "nai\u0308ve", true)]
    [InlineData("%_\\", "100%_\\", true)]
    [InlineData("x😀y", "ax😀yb", true)]
    public void Match_OfAQuery_IsWhatUsersExpect(string query, string text, bool matches)
    {
        var terms = SearchTerms.Parse(query);

        terms.Match(text).ShouldBe(matches);
        (terms.FindIn(text) is not null).ShouldBe(matches);
    }

    [Theory]
    [InlineData("", "search.query_too_short")]
    [InlineData(" \u200B ", "search.query_too_short")]
    [InlineData("\"\"", "search.query_too_short")]
    [InlineData("a", "search.query_too_short")]
    [InlineData("a b ! 1", "search.query_too_short")]
    [InlineData("e\u0301", "search.query_too_short")]
    [InlineData("ab", null)]
    [InlineData("ß", null)]
    [InlineData("a bcd", null)]
    [InlineData("猫", null)]
    [InlineData("ก", null)]
    [InlineData("👍", null)]
    [InlineData("a1 a2 a3 a4 a5 a6 a7 a8", null)]
    [InlineData("a1 a2 a3 a4 a5 a6 a7 a8 A8", null)]
    [InlineData("a1 a2 a3 a4 a5 a6 a7 a8 a9", "search.query_too_long")]
    [InlineData("ab\0", "search.invalid_text")]
    public void Check_OfAQuery_NamesTheRuleThatItViolates(string query, string? code)
    {
        SearchTerms.Check(query)?.Code.ShouldBe(code);
        (SearchTerms.Check(query) is null).ShouldBe(code is null);
    }

    [Fact]
    public void Check_OfHalfASurrogatePair_NamesTheRule() => SearchTerms.Check("ab" + '\uD800')!.Code.ShouldBe("search.invalid_text");

    [Theory]
    [InlineData("x")]
    [InlineData("𝔘")]
    public void Check_OfALongQuery_CountsCodePoints(string character)
    {
        SearchTerms.Check(string.Concat(Enumerable.Repeat(character, 200))).ShouldBeNull();
        SearchTerms.Check(string.Concat(Enumerable.Repeat(character, 201)))!.Code.ShouldBe("search.query_too_long");
    }

    [Theory]
    [InlineData("voice", "Invoice, INVOICE", "2+5 11+5")]
    [InlineData("invoice voice", "Invoice", "0+7")]
    [InlineData("strasse", "Die Straße", "4+6")]
    [InlineData("ss", "Die ßtraße", "4+1")]
    [InlineData("family", "👨‍👩‍👧 family", "9+6")]
    [InlineData("👩", "a 👨‍👩‍👧", "2+8")]
    [InlineData("jose", "Jose\u0301!", "0+5")]
    [InlineData("\"a b\" cde", "a \t b cde", "0+5 6+3")]
    [InlineData("aaa", "aaaaa", "0+5")]
    [InlineData("oba", "co\u00ADba", "1+4")]
    public void FindIn_AText_MarksWholeCharactersOfTheOriginal(string query, string text, string highlights) =>
        string.Join(' ', SearchTerms.Parse(query).FindIn(text)!.Select(one => $"{one.Start}+{one.Length}")).ShouldBe(highlights);

    [Fact]
    public void FindIn_ATextWithManyMatches_MarksTheFirst20()
    {
        var found = SearchTerms.Parse("abc").FindIn(string.Join(' ', Enumerable.Repeat("abc", 21)))!;

        found.Select(one => one.Start).ShouldBe(Enumerable.Range(0, 20).Select(number => number * 4));
    }

    /// <summary>Tests texts whose normalization would take time that grows with the square of their length.</summary>
    [Theory]
    [InlineData("1", "\u0301\u0316")]
    [InlineData("か", "ﾞ\u0301\u0316")]
    public void Fold_OfManyMarks_KeepsAsManyAsAWordCanHave(string letter, string marks)
    {
        var text = letter + string.Concat(Enumerable.Repeat(marks, 2_499));

        TextFolding.Fold(text).Length.ShouldBeInRange(30, 31);
        SearchTerms.Parse($"{letter}\u0316 abc").FindIn(text).ShouldBeNull();
    }

    [Fact]
    public void FindIn_ALongTextThatMatchesEverywhere_MarksItAsOne()
    {
        var text = string.Concat(Enumerable.Repeat("𝔘", 5_000));

        SearchTerms.Parse("𝔘𝔘𝔘").FindIn(text)!.ShouldHaveSingleItem().ShouldBe(new Highlight(0, 10_000));
    }

    /// <summary>Tests that folding by parts, which highlights need, is the same as folding a whole text, which the search uses.</summary>
    [Fact]
    public void FoldedText_OfAnyText_IsTheFoldedText() =>
        _text.Sample(text => FoldedText.Of(text).Text == TextFolding.Fold(text), iter: 20_000);

    [Fact]
    public void FindIn_AnyText_AgreesWithMatchAndMarksWholeCharactersInOrder() =>
        Gen.Select(_text, _text).Sample(
            (query, text) =>
            {
                if (SearchTerms.Check(query) is not null)
                    return;

                var terms = SearchTerms.Parse(query);
                var found = terms.FindIn(text);
                terms.Match(text).ShouldBe(found is not null);
                var borders = StringInfo.ParseCombiningCharacters(text).Append(text.Length).ToHashSet();
                var end = -1;
                foreach (var one in found ?? [])
                {
                    one.Start.ShouldBeGreaterThan(end);
                    one.Length.ShouldBeGreaterThan(0);
                    end = one.Start + one.Length;
                    borders.ShouldContain(one.Start);
                    borders.ShouldContain(end);
                }
            },
            iter: 20_000);
}
