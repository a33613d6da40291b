using System.Text.RegularExpressions;

namespace CleanMessaging.Domain.Tests;

/// <summary>
/// Checks the order of using directives, the only rule of <c>dotnet format</c> that neither the build nor its fast check of white space
/// verifies.
/// </summary>
public sealed partial class UsingOrderTests
{
    [Fact]
    public void Usings_OfEveryFile_AreInTheOrderOfTheFormatter()
    {
        var unordered = Repository.Files("*.cs").Where(file => !IsOrdered(Repository.Read(file)));

        unordered.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("using System.Net;\nusing Npgsql;\n", true)]
    [InlineData("using Npgsql;\nusing System.Net;\n", false)]
    [InlineData("using System.Net.Http;\nusing System.Net;\n", false)]
    [InlineData("using System;\nusing static System.Math;\nusing Alias = System.Int32;\n", true)]
    [InlineData("using static System.Math;\nusing System;\n", false)]
    public void IsOrdered_OfUsings_FollowsTheFormatter(string text, bool expected) => IsOrdered(text).ShouldBe(expected);

    private static bool IsOrdered(string text)
    {
        var names = Using().Matches(text).Select(match => match.Groups[1].Value).ToList();

        return names.SequenceEqual(
            names.OrderBy(KindOf).ThenBy(name => !IsOfSystem(name)).ThenBy(name => name.TrimEnd(';'), StringComparer.OrdinalIgnoreCase));
    }

    /// <summary>Namespaces come first, then static classes, then aliases.</summary>
    private static int KindOf(string name) => name.Contains('=') ? 2 : name.StartsWith("static ", StringComparison.Ordinal) ? 1 : 0;

    private static bool IsOfSystem(string name) => name is "System" || name.StartsWith("System.", StringComparison.Ordinal);

    [GeneratedRegex(@"^using ([^;()]+);$", RegexOptions.Multiline)]
    private static partial Regex Using();
}
