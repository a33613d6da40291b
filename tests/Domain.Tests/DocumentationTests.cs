using System.Text.RegularExpressions;

namespace CleanMessaging.Domain.Tests;

/// <summary>Compares docs/domain.md with the code: the document lists every error code, and every test that it names exists.</summary>
public sealed class DocumentationTests
{
    private static readonly DirectoryInfo _repository = FindRepository();
    private static readonly string _document = File.ReadAllText(Path.Combine(_repository.FullName, "docs", "domain.md"));

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
        var named = Regex.Matches(_document, "`([A-Z][A-Za-z0-9]*(?:_[A-Z][A-Za-z0-9]*){2})`").Select(match => match.Groups[1].Value).ToList();
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
        from file in Directory.EnumerateFiles(Path.Combine(_repository.FullName, "tests", "Api.Tests"), "*.cs", SearchOption.AllDirectories)
        from test in Regex.Matches(File.ReadAllText(file), @"\[(?:Fact|Theory).*?public (?:async )?(?:Task|void) (\w+)\(", RegexOptions.Singleline)
        select test.Groups[1].Value;

    private static DirectoryInfo FindRepository()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "CleanMessaging.sln")))
                return folder;
        }

        throw new InvalidOperationException("The tests do not run inside the repository.");
    }
}
