using System.Text.RegularExpressions;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Client.Tests.Errors;

/// <summary>
/// Tests that an error has the same text whether the page or the server detects it, because both use the same source of texts.
/// </summary>
public sealed partial class OneTextTests
{
    private static readonly string _webClient = Path.Combine(RepositoryRoot.Path, "src", "WebClient");

    [Fact]
    public void Texts_OfErrorCodes_StandInOnePlace()
    {
        var texts = Text()
            .Matches(File.ReadAllText(Path.Combine(_webClient, "Errors", "Explanation.cs")))
            .Select(match => match.Groups["text"].Value)
            .ToList();
        texts.Count.ShouldBeGreaterThan(30);

        var copies =
            from path in Directory.EnumerateFiles(_webClient, "*.*", SearchOption.AllDirectories)
            where Path.GetExtension(path) is ".cs" or ".razor" && !path.Contains("/obj/") && !path.EndsWith(
                "Explanation.cs", StringComparison.Ordinal)
            let source = File.ReadAllText(path)
            from text in texts
            where source.Contains(text, StringComparison.Ordinal)
            select $"{Path.GetFileName(path)}: {text}";

        copies.ShouldBeEmpty();
    }

    [GeneratedRegex("""=> "(?<text>[^"]{12,})",""")]
    private static partial Regex Text();
}
