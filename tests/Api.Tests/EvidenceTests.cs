using System.Text.RegularExpressions;

namespace CleanMessaging.Api.Tests;

/// <summary>What the documents call evidence is there.</summary>
public sealed partial class EvidenceTests
{
    private static readonly string _root = FindRoot();

    private static readonly string _tests = string.Join(
        '\n',
        Directory.EnumerateFiles(Path.Combine(_root, "tests"), "*Tests.cs", SearchOption.AllDirectories).Select(File.ReadAllText));

    [Theory]
    [InlineData("docs/security.md", 60)]
    [InlineData("docs/operations.md", 15)]
    public void Tests_ThatADocumentNames_AreThere(string document, int atLeast)
    {
        var named = TestName().Matches(File.ReadAllText(Path.Combine(_root, document))).Select(match => match.Groups["name"].Value).Distinct().ToList();

        named.Count.ShouldBeGreaterThan(atLeast);
        named.Where(name => !Regex.IsMatch(_tests, $@"\b{name}\b")).ShouldBeEmpty();
    }

    [Fact]
    public void Files_ThatTheChecklistNames_AreThere()
    {
        var named = FileName().Matches(File.ReadAllText(Path.Combine(_root, "docs/security.md"))).Select(match => match.Groups["path"].Value).Distinct().ToList();

        named.Count.ShouldBeGreaterThan(5);
        named.Where(path => !File.Exists(Path.Combine(_root, path))).ShouldBeEmpty();
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
        lines.Where(cells => !cells[3].StartsWith("no", StringComparison.Ordinal) && !cells[4].Contains('`', StringComparison.Ordinal)).ShouldBeEmpty();
    }

    private static string FindRoot()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "CleanMessaging.sln")))
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("The tests do not run inside of the repository.");

        return folder;
    }

    [GeneratedRegex(@"`(\w+Tests\.)?(?<name>[A-Z][A-Za-z0-9]*[a-z0-9](_[A-Z][A-Za-z0-9]*)+|[A-Z]\w+Tests)`")]
    private static partial Regex TestName();

    [GeneratedRegex(@"`(?<path>(src|docs|tests)/[\w./-]+|README\.md|Directory\.Packages\.props|\.env\.example)`")]
    private static partial Regex FileName();
}
