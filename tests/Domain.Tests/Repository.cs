using System.Text.RegularExpressions;

namespace CleanMessaging.Domain.Tests;

/// <summary>The files of the repository, for tests that search them.</summary>
internal static partial class Repository
{
    private static readonly string[] _folders = ["src", "tests", "docs", "benchmarks", "samples", ""];

    public static string Root { get; } = FindRoot();

    /// <summary>
    /// Returns the paths of the files with the given patterns, relative to the root and with slashes, without built and generated ones.
    /// </summary>
    public static IEnumerable<string> Files(params string[] patterns) =>
        from pattern in patterns
        from folder in _folders
        let depth = folder.Length == 0 ? SearchOption.TopDirectoryOnly : SearchOption.AllDirectories
        from path in Directory.EnumerateFiles(Path.Combine(Root, folder), pattern, depth)
        let file = Path.GetRelativePath(Root, path).Replace('\\', '/')
        where !Generated().IsMatch(file)
        select file;

    public static string Read(string file) => File.ReadAllText(Path.Combine(Root, file));

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "CleanMessaging.sln")))
                return folder.FullName;
        }

        throw new InvalidOperationException("The tests do not run inside the repository.");
    }

    /// <summary>What tools write, what is built, and migrations, whose SQL stays as it was run.</summary>
    [GeneratedRegex(@"(^|/)(bin|obj|CompiledModel|Migrations|node_modules)/|\.Designer\.cs$|ModelSnapshot\.cs$")]
    private static partial Regex Generated();
}
