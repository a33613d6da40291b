using System.Text.RegularExpressions;

namespace CleanMessaging.Domain.Tests;

/// <summary>
/// Searches documents, comments, names, log messages and texts that users read for the words that CONTRIBUTING.md says to avoid. Texts
/// that tests send are not searched.
/// </summary>
public sealed partial class WordingTests
{
    /// <summary>Where a word to avoid is the right one: the file, the words around it, and the reason.</summary>
    private static readonly (string File, string Text, string Reason)[] _exceptions =
    [
        (
            "src/Infrastructure/Realtime/Backplane/RedisBackplane.cs",
            "cleanmessaging:facts",
            "the channel between servers of different versions"),
        ("src/Application/Attachments/UploadResponse.cs", "JsonPropertyName(\"refusal\")", "a member of the API, which clients rely on"),
        ("src/Application/Attachments/UploadResponse.cs", "=> \"refused\"", "a value of the API, which clients rely on"),
        ("src/PrivatePostgres/ServerAccount.cs", "nobody", "the name of a Unix account"),
        ("src/Infrastructure/Telemetry/MessagingMetrics.cs", "cleanmessaging.requests.refused", "a metric, which operators rely on"),
        ("src/Infrastructure/Telemetry/MessagingMetrics.cs", "cleanmessaging.bus.", "metrics, which operators rely on"),
        ("src/Client/Contracts/Upload.cs", "JsonPropertyName(\"refusal\")", "a member of the API, which clients rely on"),
        ("src/Client/Contracts/Upload.cs", "JsonStringEnumMemberName(\"refused\")", "a value of the API, which clients rely on"),
        ("src/WebApi/Errors/RequestErrors.cs", "request.refused", "an error code, which clients rely on"),
    ];

    /// <summary>Names with a word to avoid, with the reason.</summary>
    private static readonly Dictionary<string, string> _names = new()
    {
        ["ConnectionRefused"] = "a name of Playwright",
        ["Fact"] = "a name of xUnit",
        ["FactAttribute"] = "a name of xUnit",
        ["HubRefusals"] = "a setting, which operators rely on",
        ["LongFact"] = "a fact of xUnit",
        ["LongFactAttribute"] = "a fact of xUnit",
        ["Nobody"] = "a value of a setting",
        ["ToldIds"] = "a member between servers of different versions",
        ["toldIds"] = "a member between servers of different versions",
    };

    [Fact]
    public void Documents_Always_UseNoWordToAvoid() =>
        Violations(
            Repository.Files("*.md"), text => InlineCode().Replace(FencedCode().Replace(AvoidedWords().Replace(text, Blank), Blank), Blank))
            .ShouldBeEmpty();

    [Fact]
    public void Comments_Always_UseNoWordToAvoid() =>
        Violations(Repository.Files("*.cs", "*.razor", "*.js", "*.css"), text => Join(Comment().Matches(text), text)).ShouldBeEmpty();

    [Fact]
    public void ScriptComments_Always_UseNoWordToAvoid() =>
        Violations(
            [".ci/run", ".editorconfig", "benchmarks/run", "Dockerfile", "compose.yaml"], text => Join(ScriptComment().Matches(text), text))
            .ShouldBeEmpty();

    /// <summary>Whole files, because their code is mostly names and texts of the product.</summary>
    [Fact]
    public void ProjectsAndPages_Always_UseNoWordToAvoid()
    {
        var files = Repository.Files("*.props", "*.csproj", "*.sql", "*.html").ToList();

        files.Count.ShouldBeGreaterThan(20);
        Violations(files, text => text).ShouldBeEmpty();
    }

    [Fact]
    public void Names_Always_UseNoWordToAvoid()
    {
        var found =
            from file in Repository.Files("*.cs", "*.razor")
            let code = StringLiteral().Replace(Comment().Replace(Repository.Read(file), Blank), Blank)
            from Match name in Name().Matches(code)
            group file by name.Value into files
            where Avoided().IsMatch(WordStart().Replace(files.Key, " ").Replace('_', ' '))
            select (Name: files.Key, File: files.First());
        var names = found.ToList();

        names.Where(name => !_names.ContainsKey(name.Name)).Select(name => $"{name.Name} in {name.File}").ShouldBeEmpty();
        _names.Keys.Except(names.Select(name => name.Name)).ShouldBeEmpty("Remove the exceptions that are no longer needed.");
    }

    /// <summary>Log messages, errors, descriptions of the API and texts of the page are string literals, or stand between tags.</summary>
    [Fact]
    public void Texts_Always_UseNoWordToAvoid() =>
        Violations(
            Repository.Files("*.cs", "*.razor").Where(file => !file.StartsWith("tests/", StringComparison.Ordinal)),
            text => Join(StringLiteral().Matches(Comment().Replace(text, Blank)), text)).ShouldBeEmpty();

