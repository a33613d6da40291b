using System.Text.RegularExpressions;

namespace CleanMessaging.Api.Tests;

/// <summary>Checks that the tests, files and sections that the documents refer to exist.</summary>
public sealed partial class EvidenceTests
{
    private static readonly string _root = FindRoot();

    private static readonly string _tests = string.Join(
        '\n',
        Directory.EnumerateFiles(Path.Combine(_root, "tests"), "*Tests.cs", SearchOption.AllDirectories).Select(File.ReadAllText));

    [Theory]
    [InlineData("docs/security.md", 60)]
    [InlineData("docs/operations.md", 15)]
    [InlineData("docs/deployment.md", 0)]
    public void Tests_ThatADocumentNames_AreThere(string document, int atLeast)
    {
        var named = TestName()
            .Matches(File.ReadAllText(Path.Combine(_root, document)))
            .Select(match => match.Groups["name"].Value)
            .Distinct()
            .ToList();

        named.Count.ShouldBeGreaterThan(atLeast);
        named.Where(name => !Regex.IsMatch(_tests, $@"\b{name}\b")).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("README.md", 5)]
    [InlineData("CONTRIBUTING.md", 40)]
    [InlineData("docs/architecture.md", 10)]
    [InlineData("docs/security.md", 5)]
    public void Paths_ThatADocumentNames_Exist(string document, int atLeast)
    {
        var named = FileName()
            .Matches(File.ReadAllText(Path.Combine(_root, document)))
            .Select(match => match.Groups["path"].Value)
            .Distinct()
            .ToList();

        named.Count.ShouldBeGreaterThan(atLeast);
        named.Where(path => !Path.Exists(Path.Combine(_root, path))).ShouldBeEmpty();
    }

    /// <summary>Checks each relative link of each document, and its anchor against the headings of the target.</summary>
    [Fact]
    public void Links_BetweenDocuments_LeadToAnExistingFileAndHeading()
    {
        var documents = (
            (string[])[_root, Path.Combine(_root, "docs"), Path.Combine(_root, "docs", "decisions"), Path.Combine(_root, "src", "Client")])
            .SelectMany(folder => Directory.EnumerateFiles(folder, "*.md"))
            .ToList();
        var links =
            from document in documents
            from Match link in Link().Matches(File.ReadAllText(document))
            select (Document: document, Path: link.Groups["path"].Value, Anchor: link.Groups["anchor"].Value);

        links.Count().ShouldBeGreaterThan(100);
        links.Where(link => !Exists(link.Document, link.Path, link.Anchor))
            .Select(link => $"{Path.GetRelativePath(_root, link.Document)}: {link.Path}#{link.Anchor}")
            .ShouldBeEmpty();
    }

    [Fact]
    public void Checklist_EveryLineThatHolds_HasEvidence()
    {
        var lines = File.ReadAllLines(Path.Combine(_root, "docs/security.md"))
            .SkipWhile(line => !line.StartsWith("| ASVS", StringComparison.Ordinal))
            .Skip(2)
            .Select(line => line.Split('|', StringSplitOptions.TrimEntries))
            .ToList();

        lines.Count.ShouldBeGreaterThan(50);
        lines.Where(cells => !cells[3].StartsWith("no", StringComparison.Ordinal) && !cells[4].Contains('`', StringComparison.Ordinal))
            .ShouldBeEmpty();
    }

    private static bool Exists(string document, string path, string anchor)
    {
        var target = path.Length == 0 ? document : Path.Combine(Path.GetDirectoryName(document)!, path);

        return Path.Exists(target)
            && (
                anchor.Length == 0
                    || Heading().Matches(File.ReadAllText(target)).Any(heading => AnchorOf(heading.Groups["text"].Value) == anchor));
    }

    /// <summary>The anchor that GitHub gives to a heading.</summary>
    private static string AnchorOf(string heading) => NotInAnchors().Replace(heading.Trim().ToLowerInvariant(), "").Replace(' ', '-');

    private static string FindRoot()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "CleanMessaging.sln")))
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("The tests do not run inside of the repository.");

        return folder;
    }

    [GeneratedRegex(@"`(\w+Tests\.)?(?<name>[A-Z][A-Za-z0-9]*[a-z0-9](_[A-Z][A-Za-z0-9]*)+|[A-Z]\w+Tests)`")]
    private static partial Regex TestName();

    [GeneratedRegex(@"`(?<path>(src|docs|tests|samples)/[\w./-]+|README\.md|Directory\.Packages\.props|\.env\.example)`")]
    private static partial Regex FileName();

    [GeneratedRegex(@"\]\((?!https?:)(?<path>[^)#\s]*)(#(?<anchor>[^)\s]+))?\)")]
    private static partial Regex Link();

    [GeneratedRegex("^#{1,6} (?<text>.+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"[^\w\- ]")]
    private static partial Regex NotInAnchors();
}
