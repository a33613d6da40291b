namespace CleanMessaging.Hostile.Tests.Corpus;

/// <summary>Well-formed texts that are known to break software.</summary>
internal static class NastyTexts
{
    private const string Family = "👨‍👩‍👧‍👦";

    /// <summary>Texts with visible characters; the server must store them unchanged.</summary>
    public static IReadOnlyList<string> Visible { get; } =
    [
        // Unicode.
        "\u202Ereversed\u202C",
        "a\u2066b\u2067c\u2068d\u2069",
        "\u200Fשלום\u200E and مرحبا",
        Family,
        string.Concat(Enumerable.Repeat(Family, 500)),
        "a" + new string('\u0301', 1000),
        "\u00E9",
        "e\u0301",
        "\u212B \u00C5 A\u030A",
        "ﷺ ﷽",
        "İıŞşß ẞ ς σ",
        "\uFB01 \u01C4",
        "zero\u200Bwidth\u200C\u200D\u2060\uFEFF!",
        "\uFEFFBOM first",
        "\uFFFE\uFFFF x",
        "\uFFFD",
        "\uE000 private",
        "\U0010FFFF",
        "\U000E0041 tags \U000E007F",
        "🏴\U000E0067\U000E0062\U000E0065\U000E006E\U000E0067\U000E007F",
        "👍🏿 🇩🇪 1️⃣",
        "한글 \u1112\u1161\u11AB",
        "Z̮̞̠͙͔ͅA̷͙̙L̼G̞̞O̪", "௵ ༼ つ ◕_◕ ༽つ", "\u2800 x", "\u3164x", "x\u115F", "\u034F x",

        // Control characters and line breaks.
        "a\u0001b\u0008\u007F",
        "\u0080\u009F C1",
        "a\rb\nc\r\nd",
        "x\u2028 \u2029 \u0085",
        "\u001b[31mred\u001b[0m\u001b[2J\u001b]0;title\u0007",
        "tab\there",
        "  kept blanks  ",
        "\n\n x",
        "[12:00:00 ERR] forged\r\n{\"level\":\"Error\"}", "a\u001eb",

        // Code for injection attacks.
        "'; DROP TABLE messages; --", "1' OR '1'='1", "\\'; SELECT pg_sleep(10)--", "$$; SELECT 1; $$", "\\x00 \\u0000 \\0", "E'\\\\000'",
        "%00", "a%_!b",
        "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "javascript:alert(1)", "</script><!--", "<![CDATA[x]]>", "&lt;&amp;&#x3c;&#0;", "{{7*7}} ${7*7} #{7*7} <%= 7*7 %>",
        "$(reboot) `id` ; id | id && id", "../../../../etc/passwd", "..\\..\\windows\\win.ini", "file:///etc/passwd", "http://169.254.169.254/latest", "() { :;}; echo", "${jndi:ldap://127.0.0.1/a}",
        "{0} {1} {} {Message} {@User} {{",
        "%s %n %x %d %p",
        "=1+1 +1 @SUM(A1)",
        "{\"$type\":\"System.IO.FileInfo\"}",
        "null",
        "undefined",
        "NaN",
        "true",
        "0",
        "1e309",
        "-",
        "\\",
        "\"",
        "'",
        "`",
        "__proto__", "constructor", "CON", "\\\\?\\C:\\", "If you're reading this", "\\u0041", "&access_token=x", "Bearer x",
    ];

    /// <summary>Texts without visible characters.</summary>
    public static IReadOnlyList<string> Blank { get; } =
    [
        "",
        " ",
        "\t\r\n",
        "\u00A0",
        "\u1680\u2000\u2001\u200A\u202F\u205F\u3000",
        "\u2028\u2029\u0085\u000B\u000C",
        "\u200B",
        "\u200C\u200D",
        "\u2060\uFEFF",
        "\u00AD",
        "\u202E\u202C",
        "\u2066\u2069",
        "\u061C", "\u180E", "\U000E0001", " \u200B \u200B ", "\u0001", "\u2800", "\u3164", "\u115F\u1160", "\uFFA0", "\u034F", "\uFE0F",
        "\u180B", "\u17B4", "\u2065",
        "\U000E0100", "\uFFF9", "\U0001D159", "\U0001D173", "\u2800\u3164 \uFE0F\r\n",
    ];
}