    [Fact]
    public void PageTexts_Always_UseNoWordToAvoid() =>
        Violations(Repository.Files("*.razor"), text => Join(PageText().Matches(CodeBlock().Replace(text, Blank)), text)).ShouldBeEmpty();

    [Fact]
    public void Exceptions_Always_AreNeeded()
    {
        foreach (var (file, text, _) in _exceptions)
        {
            Avoided().IsMatch(text).ShouldBeTrue(text);
            Repository.Read(file).ShouldContain(text, Case.Sensitive, file);
        }
    }

    [Fact]
    public void TestNames_Always_UseNoWordToAvoid()
    {
        var names = Repository.Files("*.cs").Where(file => file.StartsWith("tests/", StringComparison.Ordinal))
            .SelectMany(file => TestName().Matches(Repository.Read(file)).Select(match => match.Groups[1].Value))
            .ToList();

        names.Count.ShouldBeGreaterThan(1_000);
        names.Where(name => Avoided().IsMatch(Capital().Replace(name.Replace('_', ' '), " $0"))).ShouldBeEmpty();
    }

    private static List<string> Violations(IEnumerable<string> files, Func<string, string> select)
    {
        var violations = new List<string>();
        foreach (var file in files)
        {
            var text = Repository.Read(file);
            var searched = select(WithoutExceptions(file, text));
            foreach (Match match in Avoided().Matches(searched))
            {
                var line = text.AsSpan(0, match.Index).Count('\n') + 1;
                violations.Add($"{file}:{line}: '{match.Value}' in: {text.Split('\n')[line - 1].Trim()}");
            }
        }

        return violations;
    }

    /// <summary>Only the words of an exception become blank; the rest of their line is searched.</summary>
    private static string WithoutExceptions(string file, string text) => _exceptions
        .Where(exception => exception.File == file)
        .Aggregate(text, (rest, exception) => rest.Replace(exception.Text, new string(' ', exception.Text.Length), StringComparison.Ordinal));

    /// <summary>All but the matches becomes blank, so that positions stay those of the file.</summary>
    private static string Join(MatchCollection matches, string text)
    {
        var kept = new string(' ', text.Length).ToCharArray();
        foreach (Match match in matches)
            match.ValueSpan.CopyTo(kept.AsSpan(match.Index));

        return InlineCode().Replace(Reference().Replace(new string(kept), Blank), Blank);
    }

    private static string Blank(Match match) => new(' ', match.Length);

    [GeneratedRegex(
        @"\b(tell|tells|telling|told|teller|whoever|nobody|somebody|those who|anew|for ever|alone|beside|meanwhile|holes?|facts?|bus|refus(e|es|ed|ing|als?)|gone|together"
        + @"|taken for|houses?|rooms?|twins?|strangers?|as ever|of old|upon|whatever|thereof|seen red)\b",
        RegexOptions.IgnoreCase)]
    private static partial Regex Avoided();

    [GeneratedRegex(@"(?:Task|void) (\w+_\w+_\w+)\(")]
    private static partial Regex TestName();

    [GeneratedRegex("[A-Z]")]
    private static partial Regex Capital();

    [GeneratedRegex(@"(?<!\w)[A-Za-z_]\w*")]
    private static partial Regex Name();

    /// <summary>Matches the position between two words of a name.</summary>
    [GeneratedRegex("(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")]
    private static partial Regex WordStart();

    /// <summary>The list of words to avoid itself.</summary>
    [GeneratedRegex(@"(?s)^\| Avoid \|.*?(?=\n\n)", RegexOptions.Multiline)]
    private static partial Regex AvoidedWords();

    [GeneratedRegex(@"(?s)^[ ]*```.*?^[ ]*```", RegexOptions.Multiline)]
    private static partial Regex FencedCode();

    [GeneratedRegex(@"`[^`\n]*`|\]\([^)\n]*\)")]
    private static partial Regex InlineCode();

    [GeneratedRegex(@"(?<!:)//[^\n]*|(?<=^|\s)/\*\s.*?\*/|@\*.*?\*@|<!--.*?-->", RegexOptions.Singleline)]
    private static partial Regex Comment();

    [GeneratedRegex(@"(?<=^|\s)#[^\n]*", RegexOptions.Multiline)]
    private static partial Regex ScriptComment();

    /// <summary>References to code in documentation comments.</summary>
    [GeneratedRegex(@"(cref|name|href|class|id)=""[^""\n]*""|<c>[^<\n]*</c>|docs/[\w/.-]+")]
    private static partial Regex Reference();

    [GeneratedRegex(@"""""""[\s\S]*?""""""|""(\\.|[^""\\\n])*""")]
    private static partial Regex StringLiteral();

    [GeneratedRegex(@"(?s)@code\s*\{.*")]
    private static partial Regex CodeBlock();

    [GeneratedRegex(@"(?<=>)[^<>@{}]+(?=<)")]
    private static partial Regex PageText();
}
