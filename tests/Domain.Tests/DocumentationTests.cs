using System.Text.RegularExpressions;

namespace CleanMessaging.Domain.Tests;

/// <summary>Compares docs/domain.md with the code: the document lists every error code, and every test that it names exists.</summary>
public sealed class DocumentationTests
{
    private static readonly string _document = Repository.Read("docs/domain.md");

    [Fact]
    public void Document_Always_HasEveryErrorCode()
    {
        var codes = ErrorCatalogueTests.Errors.Select(error => error.Code).ToList();

        codes.ShouldNotBeEmpty();
        codes.Where(code => !_document.Contains($"`{code}`")).ShouldBeEmpty();
    }

    [Fact]
    public void Document_Always_NamesTestsThatExist()
    {
        var named = Regex
            .Matches(_document, "`([A-Z][A-Za-z0-9]*(?:_[A-Z][A-Za-z0-9]*){2})`")
            .Select(match => match.Groups[1].Value)
            .ToList();
        var existing = typeof(DocumentationTests).Assembly.GetTypes()
            .SelectMany(type => type.GetMethods())
            .Where(method => method.IsDefined(typeof(FactAttribute), inherit: true))
            .Select(method => method.Name)
            .Concat(TestsOfTheApi())
            .ToHashSet();

        named.Count.ShouldBeGreaterThan(50);
        named.ShouldContain(name => name.StartsWith("SendMessage_"));
        named.Where(name => !existing.Contains(name)).ShouldBeEmpty();
    }

    private static IEnumerable<string> TestsOfTheApi() =>
        from file in Directory.EnumerateFiles(Path.Combine(Repository.Root, "tests", "Api.Tests"), "*.cs", SearchOption.AllDirectories)
        from test in Regex.Matches(
            File.ReadAllText(file), @"\[(?:Long)?(?:Fact|Theory).*?public (?:async )?(?:Task|void) (\w+)\(", RegexOptions.Singleline)
        select test.Groups[1].Value;
}
